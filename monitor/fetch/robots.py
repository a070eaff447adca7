"""robots.txt (RFC 9309): may this page be read, and how slowly does the host want to be asked.

Each host's file is read at most once in 24 hours, also over restarts, where a `RobotsMemory` keeps the
records. While it cannot be read, articles wait: an hour first, up to a day, on what was known before
for at most a week.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from protego import Protego

from monitor.core.cadence import LONGEST_WAIT, retry_after
from monitor.errors import FetchError, RefusedError, WaitError
from monitor.fetch.address import Address, parse, shown
from monitor.model import Page, RobotsRecord

AGENT = "monitor"  # our product token, RFC 9309 section 2.2.1
LONGEST = 512_000  # bytes of robots.txt that are read: 500 KiB, section 2.5
FRESH = timedelta(hours=24)  # section 2.4
STILL_KNOWN = timedelta(days=7)  # how long an earlier file stands in for one that cannot be read
FIRST_RETRY = timedelta(hours=1)
SLOWEST = 60.0  # seconds: the longest Crawl-delay that is honoured
IN_THREAD = 65_536  # characters from which parsing would be felt by the loop
REMEMBERED = 16_000_000  # characters of robots.txt held in memory, all hosts together

MOST_SITEMAPS = 100

_SITEMAP = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_ABSENT = frozenset(range(400, 500)) - {429}  # "unavailable": nothing is forbidden
_AGENT_LINE = re.compile(r"^([ \t]*user[ -]?agent[ \t]*[: \t][ \t]*)([^#\n]*)", re.IGNORECASE | re.MULTILINE)


class RobotsMemory(Protocol):
    """Where records outlive the process. Both methods are quick."""

    def get(self, host: str) -> RobotsRecord | None:
        """The record of this host, if there is one."""

    def put(self, record: RobotsRecord) -> None:
        """Remember a record in place of the host's earlier one."""


class Shelf:
    """Records in memory, the last used ones, up to `room` characters of robots.txt. A `RobotsMemory`."""

    def __init__(self, room: int = REMEMBERED) -> None:
        self._room = room
        self._taken = 0
        self._records: OrderedDict[str, RobotsRecord] = OrderedDict()

    def get(self, host: str) -> RobotsRecord | None:
        """The record of this host, if it is still there."""
        if (record := self._records.get(host)) is not None:
            self._records.move_to_end(host)
        return record

    def put(self, record: RobotsRecord) -> None:
        """Remember a record; those unused for longest make room."""
        if (old := self._records.pop(record.host, None)) is not None:
            self._taken -= _size(old)
        self._records[record.host] = record
        self._taken += _size(record)
        while self._taken > self._room and len(self._records) > 1:
            self._taken -= _size(self._records.popitem(last=False)[1])


