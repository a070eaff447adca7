"""Entries in the database: rows when seen, before their pages are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from monitor.core.urls import canonical
from monitor.model import Changes, Entry, Gap, KnownEntry, Poll
from monitor.store.texts import storable
from monitor.store.times import stamp
from monitor.store.tombstones import TombstoneBooks


class EntryBooks(TombstoneBooks):
    """The part of the books that a poll's entries go through."""

    def known_entries(self, feed_id: int, entries: Sequence[tuple[str, str | None]]) -> list[KnownEntry]:
        """Rows of this feed with one of these (key, canonical address)es, oldest first; then pruned ones."""
        keys = json.dumps([storable(key) for key, _ in entries])
        addresses = json.dumps([address for _, address in entries if address])
        rows = self.conn.execute(
            "select id, key, guid, address, digest, state, article_id from entries where id in ("
            " select id from entries where feed_id = ?1 and key in (select value from json_each(?2))"
            " union select id from entries where address in (select value from json_each(?3)) and +feed_id = ?1"
            ") order by id",
            (feed_id, keys, addresses),
        )
        return [KnownEntry(*row) for row in rows] + self.buried(feed_id, keys, addresses)

    def save_poll(self, poll: Poll, changes: Changes, gap: Gap | None) -> None:
        """Entries, validators, next_poll_at, cooldown, gap and the poll's row: together or not at all."""
        changes, risen = self.with_the_risen(poll.feed.id, changes)
        language = poll.document.language if poll.document else None
        new = self.add_entries(poll.feed.id, poll.at, language, changes.new) - risen
        self._change_entries(poll, changes)
        if changes.seen:
            at = stamp(poll.at)
            self.conn.executemany(
                "update entries set last_seen_at = ? where id = ?",
                ((at, entry_id) for entry_id in changes.seen),
            )
        if poll.document is not None:
            self.conn.execute(
                "update feeds set older_url = ?1 where id = ?2 and older_url is not ?1",
                (storable(poll.document.older), poll.feed.id),
            )
        self.save_feed_poll(poll, new=new, known=risen + len(changes.changed) + len(changes.seen), gap=gap)

    def respell(self, entries: Sequence[tuple[int, Entry]]) -> None:
        """These rows are served at another spelling of their address from now on."""
        self.conn.executemany(
            "update or ignore entries set key = ?, guid = ?, url = ?, address = ? where id = ?",
            ((storable(entry.key), *self._served(entry, None)[:3], entry_id) for entry_id, entry in entries),
        )

    def add_entries(
        self, feed_id: int, seen: datetime, language: str | None, new: Sequence[tuple[Entry, str]]
    ) -> int:
        """New entries (with digest) as waiting rows; how many. One that is there already under its key is left alone."""
        if not new:
            return 0
        at, before = stamp(seen), self.conn.total_changes
        self.conn.executemany(
            "insert into entries (feed_id, key, first_seen_at, last_seen_at, guid, url, address, title, summary,"
            " author, published_at, published_raw, updated_at, language, digest, because)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (feed_id, key) do nothing",
            (
                (feed_id, storable(entry.key), at, at, *self._served(entry, language), digest, entry.remark)
                for entry, digest in new
            ),
        )
        added = self.conn.total_changes - before
        self._keep_content(feed_id, [entry for entry, _ in new])
        return added

    def _keep_content(self, feed_id: int, entries: Sequence[Entry]) -> None:
        """The feed's own full content, until the entry is settled: it may have to stand for the page."""
        self.conn.executemany(
            "insert or replace into _entry_content (entry_id, html)"
            " select id, ? from entries where feed_id = ? and key = ? and (state = 'waiting' or next_try_at is not null)",
            ((storable(entry.content), feed_id, storable(entry.key)) for entry in entries if entry.content),
        )

    def _change_entries(self, poll: Poll, changes: Changes) -> None:
        """Entries that say something else now: kept as they are now, and their pages read again.

        One with an article makes that article due; one without is a waiting entry again, because what was
        decided about it was decided about other words.
        """
        if not changes.changed:
            return
        at, language = stamp(poll.at), poll.document.language if poll.document else None
        self.conn.executemany(
            "update entries set last_seen_at = ?, guid = ?, url = ?, address = ?, title = ?, summary = ?, author = ?,"
            " published_at = ?, published_raw = ?, updated_at = ?, language = ?, digest = ? where id = ?",
            (
                (at, *self._served(entry, language), digest, entry_id)
                for entry_id, entry, digest in changes.changed
            ),
        )
        ids = json.dumps([entry_id for entry_id, _, _ in changes.changed])
        self.conn.execute(
            "insert into _rereads (article_id, next_read_at)"
            " select distinct article_id, ? from entries"
            " where id in (select value from json_each(?)) and state = 'stored' and article_id is not null"
            " on conflict (article_id) do update set next_read_at = excluded.next_read_at",
            (at, ids),
        )
        self.conn.execute(
            "update entries set state = 'waiting', tries = 0, next_try_at = null,"
            " because = 'it changed in the feed; before: ' || coalesce(because, state)"
            " where id in (select value from json_each(?))"
            " and state in ('off_topic', 'quarantined', 'failed', 'skipped')",
            (ids,),
        )
        self._keep_content(poll.feed.id, [entry for _, entry, _ in changes.changed])

    def _served(self, entry: Entry, language: str | None) -> tuple[str | None, ...]:
        """The columns that come from the feed as they are bound, `guid` to `language`."""
        return (
            storable(entry.guid),
            storable(entry.url),
            canonical(entry.url, self.tracking) if entry.url else None,
            storable(entry.title),
            storable(entry.summary),
            storable(entry.author),
            stamp(entry.published),
            storable(entry.published_raw),
            stamp(entry.updated),
            entry.language or language,
        )
