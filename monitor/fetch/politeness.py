"""Whose turn it is: one request at a time per host, with a pause between starts, and no host before all others.

Times are those of the loop's monotonic clock, in seconds; cooldowns are in wall-clock time, because
hosts name them so. Hosts that were not asked for a while are forgotten.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Generic, TypeVar

from monitor.core.urls import redacted, registrable
from monitor.fetch.address import Address
from monitor.model import Cooldown

T = TypeVar("T")

# Requests at the same time, all hosts together: so many that hosts which use up their whole deadline
# leave room for the others, so few that open files and memory stay ordinary.
LIMIT = 256
OTHER_FILES = 48  # that are open besides connections: database, workers, log, names
LEAST = 4
REMEMBERED = 15.0  # seconds that a host stays known after its last request: as long as its connection
FAIR = 4  # feeds in a row, while an article waits, before it is the article's turn
MANY_COOLDOWNS = 1024
ABSURD = timedelta(days=32)  # nobody is waited for that long: the clock was ahead when it was said


def at_once(open_files: int) -> int:
    """How many requests may run at the same time where a process may have so many files open (-1: no limit).

    >>> at_once(1024), at_once(256), at_once(64)
    (256, 104, 8)
    """
    if open_files < 0:
        return LIMIT
    return min(LIMIT, max(LEAST, (open_files - OTHER_FILES) // 2))


class Lane(IntEnum):
    """Who goes first in a line: what was begun (redirects), then feeds, then articles."""

    BEGUN = 0
    FEED = 1
    ARTICLE = 2


class Line(Generic[T]):
    """A line with three lanes. Nobody waits for ever: after FAIR others, the last lane moves too."""

    __slots__ = ("_lanes", "_passed")

    def __init__(self) -> None:
        self._lanes: tuple[deque[T], deque[T], deque[T]] = (deque(), deque(), deque())
        self._passed = 0

    def __bool__(self) -> bool:
        return any(self._lanes)

    def join(self, lane: Lane, item: T) -> None:
        """Stand at the end of a lane."""
        self._lanes[lane].append(item)

    def first_lane(self) -> Lane:
        """The lane whose turn it is; that of articles when nobody waits."""
        if self._passed >= FAIR and self._lanes[Lane.ARTICLE]:
            return Lane.ARTICLE
        return next((lane for lane in Lane if self._lanes[lane]), Lane.ARTICLE)

    def next(self) -> T | None:
        """Take who is first, or None from an empty line."""
        lane = self.first_lane()
        if not self._lanes[lane]:
            return None
        waits = lane is not Lane.ARTICLE and bool(self._lanes[Lane.ARTICLE])
        self._passed = self._passed + 1 if waits else 0
        return self._lanes[lane].popleft()


class _Host:
    """What is known of a host while it is asked, and a little longer."""

    __slots__ = ("busy", "delay", "free_at", "gated", "line", "timer")

    def __init__(self, delay: float) -> None:
        self.delay = delay  # seconds between two starts
        self.free_at = 0.0  # when the next request may start
        self.busy = False
        self.gated = False  # waiting for a place among all requests
        self.timer: asyncio.TimerHandle | None = None
        self.line: Line[asyncio.Future[None]] = Line()

    def is_idle(self, now: float) -> bool:
        """Whether forgetting this host would change nothing."""
        used = self.busy or self.gated or self.timer is not None or bool(self.line)
        return not used and now > self.free_at - self.delay + max(self.delay, REMEMBERED)


class Politeness:
    """The lines of all hosts. `enter` waits for the turn, `leave` gives it back.

    A host is `host:port`; `delay` is the pause between two starts in seconds, `limit` the number of
    requests at the same time over all hosts, counted only while they run.
    """

    def __init__(self, delay: float, *, limit: int = LIMIT) -> None:
        self._delay = delay
        self._limit = limit
        self._running = 0
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._gate: Line[_Host] = Line()

    def __len__(self) -> int:
        """How many hosts were asked lately."""
        return len(self._hosts)

    def is_wanted(self, key: str) -> bool:
        """Whether more requests stand in line for this host."""
        host = self._hosts.get(key)
        return host is not None and bool(host.line)

    async def enter(self, key: str, lane: Lane, delay: float = 0.0) -> bool:
        """Wait for the turn of this host; gives whether there was a wait.

        `delay` is what the host's robots.txt asks for, where that was read.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        host = self._host(key, now)
        if lane is Lane.ARTICLE:
            host.delay = max(self._delay, delay)
        if not (host.busy or host.line) and self._running < self._limit and now >= host.free_at:
            self._start(host)
            return False
        turn: asyncio.Future[None] = loop.create_future()
        host.line.join(lane, turn)
        self._serve(host)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(key, None)
            raise
        return True

    def leave(self, key: str, began: float | None) -> None:
        """Give the turn back. `began` is when the request started; None when there was none."""
        host = self._hosts[key]
        host.busy = False
        self._running -= 1
        if began is not None:
            host.free_at = began + host.delay
        if self._gate:
            self._open_gate()
        if host.line:
            self._serve(host)

    def _host(self, key: str, now: float) -> _Host:
        host = self._hosts.get(key)
        if host is None:
            self._forget(now)
            host = self._hosts[key] = _Host(self._delay)
        else:
            self._hosts.move_to_end(key)
        return host

    def _forget(self, now: float) -> None:
        """Let go of hosts that are idle: two are looked at for each one that comes, so there is no heap."""
        for _ in range(min(2, len(self._hosts))):
            key, host = next(iter(self._hosts.items()))
            if host.is_idle(now):
                del self._hosts[key]
            else:
                self._hosts.move_to_end(key)

    def _start(self, host: _Host) -> None:
        host.busy = True
        self._running += 1

    def _serve(self, host: _Host) -> None:
        """Give the turn to the first in the host's line, or see to it that this happens in time."""
        while host.line and not (host.busy or host.gated or host.timer):
            loop = asyncio.get_running_loop()
            wait = host.free_at - loop.time()
            if wait > 0:
                host.timer = loop.call_later(wait, self._ring, host)
                return
            if self._running >= self._limit:
                host.gated = True
                self._gate.join(host.line.first_lane(), host)
                return
            turn = host.line.next()
            if turn is not None and not turn.done():  # done: cancelled while in line
                self._start(host)
                turn.set_result(None)

    def _ring(self, host: _Host) -> None:
        host.timer = None
        self._serve(host)

    def _open_gate(self) -> None:
        while self._running < self._limit and (host := self._gate.next()) is not None:
            host.gated = False
            self._serve(host)


