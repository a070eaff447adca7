"""The books: all that can be read and written inside one transaction, on the writer's thread.

The journey knows them as `monitor.seams.Books`. Every method is synchronous and begins or ends no
transaction; times come in as arguments. A new method belongs to the file of its noun, and needs a test
there.
"""

from __future__ import annotations

from monitor.store.entries import EntryBooks
from monitor.store.event_hand import EventHandBooks
from monitor.store.reading import ReadingBooks
from monitor.store.revisions import RevisionBooks


class Books(EntryBooks, EventHandBooks, ReadingBooks, RevisionBooks):
    """Feeds, hosts, entries, articles, stories, events, revisions, matches, outbox."""
