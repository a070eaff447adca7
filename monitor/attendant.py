"""Beside the daemon: feels its pulse, tells systemd and whoever asks, and sees to the chores.

What is told is progress, not life: a watchdog that is fed by a timer would never bite. The chores (backup,
prune) run in a thread of their own, one at a time, and end when the daemon ends.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from monitor import __version__
from monitor.core.exposition import Metric, by_label, exposition, gauge, histogram
from monitor.core.vitals import Vitals, backup_is_due, standstill
from monitor.errors import MonitorError
from monitor.metrics import Answer, door, health_page, metrics_page
from monitor.model import BackupRules, Outcome, Poll, Settings
from monitor.notify import Notifier
from monitor.store import Store, backup, prune
from monitor.store.gauges import Gauges, gauges
from monitor.store.lock import Held
from monitor.store.opening import open_for_reading
from monitor.store.pages import PageArchive
from monitor.workers import Workers

log = logging.getLogger("monitor")

LOOK_EVERY = 5.0  # seconds; oftener where a watchdog is impatient
GAUGES_EVERY = 30.0
GAUGES_PATIENCE = 5.0
CHORES_EVERY = 60.0
PRUNE_FIRST, PRUNE_EVERY = 600.0, 24 * 3600.0
PRUNE_RESTS = 0.2  # after every hundred entries: a hundred thousand take some four minutes, and nobody waits
AFTER_A_FAILURE = 3600.0  # until a backup that failed is tried again
FAREWELL = 5.0  # seconds a chore may take to end
REFUSED = "the changed configuration is refused and the old one followed: `monitor check` says why"


class Tally:
    """Counts what is told, and tells it on."""

    def __init__(self, tell: Callable[[Poll | Outcome], None]) -> None:
        self.polls: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()
        self._tell = tell

    def __call__(self, event: Poll | Outcome) -> None:
        """Count a poll by its outcome, an entry by its state."""
        if isinstance(event, Poll):
            self.polls[event.outcome] += 1
        else:
            self.entries[event.state] += 1
        self._tell(event)


@dataclass(frozen=True, slots=True)
class Watched:
    """What an attendant looks at: the daemon's rooms, and questions to it."""

    store: Store
    pages: PageArchive
    workers: Workers
    tally: Tally
    settings: Callable[[], Settings]
    motion: Callable[[], Vitals]  # beat, poll and pause, as the daemon knows them
    polling: Callable[[], int]  # polls under way
    now: Callable[[], datetime]


