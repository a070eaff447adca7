"""Pages that robots.txt forbids: seen to again when the file is read anew, never asked for meanwhile, given up in the end."""

from datetime import timedelta

import pytest
from badserver import BadServer, answer
from watch import NOON, Watch, at, item_of, rss

from monitor.core.cadence import next_permission
from monitor.errors import RefusedError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHUT, OPEN = b"User-agent: *\nDisallow: /a", b"User-agent: *\nDisallow: /b"


@pytest.mark.parametrize(
    ("until", "first_seen", "expected"),
    [
        (NOON + DAY, NOON, NOON + DAY),
        (NOON + DAY, NOON - 12 * DAY, NOON + DAY),
        (NOON + DAY, NOON - 13 * DAY - HOUR, None),
        (NOON - DAY, NOON, NOON + 4 * HOUR),
        (NOON + DAY, None, NOON + DAY),
        (None, NOON, None),
    ],
    ids=["when it is read anew", "for two weeks", "and no longer", "not at once", "of an unknown age", "no file decides"],
)  # fmt: skip
def test_when_it_is_seen_whether_a_page_is_allowed_by_now(until, first_seen, expected):
    assert expected == next_permission(until, first_seen, NOON)


@pytest.fixture
async def server():
    async with BadServer() as opened:
        yield opened


def watching(server, tmp_path):
    link = at(server, path="/article")
    server["/feed"] = answer(rss(item_of("one", link=link)))
    server["/article"] = answer(b"<p>One")
    return Watch(tmp_path, [at(server)])


STATE = "select state, because, next_try_at is not null, tries from entries"


async def test_a_page_is_read_when_its_outlet_allows_it_days_later(server, tmp_path):
    server["/robots.txt"] = answer(SHUT)
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        await watch.read()
        first = watch.ask(STATE)[0]
        for _ in range(3):
            watch.later(hours=25)
            await watch.read()
        asked = server.paths.count("/article"), server.paths.count("/robots.txt")
        server["/robots.txt"] = answer(OPEN)
        watch.later(hours=20)
        await watch.read()
        early = server.paths.count("/article")
        watch.later(hours=5)
        await watch.read()

    assert ("failed", True, 0) == (first[0], bool(first[2]), first[3])
    assert first[1].startswith("robots.txt of paper.test")
    assert first[1].endswith(
        "looked at again when that is read anew, until two weeks after it was first seen"
    )
    assert ((0, 4), 0, 1) == (asked, early, server.paths.count("/article"))


async def test_a_page_that_stays_forbidden_is_given_up_after_two_weeks(server, tmp_path):
    server["/robots.txt"] = answer(SHUT)
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        for _ in range(20):
            await watch.read()
            watch.later(hours=25)
        ((state, because, again, _),) = watch.ask(STATE)

    assert ("failed", 0, 0) == (state, again, server.paths.count("/article"))
    assert because.endswith("does not allow monitor to read this page")
    assert 14 == server.paths.count("/robots.txt")


async def test_a_refusal_that_no_file_decides_is_final(server, tmp_path):
    async with watching(server, tmp_path) as watch:
        found = await watch.client.get("ftp://paper.test/a", article=True)

    assert isinstance(found, RefusedError)
    assert found.until is None
