"""Cases S22 to S46 that concern feeds: hostile content from the wire to the row, workers under the eyes of strace."""

import asyncio
import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from badserver import BadServer, answer
from watch import NOON, Watch, at, item_of, rss

from monitor import logs
from monitor.cli.common import plain
from monitor.workers import Workers

ROOT = Path(__file__).parents[1]
GOOD = [f"good{number}" for number in range(10)]


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


def watching(server, tmp_path, **more):
    return Watch(tmp_path, [at(server)], **more)


async def polled(server, tmp_path, body, **headers):
    """One poll of this body; gives the poll and the rows of its entries."""
    server["/feed"] = answer(body, **headers)
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()
        rows = watch.ask(
            "select title, url, published_at, published_raw, guid, summary from entries order by id"
        )
    return poll, rows


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
            f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)) + "]>",
        f'<!DOCTYPE rss [<!ENTITY j "{"x" * 50_000}">]>',
        '<!DOCTYPE rss [<!ENTITY j SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
    ],
    ids=["billion laughs", "quadratic", "a file", "an external DTD"],
)  # fmt: skip
async def test_s23_entities_end_in_an_error_or_a_short_field_and_open_nothing(server, tmp_path, head):
    item = "<item><guid>1</guid><title>T</title><description>" + "&j;" * 100 + "</description></item>"
    opened, watched = [], [True]
    sys.addaudithook(lambda event, args: opened.append(args) if watched[0] and event == "open" else None)

    poll, rows = await polled(server, tmp_path, rss(item).replace(b"<rss", head.encode() + b"<rss"))

    watched[0] = False
    assert poll.outcome in {"new", "error"}
    assert all(len(row[5]) <= 2000 and "root:" not in row[5] for row in rows)
    assert not [args for args in opened if str(args[0]).startswith(("/etc/passwd", "file:"))]


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><guid>1</guid><title>half &#xD800; pair</title></item>"),
        rss("<item><guid>1</guid><title>beyond &#x110000; all</title></item>"),
        rss("<item><guid>1</guid><title>far &#99999999999;</title></item>"),
        rss("x").replace(b'version="1.0"', b'version="1.0" encoding="undefined"', 1),
        rss("x").replace(b'version="1.0"', b'version="1.0" encoding="utf\x00-8"', 1),
        rss("<item><guid>1</guid><title>a</title><a:b:c>x</a:b:c></item>"),
        rss("x").replace(b"<rss", b'<!DOCTYPE rss SYSTEM "C:\\data\\x.dtd"><rss', 1),
    ],
)
async def test_s24_what_makes_parsers_raise_is_read_or_named_and_the_watch_goes_on(server, tmp_path, body):
    server["/feed"] = [answer(body), answer(rss("later"))]
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()
        assert poll.outcome == "new" or "a feed that cannot be read" in poll.error
        watch.later(hours=2)
        (after,) = await watch.poll()

    assert after.outcome == "new"


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "bad", "title": "half \ud800 pair", "content_text": "x \udfff"},
        {"id": 10**30, "title": "a number beyond all integers"},
        {"id": "bad", "title": "t" * 2_000_000},
        {"id": "bad\x00", "title": "NUL \x00 inside", "url": "https://paper.example/\x00"},
        {},
    ],
    ids=["lone surrogate", "huge integer", "2 MB title", "NUL", "nothing"],
)
async def test_s25_one_bad_item_costs_none_of_its_ten_siblings(server, tmp_path, bad):
    items = [
        {"id": name, "title": f"Title of {name}", "url": f"https://paper.example/{name}"} for name in GOOD
    ]
    body = json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "P", "items": [*items[:5], bad, *items[5:]]}
    )
    server["/feed"] = [
        answer(body.encode(), etag='"a"', content_type="application/feed+json"),
        answer(status=304),
    ]
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()
        watch.later(hours=1)
        await watch.poll()

        assert {f"Title of {name}" for name in GOOD} <= set(watch.titles)
        assert len(watch.titles) == 11 or "dropped" in " ".join(poll.document.warnings)
        assert max(map(len, watch.titles)) <= 500
    assert server.seen[-1].header("If-None-Match") == '"a"'


