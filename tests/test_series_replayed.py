"""Real feeds, recording after recording, served on a socket in simulated time: what was served is stored, once."""

import json
import tarfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from badserver import BadServer, answer
from watch import Watch, at

from monitor.core.parse import parse_feed
from monitor.errors import ParseError

SERIES = Path(__file__).parents[1] / "../shared/corpus/feeds"
POLLS = 60

pytestmark = pytest.mark.skipif(not SERIES.exists(), reason=f"no series of recorded polls in {SERIES}")


def recordings(folder, name, most=25):
    """The first recordings of a series, oldest first: when, and the bytes."""
    lines = (SERIES / folder / f"{name}.polls.jsonl").read_text(encoding="utf-8").splitlines()[:most]
    rows = [json.loads(line) for line in lines]
    wanted, found = {row["file"] for row in rows}, {}
    with tarfile.open(SERIES / folder / f"{name}.tar.xz") as tar:
        for member in tar:
            if member.name in wanted:
                found[member.name] = tar.extractfile(member).read()
            if len(found) == len(wanted):
                break
    return [(datetime.fromtimestamp(row["t"], UTC), found[row["file"]]) for row in rows]


class Paper:
    """Serves what was recorded last, with an ETag, and remembers what it showed."""

    def __init__(self, recorded, clock):
        self.recorded, self.clock = recorded, clock
        self.shown = {}  # key → address
        self.unchanged = 0

    async def __call__(self, request, wire):
        number = max(n for n, (when, _) in enumerate(self.recorded) if when <= self.clock())
        body = self.recorded[number][1]
        if request.header("If-None-Match") == f'"{number}"':
            self.unchanged += 1
            await answer(status=304)(request, wire)
            return
        with suppress(ParseError):  # a recording may be an error page
            document = parse_feed(body, url="http://paper.test/feed", now=self.clock())
            self.shown |= {entry.key: entry.url for entry in document.entries}
        await answer(body, etag=f'"{number}"')(request, wire)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("series-gesab001", "bbc"),
        ("series-gesab001", "rnz"),
        ("series-reuters-ap", "reuters_direct"),
        ("series-ru-uk-generated", "itsmycity"),
    ],
)
async def test_every_item_that_was_served_when_we_asked_is_stored_once(tmp_path, folder, name):
    recorded = recordings(folder, name)
    async with BadServer() as server:
        url = at(server)
        watch = Watch(tmp_path, [url], every=timedelta(minutes=10), timeout=10.0)
        watch.clock = recorded[0][0]
        server["/feed"] = paper = Paper(recorded, watch.now)
        async with watch:
            asked = []
            while len(asked) < POLLS and watch.clock <= recorded[-1][0]:
                asked += await watch.poll(regardless=False)
                watch.clock = watch.feed().next_poll_at
            keys = [key for (key,) in watch.ask("select key from entries")]
            addresses = {url for (url,) in watch.ask("select url from entries")}

    assert len(keys) == len(set(keys))
    assert [] == [key for key, address in paper.shown.items() if key not in keys and address not in addresses]
    assert len(keys) <= len(paper.shown)
    assert paper.unchanged > 0
    assert all(poll.error is None for poll in asked)
