"""How commands write: under the instance lock, or through the monitor that holds it and is at work.

Every way ends in a definite word: it was done, it was refused, nothing was changed, or the running monitor has
it in hand and finishes it. What a running monitor left undone because it ended, the command does itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.cli.common import note
from monitor.errors import LockedError, MonitorError
from monitor.wishes import Wish

if TYPE_CHECKING:
    from monitor.store.books import Books

PATIENCE = 10.0  # seconds until a wish that nobody takes on is taken back
A_MOMENT = 2.0  # seconds that another command may hold the lock before we give up
GLANCE = 0.05
FEEL_EVERY = 0.5  # seconds between two looks whether the running monitor is still there
DONE = "the running monitor has done this already."
IN_HAND = "the running monitor has this in hand and finishes it."

Told = dict[str, Any]


def deed(database: Path, told: Told) -> Any:
    """Do one deed of `monitor.deeds`; gives what it gives. Raises `MonitorError`."""
    return deeds(database, [told])[0]


def deeds(
    database: Path, asked_for: Sequence[Told], first: Callable[[Books], object] = lambda _: None
) -> list[Any]:
    """The same for several, in their order, each in a transaction of its own.

    `first` is run before them where no monitor is at work: what a running one has done long since.
    """
    from monitor.daemon import now
    from monitor.deeds import do_once, opened
    from monitor.store import Store

    def alone(wish: Wish) -> str:
        with Store.open(database, create=False) as store:
            store.run(first)
            return store.run(partial(do_once, told=wish.told, now=now(), name=wish.name))

    return [opened(done(Wish(database, told), alone)) for told in asked_for]


def done(wish: Wish, alone: Callable[[Wish], str]) -> str:
    """The answer to a wish: `alone` is called under the lock, where nobody else holds it.

    Raises `LockedError` where another command holds it for long, `MonitorError` where nothing came of it.
    """
    from monitor.store import lock
    from monitor.store.errands import answer_at

    until = time.monotonic() + A_MOMENT
    with spoken_for(wish):
        while True:
            try:
                with lock.hold(wish.database):
                    answer = answer_at(wish.database, wish.name) if wish.name else None
                    answer = alone(wish) if answer is None else answer
                    wish.clear()
                    return answer
            except LockedError:
                if (answer := through_the_monitor(wish)) is not None:
                    return answer
                if not is_served(wish.database) and time.monotonic() > until:
                    raise
                time.sleep(GLANCE)


def through_the_monitor(wish: Wish) -> str | None:
    """The answer of the monitor at work; None where none is, or it ended before it came to this."""
    if not is_served(wish.database):
        return None
    wish.leave()
    return waited(wish)


def is_served(database: Path) -> bool:
    """Whether the lock is held by a running monitor: only one that runs says how it goes."""
    from monitor.store.lock import last_holder

    found = last_holder(database)
    return found is not None and found.alive and found.status is not None


def waited(wish: Wish) -> str | None:
    """Wait for the answer of the running monitor; None where it has ended without one.

    A wish that it has taken on it does, so that is waited for; one that it does not take on in time is taken back.
    """
    from monitor.store.errands import answer_at

    assert wish.name is not None
    begun = felt = time.monotonic()
    while True:
        if not wish.is_open():
            if (answer := answer_at(wish.database, wish.name)) is not None:
                return answer
            if not wish.is_open():  # neither was it just handed back
                raise MonitorError(f"the running monitor could not read what was asked of it. {wish.nothing}")
        at = time.monotonic()
        if at - begun > PATIENCE and wish.withdraw():
            raise MonitorError(unanswered(wish))
        if at - felt > FEEL_EVERY:
            felt = at
            if not is_served(wish.database):
                return answer_at(wish.database, wish.name)
        time.sleep(GLANCE)


def unanswered(wish: Wish) -> str:
    """What to say of a running monitor that does not answer."""
    from monitor.store.lock import last_holder

    found = last_holder(wish.database)
    how = f" (it says: {found.status})" if found and found.status else ""
    return (
        f"the running monitor did not come to it within {PATIENCE:.0f} seconds{how}. {wish.nothing} "
        "Try again; where monitor was updated since it started, start it again first."
    )


@contextmanager
def spoken_for(wish: Wish) -> Iterator[None]:
    """Leave no wish behind that nobody waits for; told to end meanwhile, say what becomes of it."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        if wish.name is not None:
            note(became_of(wish))
        raise
    finally:
        if wish.name is not None:
            wish.withdraw()
        wish.close()


def became_of(wish: Wish) -> str:
    """Take a wish back, and say what became of it."""
    from monitor.store.errands import answer_at

    assert wish.name is not None
    if wish.withdraw():
        return wish.nothing
    if wish.is_open():
        return IN_HAND
    answer = answer_at(wish.database, wish.name)
    return DONE if answer is not None and "done" in json.loads(answer) else wish.nothing
