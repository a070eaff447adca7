"""Bringing the tables in line with the configuration: outlets, feeds, topics, and who watches what."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from monitor.core.urls import registrable
from monitor.model import FeedSource, Settings, Topic
from monitor.store.renaming import RenamingBooks
from monitor.store.texts import storable
from monitor.store.times import stamp


class SyncBooks(RenamingBooks):
    """The part of the books that follows the configuration. Rows are never deleted, only set inactive."""

    def sync(self, settings: Settings, now: datetime) -> None:
        """Take over feeds and topics. Unchanged feeds keep their next time; new ones are due now."""
        at = stamp(now)
        self.tracking = settings.tracking_parameters
        self._sync_feeds(settings.feeds, at)
        ids = self._feed_ids()
        self.follow_renamed(settings.topics, ids, {topic.id: _rules(topic) for topic in settings.topics})
        self._sync_topics(settings.topics, at)
        self._sync_watchers(settings.topics, ids, at)
        self.conn.execute("delete from _hosts where until <= ?", (at,))

    def add_outlet_names(self, names: Mapping[str, str]) -> None:
        """Names that people read, by outlet id (registrable domain), as configured."""
        self.conn.executemany(
            "insert into outlets (id, name, configured) values (?, ?, 1) on conflict (id) do update"
            " set name = excluded.name, configured = 1 where name <> excluded.name or not configured",
            names.items(),
        )

    def _unname_outlets(self, watched: Collection[str], names: Collection[str]) -> None:
        """Outlets that are watched and have no name any more lose the one that the configuration had given them."""
        named = [id_ for (id_,) in self.conn.execute("select id from outlets where configured = 1")]
        self.conn.executemany(
            "update outlets set name = id, configured = 0 where id = ?",
            ((id_,) for id_ in named if id_ in watched and id_ not in names),
        )

    def name_outlet(self, outlet_id: str, name: str) -> None:
        """A name for an outlet that has none yet; what the configuration calls it stands."""
        self.conn.execute(
            "update outlets set name = ? where id = ? and name = id", (storable(name), outlet_id)
        )

    def outlet(self, outlet_id: str) -> None:
        """See to it that there is a row for this outlet."""
        self.conn.execute(
            "insert into outlets (id, name) values (?, ?) on conflict (id) do nothing", (outlet_id, outlet_id)
        )

    def _sync_feeds(self, sources: Iterable[FeedSource], at: str) -> None:
        rows = self.conn.execute("select url, name, active, outlet_id from feeds")
        there = {url: (name, active, outlet_id) for url, name, active, outlet_id in rows}
        wanted = {source.url: source for source in sources}
        new = [source for url, source in wanted.items() if url not in there]
        homes = {source.url: registrable(source.url) or source.url for source in new}
        homes |= {url: there[url][2] for url in wanted if url in there}
        self.conn.executemany(
            "insert into outlets (id, name) values (?, ?) on conflict (id) do nothing",
            ((homes[source.url], homes[source.url]) for source in new),
        )
        names = {homes[url]: source.outlet for url, source in wanted.items() if source.outlet}
        self.add_outlet_names(names)
        self._unname_outlets(set(homes.values()), names)
        self.conn.executemany(
            "insert into feeds (url, name, outlet_id, next_poll_at, because) values (?, ?, ?, ?, ?)",
            ((s.url, s.name, homes[s.url], at, "it is new in the configuration") for s in new),
        )
        self.conn.executemany(
            "update feeds set active = 1, name = ?, next_poll_at ="
            " case when state = 'gone' then next_poll_at else coalesce(next_poll_at, ?) end where url = ?",
            (
                (s.name, at, url)
                for url, s in wanted.items()
                if url in there and there[url][:2] != (s.name, 1)
            ),
        )
        self.conn.executemany(
            "update feeds set active = 0 where url = ?",
            ((url,) for url, (_, active, _) in there.items() if active and url not in wanted),
        )

    def _sync_topics(self, topics: Iterable[Topic], at: str) -> None:
        """Topics as configured. `changed_at` moves only when what a topic wants has changed."""
        self.conn.executemany(
            "insert into topics (id, title, query, schedule, active, rules, changed_at)"
            " values (?, ?, ?, ?, 1, ?, ?) on conflict (id) do update set title = excluded.title,"
            " query = excluded.query, schedule = excluded.schedule, active = 1, rules = excluded.rules,"
            " changed_at = case when rules = excluded.rules then changed_at else excluded.changed_at end",
            ((t.id, t.title, t.query, t.schedule.text, _rules(t), at) for t in topics),
        )
        kept = json.dumps([topic.id for topic in topics])
        self.conn.execute(
            "update topics set active = 0 where active = 1 and id not in (select value from json_each(?))",
            (kept,),
        )

    def _feed_ids(self) -> dict[str, int]:
        """The feeds by address; of one that leads to another, that one."""
        self.conn.execute(
            "update feeds set merged_into = null where merged_into in (select id from feeds where active = 0)"
        )
        return dict(self.conn.execute("select url, coalesce(merged_into, id) from feeds"))

    def _sync_watchers(self, topics: Iterable[Topic], ids: Mapping[str, int], at: str) -> None:
        """Which topics watch which feed, and since when."""
        wanted = {(ids[url], topic.id) for topic in topics for url in topic.feeds if url in ids}
        there = set(self.conn.execute("select feed_id, topic_id from _feed_topics"))
        self.conn.executemany(
            "delete from _feed_topics where feed_id = ? and topic_id = ?", sorted(there - wanted)
        )
        self.conn.executemany(
            "insert into _feed_topics (feed_id, topic_id, since) values (?, ?, ?)",
            ((feed_id, topic_id, at) for feed_id, topic_id in sorted(wanted - there)),
        )


def _rules(topic: Topic) -> str:
    """All that decides whether an article belongs to the topic."""
    return json.dumps(
        {
            "query": topic.query,
            "languages": sorted(topic.languages),
            "outlets": sorted(topic.outlets),
            "exclude": sorted(topic.exclude),
        },
        ensure_ascii=False,
    )
