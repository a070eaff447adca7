"""Topics that have another key in the configuration: what was found and announced goes along."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from monitor.model import Topic
from monitor.store.desk import Desk

log = logging.getLogger("monitor.store")

WATCHED = """
select topics.id, topics.rules, (select json_group_array(feed_id) from (
    select feed_id from _feed_topics where topic_id = topics.id order by feed_id))
from topics where id = ?
"""
ROW = """
insert into topics (id, title, query, schedule, active, rules, changed_at)
select ?2, title, query, schedule, 1, rules, changed_at from topics where id = ?1
on conflict (id) do update set active = 1, rules = excluded.rules, changed_at = excluded.changed_at
"""
# What was announced for both, in an earlier life of the new key, stays where it is.
OUTBOX = """
update or ignore outbox set topic_id = ?2,
    key = iif(substr(key, 1, length(?1) + 1) = ?1 || ':', ?2 || substr(key, length(?1) + 1), key)
where topic_id = ?1
"""
TABLES = ("rises", "matches", "labels", "overrides", "_feed_topics")


class RenamingBooks(Desk):
    """The part of the books that knows a topic again by what it finds."""

    def follow_renamed(
        self, topics: Iterable[Topic], ids: Mapping[str, int], rules: Mapping[str, str]
    ) -> None:
        """Let topics that go on under another key keep matches, labels, announcements and the times they are watched.

        One is another one's successor where that one is configured no more, this one was not until now, both want
        the same (`rules`, by topic) of the same feeds, and no third one does. `ids` are the feeds by address.
        """
        wanted = {topic.id: topic for topic in topics}
        known = {row[0] for row in self.conn.execute("select id from topics where active = 1")}
        if known <= wanted.keys() or wanted.keys() <= known:
            return
        gone, new = defaultdict[Any, list[str]](list), defaultdict[Any, list[str]](list)
        for topic_id in sorted(known - wanted.keys()):
            _, said, feeds = self.conn.execute(WATCHED, (topic_id,)).fetchone()
            gone[said, feeds].append(topic_id)
        for topic_id in sorted(wanted.keys() - known):
            there = sorted({ids[url] for url in wanted[topic_id].feeds if url in ids})
            new[rules[topic_id], json.dumps(there, separators=(",", ":"))].append(topic_id)
        for what in gone.keys() & new.keys():
            if len(gone[what]) == len(new[what]) == 1:
                self._rename(gone[what][0], new[what][0])

    def _rename(self, old: str, new: str) -> None:
        """All that names the one topic names the other. The old row stays, without anything, and is not watched."""
        self.conn.execute(ROW, (old, new))
        self.conn.execute(OUTBOX, (old, new))
        for table in TABLES:
            self.conn.execute(f"update or ignore {table} set topic_id = ? where topic_id = ?", (new, old))
        for table in ("matches", "labels", "_feed_topics"):  # what the new one has already
            self.conn.execute(f"delete from {table} where topic_id = ?", (old,))
        log.info("the topic %s is called %s now: what it found and announced goes along", old, new)