async def test_s26_crowds_and_depths_are_cut_or_killed_while_the_loop_goes_on(server, tmp_path):
    crowd = rss(*(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(60_000)))
    dated = rss(
        *(
            item_of(n, pubDate=f"Mon, 02 Mar 2026 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02} GMT")
            for n in range(3000)
        )
    )
    unclosed = rss(
        "<item><guid>1</guid><title>t</title><description>&lt;![CDATA["
        + "&lt;b&gt;" * 200_000
        + "</description></item>"
    )
    deep = b"<rss version='2.0'><channel>" + b"<a>" * 100_000
    bodies = {"/crowd": crowd, "/dated": dated, "/unclosed": unclosed, "/deep": deep}
    for path, body in bodies.items():
        server[path] = answer(body)
    lags = []

    async def feel():
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            lags.append(loop.time() - before - 0.01)

    async with (
        Workers(1, deadline=30.0) as workers,
        Watch(tmp_path, [at(server, path=path) for path in bodies], workers=workers, timeout=5.0) as watch,
    ):
        pulse = asyncio.create_task(feel())
        found = await asyncio.gather(
            *(
                workers.parse(body, url="https://paper.example/", content_type="", now=NOON)
                for body in bodies.values()
            )
        )
        pulse.cancel()
        (poll,) = await watch.poll(limit=1)

        assert poll.outcome == "new"
        assert watch.one("select count(*) from entries") == 2000
    by_path = dict(zip(bodies, found, strict=True))
    assert len(by_path["/dated"].entries) == 2000
    assert by_path["/dated"].entries[-1].title == "Title of 2999"
    assert any("only the newest 2000" in warning for warning in by_path["/dated"].warnings)
    assert len(lags) > 20  # the loop went on all the while


def served(*items):
    return rss(*(item_of(name, **elements) for name, elements in items))


SCHEMES = [("https", "http")[number % 2] for number in range(5)]


@pytest.mark.parametrize(
    ("polls", "rows"),
    [
        ([served(*((n, {"guid": None}) for n in ("a", "b"))) for _ in range(5)], 2),
        ([served(*((n, {"guid": "same"}) for n in ("a", "b", "c"))) for _ in range(5)], 3),
        (
            [
                served(*((n, {"guid": f"{scheme}://paper.example/{n}"}) for n in ("a", "b")))
                for scheme in SCHEMES
            ],
            2,
        ),
        ([served(*((n, {"guid": f"{n}-{number}"}) for n in ("a", "b"))) for number in range(5)], 2),
    ],
    ids=["no guid", "one guid for all", "http and https by turns", "another guid each time"],
)
async def test_s27_whatever_feeds_do_to_identity_an_item_is_one_row(server, tmp_path, polls, rows):
    server["/feed"] = [answer(body + b" " * number) for number, body in enumerate(polls)]
    async with watching(server, tmp_path) as watch:
        for _ in polls:
            await watch.poll()
            watch.later(hours=6)

        assert watch.one("select count(*) from entries") == rows


async def test_s27_a_guid_used_again_for_other_words_is_an_update(server, tmp_path):
    server["/feed"] = [answer(served(("a", {}))), answer(served(("a", {"title": "Other words"})))]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        (poll,) = await watch.poll()

        assert poll.outcome == "new"
        assert watch.titles == ["Other words"]


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        (None, None),
        ("0001-01-01T00:00:00Z", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "2026-03-02T12:00:00Z"),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
        ("Tue, 02 Mar 2027 12:00:00 GMT", "2026-03-02T12:00:00Z"),
        ("2026-03-02 10:00:00", "2026-03-02T10:00:00Z"),
    ],
)
async def test_s28_dates_that_cannot_be_are_clamped_and_kept_as_served(server, tmp_path, date, kept):
    server["/feed"] = answer(served(("a", {"pubDate": date})), date="Mon, 02 Mar 2026 12:00:00 GMT")
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.ask("select published_at, published_raw from entries") == [(kept, date)]


@pytest.mark.parametrize(
    ("link", "stored"),
    [
        ("/relative", "http://paper.test:{port}/relative"),
        ("//other.example/x", "http://other.example/x"),
        ("paper.example/no-scheme", "http://paper.test:{port}/paper.example/no-scheme"),
        ("javascript:alert(1)", None),
        ("https://paper.example/" + "x" * 100_000, None),
        ("  https://paper.example/with space\n", "https://paper.example/with%20space"),
        ("https://müller.example/straße", "https://müller.example/straße"),
    ],
    ids=["relative", "scheme-less", "bare", "javascript", "100 kB", "blanks", "IDN"],
)
async def test_s29_links_are_resolved_capped_or_dropped(server, tmp_path, link, stored):
    _, rows = await polled(server, tmp_path, served(("a", {"link": link})))

    assert [row[1] for row in rows] == [stored and stored.format(port=server.port)]


