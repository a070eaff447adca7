"""The composition root and the life of the process: the clock, the house, the watch, reload, the end.

`now` is the only clock, `chance` the only dice. `house` opens every room that has effects and hands the
journey its `World`; commands use it for one pass, `Daemon` for a watch that goes on until it is stopped.
Heavy libraries are imported where they are needed: `monitor --help` must stay quick.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from monitor.core.vitals import Vitals
from monitor.errors import ConfigError, NotFoundError, StoreError
from monitor.handful import Handful
from monitor.model import Feed, Outcome, Poll, Settings
from monitor.notify import Notifier
from monitor.pause import Pause, trial
from monitor.processes import at_once, beside, changed_at, given_up_on_end, last_word, on_end
from monitor.vigil import Guarded, guard, set_right

if TYPE_CHECKING:
    from monitor.attendant import Attendant, Tally
    from monitor.errands import Errands
    from monitor.house import House
    from monitor.outputs.rounds import Rounds
    from monitor.schedule import Timetable
    from monitor.store.lock import Held

log = logging.getLogger("monitor")

DRAIN = timedelta(seconds=15)  # what is under way may finish in this time after SIGTERM
LAST_WORD = timedelta(seconds=30)  # after SIGTERM, the process ends by then, whatever hangs
RELOAD_EVERY = timedelta(seconds=5)
OUTPUTS_EVERY = timedelta(seconds=2)
CATCHUP_EVERY = timedelta(minutes=1)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def chance() -> float:
    """A number from 0 up to 1, for spreading what would otherwise come in herds."""
    return random.random()  # noqa: S311  no secret depends on it


def house(
    settings: Settings, tell: Callable[[Poll | Outcome], None] | None = None
) -> AbstractAsyncContextManager[House]:
    """Open every room with effects for this configuration, on this machine's clock."""
    from monitor.house import open_house

    return open_house(settings, now=now, chance=chance, tell=tell)