class Attendant:
    """Looks at the daemon every few seconds, for as long as it runs."""

    def __init__(self, watched: Watched, held: Held, notifier: Notifier) -> None:
        self._watched = watched
        self._held = held
        self._notifier = notifier
        self._gauges: Gauges | None = None
        self._begun = monotonic()
        self._looked = self._choring = float("-inf")
        self._prune_at = self._begun + PRUNE_FIRST
        self._back_up_at = self._begun
        self._said: str | None = None
        self._stopping = threading.Event()
        self._chore: threading.Thread | None = None

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Attendant]:
        """Look on while inside; the chore in hand is told to end at the end."""
        task = asyncio.create_task(self._attend())
        try:
            yield self
        finally:
            self._stopping.set()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            if self._chore is not None:
                await asyncio.to_thread(self._chore.join, FAREWELL)

    async def _attend(self) -> None:
        watchdog = self._notifier.watchdog_seconds
        pause = min(LOOK_EVERY, watchdog / 3) if watchdog else LOOK_EVERY
        while True:
            try:
                await self.look()
                self.see_to_chores()
            except Exception:
                log.exception("a fault in monitor itself, while it looked at itself")
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Feel the pulse; feed the watchdog only where there is progress."""
        if monotonic() - self._looked > GAUGES_EVERY:
            await self._read_gauges()
        still = standstill(self.vitals())
        if still is None:
            text = self.status()
            self._notifier.alive()
            self._held.beat(text)
        else:
            text = f"standing still: {still}"
            if text != self._said:
                log.error("%s", text)
        self._notifier.status(text)
        self._said = text

    async def _read_gauges(self) -> None:
        """What the tables say; the last known where they cannot be read just now."""
        self._looked = monotonic()
        with suppress(MonitorError, TimeoutError):
            async with asyncio.timeout(GAUGES_PATIENCE):
                self._gauges = await asyncio.to_thread(gauges, self._watched.store.path)

    def vitals(self) -> Vitals:
        """How long ago each part moved."""
        due = self._gauges.due_since if self._gauges else None
        late = (self._watched.now() - due).total_seconds() if due else 0.0
        writer = monotonic() - self._watched.store.heartbeat
        return replace(self._watched.motion(), writer=writer, overdue=max(0.0, late))

    def status(self) -> str:
        """How it goes, in one line."""
        motion = self._watched.motion()
        if motion.paused is not None:
            return f"paused: {motion.paused}"
        seen = self._gauges
        feeds = sum(seen.feeds.values()) if seen else 0
        bad = sum(count for state, count in seen.feeds.items() if state in {"failing", "gone"}) if seen else 0
        waiting = seen.waiting_entries if seen else 0
        refused = f"; {REFUSED}" if motion.refused else ""
        polls = f"{self._watched.polling()} polls under way"
        return f"{feeds} feeds, {bad} of them failing; {polls}; {waiting} entries wait{refused}"

    # ── chores ───────────────────────────────────────────────────────────────────────────────────

    def see_to_chores(self) -> None:
        """Start what is due, one thing at a time."""
        at = monotonic()
        if at - self._choring < CHORES_EVERY or (self._chore is not None and self._chore.is_alive()):
            return
        self._choring = at
        settings = self._watched.settings()
        if settings.backup and at >= self._back_up_at and self._backup_is_due(settings):
            self._back_up_at = at + AFTER_A_FAILURE
            self._start("backup", self._back_up, settings)
        elif at >= self._prune_at:
            self._prune_at = at + PRUNE_EVERY
            self._start("prune", self._prune, settings)

    def _backup_is_due(self, settings: Settings) -> bool:
        now = self._watched.now()
        made = [at for at, _ in backup.backups(settings.database) if at <= now]
        return settings.backup is not None and backup_is_due(settings.backup, max(made, default=None), now)

    def _start(self, name: str, work: Callable[[Settings], None], settings: Settings) -> None:
        def run() -> None:
            try:
                work(settings)
            except (MonitorError, OSError) as error:
                log.error("%s: %s", name, error)  # noqa: TRY400  expected, and said in a sentence

        self._chore = threading.Thread(target=run, name=f"monitor-{name}", daemon=True)
        self._chore.start()

    def _back_up(self, settings: Settings) -> None:
        target = backup.dated(settings.database, self._watched.now())
        rules = settings.backup or BackupRules()
        stopped = self._stopping.is_set
        made = backup.back_up(settings.database, target, keep=rules.keep, pages=rules.pages, stopped=stopped)
        pages = f", with raw pages up to number {made.page[0]}" if made.page else ""
        log.info("backup: %s, %d MB%s, read back and sound", made.path, made.bytes // 1_000_000, pages)
        if made.missing:
            log.error("backup: the raw pages are not in it: %s", made.missing)

    def _prune(self, settings: Settings) -> None:
        now = self._watched.now()
        with closing(open_for_reading(settings.database)) as conn:
            try:
                prune.need_plausible(conn, now)
            except MonitorError as error:
                log.debug("%s", error)
                return
        run = self._watched.store.run
        gone = prune.prune(
            settings.database, run, settings.keep, now, stopped=self._stopping.is_set, rest=self._rest
        )
        pages = self._watched.pages.prune(now - settings.keep.pages) if settings.keep.pages else 0
        log.info("prune: %d entries, %d polls and %d raw pages removed", gone.entries, gone.polls, pages)

    def _rest(self) -> None:
        """Leave the writer to others for a moment, unless the end has come."""
        self._stopping.wait(PRUNE_RESTS)

    # ── what is told on request ──────────────────────────────────────────────────────────────────

    async def metrics(self) -> Answer:
        """The numbers, as of now."""
        await self._read_gauges()
        return metrics_page(exposition([*self._flow(), *self._state(), *self._writer()]))

    async def health(self) -> Answer:
        """Whether there is progress."""
        return health_page(standstill(self.vitals()))

    def _flow(self) -> list[Metric]:
        tally = self._watched.tally
        return [
            by_label("gauge", "monitor_build_info", "Which version runs.", "version", {__version__: 1}),
            by_label("counter", "monitor_polls_total", "Polls since the start, by outcome.", "outcome", tally.polls),
            by_label("counter", "monitor_entries_total", "Entries decided since the start, by the state they came to.", "state", tally.entries),
            Metric("monitor_worker_restarts_total", "Worker processes that were lost and replaced.", "counter", [({}, self._watched.workers.restarts)]),
        ]  # fmt: skip

    def _state(self) -> list[Metric]:
        vitals, seen = self.vitals(), self._gauges
        states = {"new": 0, "ok": 0, "failing": 0, "gone": 0} | (seen.feeds if seen else {})
        since = seen.outbox_since if seen else None
        queues = {
            "polls": self._watched.polling(),
            "writer": self._watched.store.queued(),
            "entries": seen.waiting_entries if seen else 0,
            "outbox": seen.waiting_outbox if seen else 0,
        }
        age = (self._watched.now() - since).total_seconds() if since else 0.0
        return [
            by_label("gauge", "monitor_feeds", "Feeds, by state.", "state", states),
            gauge("monitor_most_overdue_feed_seconds", "How late the most overdue feed is.", vitals.overdue),
            by_label("gauge", "monitor_queue_length", "What waits or is under way.", "queue", queues),
            gauge("monitor_outbox_oldest_seconds", "Age of the oldest announcement that waits.", max(0.0, age)),
            gauge("monitor_paused", "1 while nothing is fetched because nothing can be kept.", vitals.paused is not None),
            gauge("monitor_last_beat_seconds", "Since the scheduler's last beat.", vitals.beat),
            gauge("monitor_standstill", "1 while something does not move that should.", standstill(vitals) is not None),
        ]  # fmt: skip

    def _writer(self) -> list[Metric]:
        store = self._watched.store
        pulse = store.pulse
        return [
            histogram("monitor_writer_seconds", "From asking for a write until it is on the disk, of the longest in each transaction.",
                      pulse.buckets(), pulse.seconds, pulse.transactions),
            Metric("monitor_writer_failures_total", "Transactions that the database refused.", "counter", [({}, pulse.failures)]),
            gauge("monitor_wal_bytes", "Size of the write-ahead log.", store.log_bytes()),
        ]  # fmt: skip


@asynccontextmanager
async def attended(attendant: Attendant, address: str | None) -> AsyncIterator[None]:
    """Looked after, and open to questions at this address, while inside."""
    routes = {"/metrics": attendant.metrics, "/health": attendant.health}
    async with attendant.beside(), door(address, routes):
        yield