async def test_s30_a_feed_that_empties_and_returns_deletes_and_repeats_nothing(server, tmp_path):
    full, empty = rss("a", "b", "c"), rss()
    server["/feed"] = [answer(full), answer(empty), answer(full)]
    async with watching(server, tmp_path) as watch:
        outcomes = []
        for _ in range(3):
            outcomes += [poll.outcome for poll in await watch.poll()]
            watch.later(hours=1)

        assert outcomes == ["new", "unchanged", "unchanged"]
        assert watch.ask("select sum(new_entries), count(*) from polls") == [(3, 3)]
        assert len(watch.titles) == 3


@pytest.mark.parametrize(
    "body",
    ["null", "[]", "7", '"text"', '{"items": null}', '{"items": {}}', '{"items": "x"}', '{"items": [1, null, []]}',
     '{"items": [{"id": []}]}', '{"items": ' + "[" * 100_000, "{"],
)  # fmt: skip
async def test_s31_json_of_any_shape_is_a_feed_or_a_typed_error(server, tmp_path, body):
    poll, rows = await polled(server, tmp_path, body.encode(), content_type="application/feed+json")

    assert (poll.outcome, rows) == ("error", []) or (poll.outcome, rows) == ("unchanged", [])
    if poll.outcome == "error":
        assert poll.error.startswith("no feed but ")


HOSTILE = "one\ntwo\rthree \x1b[2J\u202efour\x00"


def test_s42_a_title_cannot_begin_a_line_or_move_the_cursor(capsys):
    record = logging.LogRecord("monitor", logging.INFO, "", 0, "stored: %s", (HOSTILE,), None)

    for line in (logs.OneLine().format(record), plain(HOSTILE)):
        assert not re.search(r"[\x00-\x1f\x7f\u202e]", line)
        assert len(line.splitlines()) == 1
        assert "four" in line


SCRIPT = """
import asyncio, sys
from datetime import UTC, datetime
from monitor.model import Page, Task
from monitor.workers import Workers

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HTML = (b"<html><head><link rel=stylesheet href='http://127.0.0.1:9/x.css'><title>T</title></head><body><article>"
        + b"<p>A sentence of some length that an extractor would keep as text, and more.</p>" * 20
        + b"<iframe src='http://127.0.0.1:9/i'></iframe></article></body></html>")

async def main():
    async with Workers(1) as workers:
        page = Page("https://paper.example/a", "https://paper.example/a", 200, {"content-type": "text/html"}, HTML, NOW)
        await workers.extract(page, hint=Task("https://paper.example/a"))  # imports are done
        print("MARK", flush=True)
        for body in (b"/etc/passwd", b"http://127.0.0.1:9/x", b"file:///etc/shadow",
                     b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY j SYSTEM "file:///etc/shadow">]>'
                     b"<rss><channel><item><title>&j;</title></item></channel></rss>",
                     b"<rss><channel><item><title>t</title></item></channel></rss>"):
            await workers.parse(body, url="https://paper.example/f", content_type="", now=NOW)
        await workers.extract(page, hint=Task("https://paper.example/b"))

if __name__ == "__main__":
    asyncio.run(main())
"""
MAY_OPEN = re.compile(r'"(/usr/|/lib|/proc/|/sys/|/dev/(null|urandom|shm)|/etc/(ld\.so|localtime|mime))')


def test_s45_no_worker_connects_or_opens_what_a_feed_names(tmp_path):
    if not shutil.which("strace"):
        pytest.skip("no strace to watch system calls with")
    script, trace = tmp_path / "script.py", tmp_path / "trace"
    script.write_text(textwrap.dedent(SCRIPT))
    ran = subprocess.run(
        ["strace", "-f", "-qq", "-o", trace, "-e", "trace=connect,open,openat,creat,write", sys.executable, script],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    if "ptrace" in ran.stderr.lower():
        pytest.skip("this machine does not allow strace")

    assert ran.returncode == 0, ran.stderr
    lines = trace.read_text(errors="replace").splitlines()
    mark = next(number for number, line in enumerate(lines) if '"MARK' in line)
    assert [line for line in lines if "connect(" in line and "AF_INET" in line] == []
    opened = [
        line for line in lines[mark:] if re.search(r"\b(open|openat|creat)\(", line) and " = -1 " not in line
    ]
    places = (
        f"{sys.base_prefix}/",
        f"{sys.prefix}/",
        f"{ROOT}/monitor",
        str(tmp_path),
        f"{tempfile.gettempdir()}/pymp-",
    )
    library = re.compile("|".join(re.escape(f'"{place}') for place in places))
    strange = [line for line in opened if not MAY_OPEN.search(line) and not library.search(line)]
    assert strange == [], strange[0]
    assert [line for line in lines if "/etc/passwd" in line or "/etc/shadow" in line if "open" in line] == []