class Daemon:
    """The watch: due feeds are polled, what waits is read, until a signal says stop."""

    def __init__(
        self,
        opened: House,
        *,
        load: Callable[[], Settings],
        tell: Callable[[Poll | Outcome], None],
        notifier: Notifier | None = None,
    ) -> None:
        self.house = opened
        self.world = opened.world
        self.settings = opened.settings
        self._load = load
        self._tell = tell
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._polling: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.notifier = notifier or Notifier()
        self._last_beat = self._last_end = asyncio.get_running_loop().time()
        self._handful = Handful(opened.settings.topics)
        self._pause = Pause(
            partial(trial, opened.store), spawn=self.spawn, stop=self._stop, over=self._wake.set
        )
        self._looking_back = self._refused = False
        self._seen_config = changed_at(opened.settings.path)
        self._timetable: Timetable | None = None
        self._rounds: Rounds | None = None

    async def run(self, ready: Callable[[Daemon], None] = lambda _: None) -> None:
        """Watch until `stop`; then let what is under way finish, for a while."""
        from monitor.house import rounds_of
        from monitor.schedule import Timetable

        self._rounds = rounds_of(self.house)
        self._last_beat = self._last_end = asyncio.get_running_loop().time()
        self._timetable = Timetable(
            self.settings.topics,
            on_topic=self.on_topic,
            on_beat=self.on_beat,
            chores={
                "reload": (RELOAD_EVERY, self.reload_if_changed),
                "outputs": (OUTPUTS_EVERY, self.send_out),
                "catchup": (CATCHUP_EVERY, self.look_back),
            },
        )
        self._timetable.start()
        standing = [asyncio.create_task(self.keep_reading()), asyncio.create_task(guard(self.guarded()))]
        ready(self)
        self.send_out()
        self.on_beat()  # what is due need not wait for the scheduler's first
        try:
            await self._stop.wait()
        finally:
            self._timetable.stop()
            await self.drain(standing)

    def stop(self, countdown: Callable[[], None] = lambda: None) -> None:
        """Finish what is in hand, then end. Said twice, the process ends at once; `countdown` sees that it ends at all.

        Ending at once is safe: what is committed stays, the rest is as after a power cut.
        """
        if self._stop.is_set():
            at_once("told to stop twice")
        log.info("stopping: what is under way may finish")
        self.notifier.stopping()
        countdown()
        self._stop.set()
        self._wake.set()

    async def drain(self, standing: Sequence[asyncio.Task[None]]) -> None:
        """Wait for polls and the reading in hand; cancel what takes longer than `DRAIN`."""
        standing[1].cancel()
        waiting = [*self._polling.values(), standing[0], *self._tasks]
        _, late = await asyncio.wait(waiting, timeout=DRAIN.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*waiting, *standing, return_exceptions=True)

    # ── the scheduler's calls: they only hand on ─────────────────────────────────────────────

    def on_beat(self) -> None:
        """A second has passed: poll what is due, read what waits."""
        self._last_beat = asyncio.get_running_loop().time()
        self._wake.set()
        self.spawn(self.start_due())

    def on_topic(self, topic_id: str) -> None:
        """A topic's schedule fires: poll those of its feeds that are due."""
        self.spawn(self.start_due(topic_id))

    def send_out(self) -> None:
        """A chore: alerts, digests, rises, feeds out."""
        if self._rounds is not None and not self.paused and not self._stop.is_set():
            self.spawn(self._rounds.go())

    def look_back(self) -> None:
        """A chore: look for what gaps may have missed, and at events again, one round at a time."""
        if not (self.paused or self._stop.is_set() or self._looking_back):
            self._looking_back = True
            self.spawn(self.catch_up())

    async def catch_up(self) -> None:
        """One round over the gaps, and over the events that are to be looked at again."""
        from monitor.catchup import catch_up
        from monitor.happenings import look_at_all

        try:
            await look_at_all(self.world)
            if (await catch_up(self.world)).found:
                self._wake.set()
        finally:
            self._looking_back = False

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run this beside the rest; what fails is logged and costs nothing else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self.finished)

    def finished(self, task: asyncio.Task[Any]) -> None:
        """Say what went wrong in a task, if anything did."""
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, StoreError):
            self._pause.begin(error)
        else:
            log.error("a fault in monitor itself", exc_info=error)

    # ── polling ──────────────────────────────────────────────────────────────────────────────

    async def start_due(self, topic_id: str | None = None) -> None:
        """Start the polls that are due, a handful at a time."""
        if self.paused or self._stop.is_set():
            return
        limit = self._handful.size + len(self._polling)
        at, second = now(), asyncio.get_running_loop().time()
        feeds = await self.house.store.write(lambda books: books.due_feeds(at, topic=topic_id, limit=limit))
        for feed in feeds:
            if feed.id not in self._polling and not self._stop.is_set():
                if not self._handful.may_start(second):  # topics that fire in one second share it
                    break
                task = asyncio.create_task(self.poll(feed, at))
                self._polling[feed.id] = task
                task.add_done_callback(partial(self.polled, feed.id))

    async def poll(self, feed: Feed, at: datetime) -> None:
        """One poll, with an end."""
        from monitor.pipeline import poll

        await poll(feed, self.world, at)
        self._wake.set()

    def polled(self, feed_id: int, task: asyncio.Task[None]) -> None:
        """A poll is over."""
        self._polling.pop(feed_id, None)
        self._last_end = asyncio.get_running_loop().time()
        self.finished(task)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    async def keep_reading(self) -> None:
        """Read what waits, whenever there may be something."""
        from monitor.pipeline import read_waiting

        while not self._stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            if self.paused:
                continue
            try:
                await read_waiting(self.world, stop=self._stop.is_set)
            except StoreError as error:
                self._pause.begin(error)
            except Exception:
                log.exception("a fault in monitor itself, while reading")
                await asyncio.sleep(1)

    # ── what can go wrong ────────────────────────────────────────────────────────────────────

    @property
    def paused(self) -> bool:
        """Whether the database cannot be written."""
        return self._pause.because is not None

    def motion(self) -> Vitals:
        """When what moves moved last; before the watch has begun, nothing is late."""
        time = asyncio.get_running_loop().time()
        if self._timetable is None:
            return Vitals()
        beat, poll = time - self._last_beat, time - self._last_end
        return Vitals(beat=beat, poll=poll, paused=self._pause.because, refused=self._refused)

    def under_way(self) -> int:
        """How many polls are under way."""
        return len(self._polling)

    def rearm(self) -> None:
        """A new scheduler in the place of the old one."""
        self._last_beat = asyncio.get_running_loop().time()
        if self._timetable is not None:
            self._timetable.rearm()

    def guarded(self) -> Guarded:
        """What the guard is given."""
        rooms = self.house.rooms
        return Guarded(
            now=now,
            silence=lambda: asyncio.get_running_loop().time() - self._last_beat,
            rearm=self.rearm,
            set_right=lambda leap: self.spawn(set_right(rooms.store, now(), leap, rooms.web.set_back)),
        )

    # ── reload ───────────────────────────────────────────────────────────────────────────────

    def reload_if_changed(self) -> None:
        """A chore: reload when the configuration file was written since."""
        if changed_at(self.settings.path) != self._seen_config:
            self.reload_soon()

    def reload_soon(self) -> None:
        """SIGHUP, or a changed file."""
        self._seen_config = changed_at(self.settings.path)
        self.spawn(self.reload())

    def errands(self) -> Errands:
        """Who does what commands ask for meanwhile."""
        from monitor.errands import Errands

        return Errands(self.house.rooms, self, self._pause.begin, now)

    async def reload(self) -> None:
        """Take over a changed configuration whole, or keep the old one and say why."""
        self.notifier.reloading()
        try:
            fresh = await asyncio.to_thread(self._load)
        except (ConfigError, NotFoundError, OSError) as error:
            self._refused = True
            log.error("the configuration was not reloaded, the old one stays:\n%s", error)  # noqa: TRY400
        else:
            self._refused = False
            await self.take_over(fresh)
        finally:
            self.notifier.ready()

    async def take_over(self, fresh: Settings) -> None:
        """Watch as this configuration says, but for what only a new start can change."""
        from monitor.house import office_of, world_of

        for name in ("database", "fetch", "workers", "metrics", "events"):
            if getattr(fresh, name) != getattr(self.settings, name):
                log.warning("a change of `%s:` takes effect when monitor is started again", name)
                fresh = replace(fresh, **{name: getattr(self.settings, name)})
        await self.house.store.write(lambda books: books.sync(fresh, now()))
        self.settings = fresh
        self._handful = Handful(fresh.topics)
        self.world = world_of(self.house.rooms, fresh, now=now, chance=chance, tell=self._tell)
        if self._rounds is not None:
            self._rounds.replace(*office_of(self.house.rooms, fresh, now=now, chance=chance))
        if self._timetable is not None:
            self._timetable.rearm(fresh.topics)
        log.info("configuration reloaded; topics: %d, feeds: %d", len(fresh.topics), len(fresh.feeds))


