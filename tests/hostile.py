"""A real daemon among twenty hosts that stall, drip and never end, and one that is well: is that one read on time?

    python tests/hostile.py --for 5m      (`make hostile ARGS="--for 5m"`)

Every host has an address of its own, and its feed, its pages or its robots.txt are bad in a way of their own.
The healthy outlet publishes all the time. Told are the waits of its items, and the memory of the whole tree
of processes (daemon, fork server, workers): RSS counts a page that processes share once for each of them, PSS
once for all. Exit code 1 when the healthy feed was late or the memory above its limit. Reads /proc: Linux only.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import badserver as bad
from soak import span
from town import Town, sentences

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from measure import descendants, memory

BOMB = gzip.compress(b"<p>" + b" " * 50_000_000, 9)
LIMIT = 300  # MB, of the tree's PSS
LATE = 3.0  # schedule intervals that an item may wait for its feed's poll, on a machine that is busy


def lists(server, *paths):
    """A good feed whose articles are at these paths."""
    links = "".join(
        f"<item><title>Waffenstillstand {n}</title><link>{server.url(path)}</link></item>"
        for n, path in enumerate(paths)
    )
    return bad.answer(f'<rss version="2.0"><channel><title>x</title>{links}</channel></rss>'.encode())


def scripts(server):
    """What can be bad, as name → scripts by path. What is not named is not there (404)."""
    head = bad.head_of(content_type="text/html") + b"\r\n"

    page = lists(server, "/a", "/b", "/c")
    return {
        "says nothing": {"/feed": bad.stall()},
        "stops in the status line": {"/feed": bad.stall_after(b"HTTP/1.1 2")},
        "stops in the headers": {"/feed": bad.stall_after(b"HTTP/1.1 200 OK\r\nx-a: b\r\n")},
        "stops in the body": {"/feed": bad.stall_after(bad.head_of(content_length=500) + b"\r\n<rss>")},
        "drips its body": {"/feed": bad.drip_body(every=0.2)},
        "drips its headers": {"/feed": bad.drip_headers(every=0.2)},
        "never ends": {"/feed": bad.endless()},
        "never ends, in chunks": {"/feed": bad.endless(chunked=True)},
        "never ends, as a feed": {"/feed": bad.endless(b"<item><title>x</title></item>" * 2000)},
        "never ends, octet by octet": {"/feed": bad.endless(b"x", chunked=True)},
        "early hints for ever": {"/feed": bad.hints_for_ever()},
        "a bomb": {"/feed": bad.answer(BOMB, content_encoding="gzip")},
        "a header of 10 MB": {"/feed": bad.big_header(10_000_000)},
        "headers without number": {"/feed": bad.many_headers(50_000)},
        "robots.txt says nothing": {"/robots.txt": bad.stall(), "/feed": page},
        "robots.txt never ends": {"/robots.txt": bad.endless(b"Disallow: /\n" * 5000), "/feed": page},
        "pages say nothing": {"/feed": page, "/a": bad.stall(), "/b": bad.stall_after(head), "/c": bad.stall()},
        "pages drip": {"/feed": page, "/a": bad.drip_body(every=0.2), "/b": bad.drip_headers(), "/c": bad.stall()},
        "pages never end": {"/feed": page, "/a": bad.endless(), "/b": bad.endless(b"<p>x"), "/c": bad.endless()},
        "pages are bombs": dict.fromkeys(("/a", "/b", "/c"), bad.answer(BOMB, content_encoding="gzip"))
        | {"/feed": page},
    }  # fmt: skip


@contextlib.asynccontextmanager
async def neighbours():
    """Twenty bad hosts, each on an address of its own."""
    async with contextlib.AsyncExitStack() as stack:
        servers = []
        for number in range(20):
            server = bad.BadServer(f"127.0.2.{21 + number}")
            await stack.enter_async_context(server)
            for path, script in list(scripts(server).values())[number].items():
                server[path] = script
            servers.append(server)
        yield servers


def configured(town, servers, folder, *, every, deadline):
    """A configuration that watches them all."""
    path = town.config(folder, schedule=f"every {every} seconds")
    text = path.read_text(encoding="utf-8")
    feeds = ", ".join(f'"{server.url("/feed")}"' for server in servers)
    places = ", ".join(f'"{server.place}"' for server in servers)
    text = text.replace("feeds: [", f"feeds: [{feeds}, ").replace(
        "allow_private: [", f"allow_private: [{places}, "
    )
    path.write_text(text.replace("timeout: 5s", f"timeout: {deadline}s"), encoding="utf-8")
    return path


async def published(outlet, every, until):
    """Publish all the time; gives when which address came."""
    when = {}
    while time.monotonic() < until:
        number = len(when)
        outlet.publish(
            f"/{number}", f"Waffenstillstand, Tag {number}", sentences(f"{outlet.host}/{number}", 9)
        )
        outlet.items = outlet.items[-30:]
        when[f"{outlet.address}/{number}"] = datetime.now(UTC)
        await asyncio.sleep(every)
    return when


async def weighed(process, until):
    """The most that the tree of processes had, in MB: PSS, RSS, and how many processes that were."""
    most = (0.0, 0.0, 0)
    while time.monotonic() < until:
        pids = descendants(process.pid)
        most = max(most, (sum(map(memory, pids)), sum(map(resident, pids)), len(pids)))
        await asyncio.sleep(0.5)
    return most


def resident(pid):
    """Megabytes that a process has in memory, shared pages included."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 2**20
    return 0.0