class Cooldowns:
    """Who asked us to wait. A scope is a host, a registrable domain (all its hosts) or one URL."""

    def __init__(self, known: Iterable[Cooldown] = ()) -> None:
        self._known: dict[str, Cooldown] = {}
        self._purge_at = MANY_COOLDOWNS
        for cooldown in known:
            self.add(cooldown)

    def __bool__(self) -> bool:
        return bool(self._known)

    def add(self, cooldown: Cooldown) -> None:
        """Remember a cooldown. Of two in one scope, the longer one stands."""
        scope = cooldown.scope if "://" in cooldown.scope else cooldown.scope.lower().rstrip(".")
        known = self._known.get(scope)
        if known is None or known.until < cooldown.until:
            self._known[scope] = cooldown

    def set_back(self, by: timedelta) -> None:
        """The clock was set back by so much: the waits stay as long as they were."""
        self._known = {scope: replace(one, until=one.until - by) for scope, one in self._known.items()}

    def purge(self, now: datetime) -> None:
        """Let go of what is over, once there are so many that it is worth the walk."""
        if len(self._known) >= self._purge_at:
            self._known = {scope: one for scope, one in self._known.items() if one.until > now}
            self._purge_at = max(MANY_COOLDOWNS, 2 * len(self._known))

    def of(self, url: str, here: Address, now: datetime) -> Cooldown | None:
        """The cooldown that keeps us from asking `here` (on the way from `url`), or None."""
        scopes = (url, redacted(url), here.text, here.host, here.key, self._domain(here.host))
        found = [
            one for scope in scopes if (one := self._known.get(scope)) and now < one.until <= now + ABSURD
        ]
        return max(found, key=lambda one: one.until, default=None)

    def _domain(self, host: str) -> str:
        """The registrable domain, asked for only when some name above the host is known at all."""
        parent = host.partition(".")[2]
        while parent:
            if parent in self._known:
                return registrable(host)
            parent = parent.partition(".")[2]
        return host