async def watch(
    settings: Settings,
    *,
    load: Callable[[], Settings],
    tell: Callable[[Poll | Outcome], None],
    seeds: Callable[[House], Coroutine[Any, Any, object]],
    serve: Sequence[str] | None = None,
    quiet: bool = False,
    ready: Callable[[Daemon], None] = lambda _: None,
) -> int:
    """`monitor run`: hold the lock, open the house, import the seeds, watch, close.

    `serve` is a command that runs beside it; with `quiet`, what that one says is not shown.
    Gives the exit code: 0 after a watch, 128 and the signal's number where that came before.
    """
    from monitor import notify
    from monitor.attendant import Tally, attended
    from monitor.store import lock
    from monitor.store.firstlook import first_look

    notifier, tally = notify.from_environment(), Tally(tell)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
    last = last_word(LAST_WORD.total_seconds())
    with given_up_on_end() as told, lock.hold(settings.database) as held, last as begin:
        held.beat("starting")  # commands may ask it from now on
        first_look(settings.database)
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(house(settings, tally))
            daemon = Daemon(opened, load=load, tell=tally, notifier=notifier)
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, daemon.reload_soon)
            attendant = attendant_of(daemon, tally, held)
            await stack.enter_async_context(attended(attendant, settings.metrics))
            await stack.enter_async_context(daemon.errands().beside())
            notifier.ready()
            await seeds(opened)
            if not told:
                on_end(lambda _: daemon.stop(begin))
                await stack.enter_async_context(beside(serve, quiet=quiet))
                await daemon.run(ready)
    return 128 + told[0] if told else 0


def attendant_of(daemon: Daemon, tally: Tally, held: Held) -> Attendant:
    """Who looks after this daemon."""
    from monitor.attendant import Attendant, Watched

    rooms = daemon.house.rooms
    watched = Watched(
        store=rooms.store,
        pages=rooms.pages,
        workers=rooms.workers,
        tally=tally,
        settings=lambda: daemon.settings,
        motion=daemon.motion,
        polling=daemon.under_way,
        now=now,
    )
    return Attendant(watched, held, daemon.notifier)


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