async def run(folder, *, seconds, every=10, deadline=20, patience=30.0):
    """Let `monitor run` watch them for so long; gives the figures.

    `every` is the schedule and `deadline` that of a request, in seconds; for `patience` the daemon may start.
    """
    async with Town(1) as town, neighbours() as servers:
        path = configured(town, servers, folder, every=every, deadline=deadline)
        with (folder / "run.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "monitor", "run", "-c", str(path), stdout=log, stderr=log
            )
        try:
            start = time.monotonic()
            while not town.outlets[0].asked and time.monotonic() < start + patience:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            until = time.monotonic() + seconds
            when, most = await asyncio.gather(
                published(town.outlets[0], every, until), weighed(process, until)
            )
            process.terminate()
            code = await asyncio.wait_for(process.wait(), 60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return figures(folder / "data" / "monitor.db", when, every) | {
            "PSS MB": round(most[0]),
            "RSS MB": round(most[1]),
            "processes": most[2],
            "bad hosts asked": sum(bool(server.seen) for server in servers),
            "requests to them": sum(len(server.seen) for server in servers),
            "exit code": code,
        }


def figures(database, when, every):
    """How the healthy feed fared. Of items, those that came early enough for a poll are counted."""
    with contextlib.closing(sqlite3.connect(database)) as conn:
        seen = dict(conn.execute("select url, first_seen_at from entries where guid is not null"))
        read = {
            url for (url,) in conn.execute("select e.url from entries e join articles a on a.id = article_id")
        }
        polls = conn.execute(
            "select count(*), sum(outcome = 'error') from polls p join feeds f on f.id = p.feed_id where f.url like '%/feed.xml'"
        ).fetchone()
        bad_polls = conn.execute(
            "select count(*) from polls p join feeds f on f.id = p.feed_id where f.url not like '%/feed.xml' and outcome = 'error'"
        ).fetchone()
    last = max(when.values())
    due = [url for url, at in when.items() if (last - at).total_seconds() >= LATE * every]
    waits = sorted(
        (datetime.fromisoformat(seen[url]) - when[url]).total_seconds() for url in due if url in seen
    )
    return {
        "items published in time": len(due),
        "of them seen": len(waits),
        "items read": len(read & when.keys()),
        "seconds from published to seen, median": round(waits[len(waits) // 2], 1) if waits else None,
        "seconds from published to seen, most": round(waits[-1], 1) if waits else None,
        "polls of the healthy feed": polls[0],
        "of them failed": polls[1] or 0,
        "polls that failed elsewhere": bad_polls[0],
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--for", dest="time", type=span, default=300.0, metavar="TIME", help="such as 5m (default), 1h"
    )
    parser.add_argument("--every", type=int, default=10, help="seconds between two polls (default 10)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitor-hostile-") as name:
        told = asyncio.run(run(Path(name), seconds=given.time, every=given.every))
    print(json.dumps(told, indent=2))
    late = (
        told["seconds from published to seen, most"] is None
        or told["seconds from published to seen, most"] > LATE * given.every
    )
    sys.exit(late or told["PSS MB"] > LIMIT or told["of them seen"] < told["items published in time"])


if __name__ == "__main__":
    main()
