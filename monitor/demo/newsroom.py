"""The demo newsroom: eight invented outlets on loopback addresses, each with feeds and pages.

    timeline.toml, texts → script (what stands at second t) → answers (feed, page, wall, 301, 304, 404) → aiohttp

Runs alone with `python -m monitor.demo.newsroom --port 8800 --for 60`, or inside another program:
`async with Newsroom() as newsroom: …`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from monitor.demo.answers import Ask, Desk
from monitor.demo.outlets import Outlet, outlets_at
from monitor.demo.pages import open_templates
from monitor.demo.script import ScriptState, load_script
from monitor.errors import MonitorError

GOODBYE = 0.5  # seconds that open requests get at the end

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Newsroom:
    """The outlets on the air. Time runs from the start, or from the first request with `wait_for_reader`.

    `port` is the same at every address, or None or 0 for a free one each. `now` gives seconds on any
    monotonic scale, `today` the wall-clock moment that dates are reckoned from. Raises MonitorError when
    an address cannot be listened on.
    """

    def __init__(
        self,
        port: int | None = None,
        now: Callable[[], float] = time.monotonic,
        seed: int = 1,
        *,
        wait_for_reader: bool = False,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.port = port or 0
        self.now = now
        self.today = today
        self.script = load_script(seed)
        self.outlets: tuple[Outlet, ...] = self.script.outlets
        self._wait_for_reader = wait_for_reader
        self._environment = open_templates()
        self._started: float | None = None
        self._desk: Desk | None = None
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        """Listen at every address."""
        try:
            self.outlets = tuple([await self._open(outlet) for outlet in self.outlets])
        except BaseException:
            await self._close()
            raise
        if not self._wait_for_reader:
            self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every address; open requests get half a second."""
        await self._close()

    def elapsed(self, now: float | None = None) -> float:
        """Seconds since the start; 0 while it waits for its first reader."""
        moment = self.now() if now is None else now
        return 0.0 if self._started is None else moment - self._started

    def script_state(self, now: float | None = None) -> ScriptState:
        """What is published, walled, corrected and moved at `now`, on the scale of the clock given."""
        return self.script.state(self.elapsed(now))

    def _begin(self) -> Desk:
        if self._desk is None:
            self._started = self.now()
            self._desk = Desk(self.script, self._environment, self.today())
        return self._desk

    async def _open(self, outlet: Outlet) -> Outlet:
        """Listen at the outlet's address; gives the outlet with its port."""
        heard: list[Outlet] = []  # the outlet with its port, known only once it listens
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handler(heard))
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=GOODBYE)
        await runner.setup()
        self._runners.append(runner)
        try:
            await web.TCPSite(runner, outlet.host, self.port).start()
        except OSError as error:
            raise MonitorError(_unavailable(outlet.host, self.port, error)) from error
        heard.append(outlet.at_port(runner.addresses[0][1]))
        return heard[0]

    def _handler(self, heard: Sequence[Outlet]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            desk = self._begin()
            ask = Ask(
                path=request.rel_url.raw_path,
                article_id=request.query.get("id"),
                etag=request.headers.get("If-None-Match"),
                since=request.headers.get("If-Modified-Since"),
            )
            answer = desk.answer(heard[0], ask, self.elapsed())
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

        return handle

    async def _close(self) -> None:
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()


def config_for(newsroom: Newsroom | Sequence[Outlet], database: Path, seeds: Path | None) -> str:
    """The YAML of a monitor.yaml that watches this newsroom: two topics, every three seconds.

    Before it runs, `outlets_at(port)` stands for it. Changes are found through the feeds' own dates within
    seconds; `reread` finds them a minute later where a feed keeps silent.
    """
    outlets = newsroom.outlets if isinstance(newsroom, Newsroom) else newsroom
    feeds = [
        (feed.name, url, one) for one in outlets for feed, url in zip(one.feeds, one.feed_urls, strict=True)
    ]
    names = ", ".join(name for name, _, _ in feeds)
    listed = [f"  {name}: {{url: {_quoted(url)}, outlet: {_quoted(one.name)}}}" for name, url, one in feeds]
    private = ", ".join(_quoted(f"{one.host}:{one.port}") for one in outlets)
    return "\n".join(
        [
            "# Written by the demo; it watches the newsroom on loopback.",
            "version: 1",
            f"database: {_quoted(str(database))}",
            "contact: demo@example.org",
            "topics:",
            *_topic("ukraine-ceasefire", "Ukraine ceasefire talks", CEASEFIRE, names),
            *_topic("weather", "Weather", WEATHER, names),
            "feeds:",
            *listed,
            *([f"seeds: [{_quoted(str(seeds))}]"] if seeds else []),
            f"fetch: {{per_host_delay: 100ms, allow_private: [{private}]}}",
            "keep: {articles: matched, reread: [1 minute, 2 minutes]}",
            "",
        ]
    )


CEASEFIRE = (
    "(ukrain* OR kyjiw OR kiew OR kyiv) "
    'AND (waffenstillstand* OR waffenruhe OR ceasefire OR witkoff OR "peace talks")'
)
WEATHER = "wetter* OR unwetter* OR gewitter OR hitzewarnung OR weather OR thunderstorm*"


def _topic(name: str, title: str, query: str, feeds: str) -> list[str]:
    return [
        f"  {name}:",
        f"    title: {title}",
        "    query: >-",
        f"      {query}",
        f"    feeds: [{feeds}]",
        "    schedule: every 3 seconds",
        "    languages: [de, en]",
    ]


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar; every JSON string is one (YAML 1.2 §1.3)."""
    return json.dumps(text, ensure_ascii=False)


def _unavailable(host: str, port: int, error: OSError) -> str:
    place = f"{host}:{port}" if port else host
    return (
        f"The demo cannot listen on {place}: {error.strerror or error}. It needs the loopback addresses "
        "127.0.0.11 to 127.0.0.18, which Linux answers without set-up; elsewhere add them first "
        "(macOS: sudo ifconfig lo0 alias 127.0.0.11), or choose another --port."
    )


async def serve(
    port: int | None = None,
    *,
    seconds: float | None = None,
    seed: int = 1,
    ready: Callable[[Newsroom], None] | None = None,
    wait_for_reader: bool = True,
) -> None:
    """Run the newsroom until cancelled, or for so many seconds; `ready` is called once it listens."""
    async with Newsroom(port, seed=seed, wait_for_reader=wait_for_reader) as newsroom:
        if ready is not None:
            ready(newsroom)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.Event().wait()


def describe(newsroom: Newsroom) -> str:
    """One line a feed: outlet, language, address; separated by tabs."""
    rows = [f"{one.name}\t{one.language}\t{url}" for one in newsroom.outlets for url in one.feed_urls]
    return "\n".join(rows) + "\n"


async def _run(port: int, seconds: float | None, seed: int) -> None:
    def ready(newsroom: Newsroom) -> None:
        sys.stdout.write(describe(newsroom))
        sys.stdout.flush()

    task = asyncio.ensure_future(serve(port, seconds=seconds, seed=seed, ready=ready))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the newsroom alone: addresses on stdout, then serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m monitor.demo.newsroom", description="A demo newsroom on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="the same at every address; 0: a free one each")
    parser.add_argument("--for", dest="seconds", type=float, default=None, help="stop after so many seconds")
    parser.add_argument("--seed", type=int, default=1, help="which briefs are told")
    given = parser.parse_args(arguments)
    try:
        asyncio.run(_run(given.port, given.seconds, given.seed))
    except MonitorError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


__all__ = ["Newsroom", "config_for", "describe", "main", "outlets_at", "serve"]

if __name__ == "__main__":
    raise SystemExit(main())
