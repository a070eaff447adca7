"""The books: all that can be read and written inside one transaction, on the writer's thread.

The journey knows them as `monitor.seams.Books`. Every method is synchronous and begins or ends no
transaction; times come in as arguments. A new method belongs to the file of its noun, and needs a test
there.
"""

from __future__ import annotations

from monitor.store.catchups import CatchupBooks
from monitor.store.clock import ClockBooks
from monitor.store.errands import ErrandBooks
from monitor.store.event_hand import EventHandBooks
from monitor.store.outbox import OutboxBooks
from monitor.store.overrides import OverrideBooks
from monitor.store.politeness import PolitenessBooks
from monitor.store.reading import ReadingBooks
from monitor.store.rhythm import RhythmBooks
from monitor.store.room import RoomBooks
from monitor.store.selections import SelectionBooks
from monitor.store.trust import TrustBooks
from monitor.store.updates import UpdateBooks


class Books(
    CatchupBooks,
    EventHandBooks,
    ReadingBooks,
    OverrideBooks,
    TrustBooks,
    OutboxBooks,
    UpdateBooks,
    RhythmBooks,
    SelectionBooks,
    PolitenessBooks,
    ClockBooks,
    RoomBooks,
    ErrandBooks,
):
    """Feeds, hosts, entries, articles, stories, events, revisions, matches, outbox, the user's word, errands."""