class Robots:
    """The rules of all hosts. `fetch` reads a robots.txt, without asking robots.txt."""

    def __init__(
        self,
        memory: RobotsMemory,
        fetch: Callable[[str], Awaitable[Page | FetchError]],
        clock: Callable[[], datetime],
    ) -> None:
        self._memory = memory
        self._fetch = fetch
        self._clock = clock
        self._rules: OrderedDict[str, tuple[RobotsRecord, Protego]] = OrderedDict()
        self._taken = 0
        self._reading: dict[str, asyncio.Task[RobotsRecord | FetchError]] = {}

    async def check(self, here: Address) -> float:
        """The pause between requests that the host asks for, in seconds; 0 when it asks for none.

        RefusedError when the page may not be read, `until` the file is read anew; WaitError when that cannot be known yet.
        """
        record = await self._record(here)
        now = self._clock()
        if record.fetched_at is None or (record.failures and now - record.fetched_at > STILL_KNOWN):
            what = f"HTTP {record.status}" if record.status else "no answer"
            because = f"robots.txt of {here.host} could not be read ({what}), so its pages wait"
            raise WaitError(shown(here.text), because, until=record.retry_at)
        if not record.body:
            return 0.0
        rules = await self._parsed(record)
        if not rules.can_fetch(here.text, AGENT):
            because = f"robots.txt of {here.host} does not allow {AGENT} to read this page"
            raise RefusedError(shown(here.text), because, until=record.retry_at)
        return min(rules.crawl_delay(AGENT) or 0.0, SLOWEST)

    async def sitemaps(self, here: Address) -> tuple[str, ...]:
        """The sitemaps that the host's file names (RFC 9309 section 2.2.4), as they stand there."""
        record = await self._record(here)
        return tuple(_SITEMAP.findall(record.body))[:MOST_SITEMAPS]

    async def close(self) -> None:
        """Stop reading."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _record(self, here: Address) -> RobotsRecord:
        """The record that holds now; all who want to know it at the same time share one request."""
        known = self._memory.get(here.key)
        if known is not None and _holds(known, self._clock()):
            return known
        task = self._reading.get(here.key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._read(here, known))
            self._reading[here.key] = task
            task.add_done_callback(lambda _: self._reading.pop(here.key, None))
        found = await asyncio.shield(task)
        if isinstance(found, FetchError):
            raise type(found)(shown(here.text), found.because, until=found.until)
        return found

    async def _read(self, here: Address, known: RobotsRecord | None) -> RobotsRecord | FetchError:
        """Read the file and remember what came of it. A cooldown or a refusal by the guard is no reading."""
        url = parse(f"{here.scheme}://{here.key}/robots.txt").text
        answer = await self._fetch(url)
        if isinstance(answer, (WaitError, RefusedError)):
            return answer
        record = _concluded(here.key, answer, known, self._clock())
        self._memory.put(record)
        return record

    async def _parsed(self, record: RobotsRecord) -> Protego:
        known = self._rules.get(record.host)
        if known is not None and known[0].fetched_at == record.fetched_at:
            self._rules.move_to_end(record.host)
            return known[1]
        text = only_ours(record.body)
        rules = Protego.parse(text) if len(text) < IN_THREAD else await asyncio.to_thread(Protego.parse, text)
        self._shelve(record, rules)
        return rules

    def _shelve(self, record: RobotsRecord, rules: Protego) -> None:
        if (old := self._rules.pop(record.host, None)) is not None:
            self._taken -= _size(old[0])
        self._rules[record.host] = record, rules
        self._taken += _size(record)
        # Parsed rules take some ten times the room of their text.
        while self._taken > REMEMBERED // 10 and len(self._rules) > 1:
            self._taken -= _size(self._rules.popitem(last=False)[1][0])


def only_ours(text: str) -> str:
    """The file with all groups but ours and `*` under one name.

    The parser's work is agents times rules: a group of 3,000 agents and 3,000 rules took it 10 seconds.
    """
    return _AGENT_LINE.sub(lambda line: line[1] + _agent(line[2]), "\n".join(text.splitlines()))


def _agent(value: str) -> str:
    token = value.strip().lower().partition("/")[0].strip()
    return token if token in {"*", AGENT} else "other"


def _concluded(
    host: str, answer: Page | FetchError, known: RobotsRecord | None, now: datetime
) -> RobotsRecord:
    """The record after an answer (RFC 9309 section 2.3.1): rules, no rules, or not now."""
    status = answer.status if isinstance(answer, Page) else None
    if isinstance(answer, Page) and status == HTTPStatus.OK:
        return RobotsRecord(host, now, status, answer.body.decode("utf-8-sig", "replace"), 0, now + FRESH)
    if status in _ABSENT:
        return RobotsRecord(host, now, status, "", 0, now + FRESH)
    before = known or RobotsRecord(host, None, None, "", 0, now)
    retry_at = now + min(FIRST_RETRY * 2 ** min(before.failures, 5), FRESH)
    if isinstance(answer, Page) and (asked := retry_after(answer.headers, now)):
        retry_at = max(retry_at, asked)
    return replace(before, status=status, failures=before.failures + 1, retry_at=retry_at)


def _holds(record: RobotsRecord, now: datetime) -> bool:
    """Whether it is not yet time to read again. A time further away than it can be came from a wrong clock."""
    furthest = LONGEST_WAIT if record.failures else FRESH
    return now < record.retry_at <= now + furthest


def _size(record: RobotsRecord) -> int:
    return len(record.body) + 500  # and the rest of it
