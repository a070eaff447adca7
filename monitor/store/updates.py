"""What happened to announced stories since the last look, and the rows of the outbox that tell of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from monitor.core import newsworthy
from monitor.model import Correction, Report, StoryChange, Told, Update
from monitor.store.desk import Desk
from monitor.store.texts import storable
from monitor.store.times import stamp

SOURCES_READ = 100  # the longest texts of a story
MOST = 5000  # rows looked at in one transaction; what is left comes with the next

# Stories of which a target knows. `told` counts outlets as the target last heard.
TOLD = """
select story_id, topic_id, target, max(coalesce(outlets, 1)) from outbox
where story_id in (select value from json_each(?)) and kind in ('story', 'update') and state = 'sent'
group by story_id, topic_id, target
"""
STORIES = "select id, agency, outlets from stories where id in (select value from json_each(?))"
KNOWN = "exists (select 1 from outbox where outbox.story_id = {} and kind = 'story' and state = 'sent')"

ITS_CREDIT = "case when articles.agency_because like 'by overlap%' then null else articles.agency end"

# New copies of announced stories, with what they took over.
COPIES = f"""
select articles.story_id, articles.id, outlets.name, articles.words, coalesce(copies.share, 1.0), {ITS_CREDIT}
from articles join outlets on outlets.id = articles.outlet_id
left join copies on copies.article_id = articles.id
where articles.id > ?1 and articles.id <= ?2 and {KNOWN.format("articles.story_id")}
order by articles.id
"""
# New articles of other stories that are tied to an announced one by passages or an event.
BESIDE = f"""
with fresh as (select id, story_id, event_id, outlet_id, words, agency from articles where id > ?1 and id <= ?2),
tied (id, story_id, share) as (
    select fresh.id, far.story_id, links.share from fresh join links on links.article_id = fresh.id
        join articles as far on far.id = links.other_id where links.kind = 'partial'
    union all
    select fresh.id, stories.id, 0.0 from fresh join stories on stories.event_id = fresh.event_id
)
select tied.story_id, fresh.id, outlets.name, fresh.words, min(tied.share), fresh.agency, fresh.story_id
from tied join fresh on fresh.id = tied.id join outlets on outlets.id = fresh.outlet_id
where tied.story_id <> fresh.story_id and {KNOWN.format("tied.story_id")}
group by tied.story_id, fresh.id order by fresh.id
"""
# What an article of a story may have its words from: what was there before it, and what credits the agency.
SOURCES = f"""
select text from articles join article_text on article_id = articles.id
where story_id = ?1 and articles.id <> ?2 and (articles.id < ?2 or {ITS_CREDIT} is not null)
order by words desc, articles.id limit {SOURCES_READ}
"""
REVISIONS = f"""
select articles.story_id, articles.id, now.number, outlets.name, before.title, now.title, before.text, now.text,
    articles.url, exists (select 1 from revisions as older where older.article_id = now.article_id
        and older.number < before.number and older.title = now.title)
from revisions as now join articles on articles.id = now.article_id
join stories on stories.id = articles.story_id and stories.original_id = articles.id
join revisions as before on before.article_id = now.article_id and before.number = now.number - 1
join outlets on outlets.id = articles.outlet_id
where now.id > ?1 and now.id <= ?2 and {KNOWN.format("articles.story_id")}
order by now.id
"""


class UpdateBooks(Desk):
    """The part of the books that sees what is new of announced stories."""

    def story_changes(self) -> list[StoryChange]:
        """What happened to announced stories since the last call; each change is given once."""
        reports: dict[int, list[Report]] = defaultdict(list)
        corrections: dict[int, list[Correction]] = defaultdict(list)
        first, last = self._look("articles")
        for story_id, *fields in self.conn.execute(COPIES, (first, last)).fetchall():
            reports[story_id].append(Report(*fields))
        for story_id, article_id, outlet, words, share, agency, own in self.conn.execute(
            BESIDE, (first, last)
        ):
            report = Report(article_id, outlet, words, share, agency, self._goes_to(own))
            reports[story_id].append(report)
        first, last = self._look("revisions")
        for story_id, *fields in self.conn.execute(REVISIONS, (first, last)).fetchall():
            corrections[story_id].append(Correction(*fields))
        return self._changes(reports, corrections)

    def add_updates(self, updates: Iterable[Update], now: datetime) -> int:
        """Put updates into the outbox, each once; gives how many were new.

        A number of outlets that waits to be told already is not told twice.
        """
        added = 0
        for update in updates:
            added += self.conn.execute(
                "insert into outbox (key, topic_id, story_id, target, article_id, at, kind, because)"
                " select ?1 || ':' || ?2 || ':' || ?3 || ':' || ?4, ?1, ?2, ?3, ?5, ?6, 'update', ?7"
                " where not (?4 like 'outlets:%' and exists (select 1 from outbox where topic_id = ?1 and story_id = ?2"
                "  and target = ?3 and state = 'waiting' and key like '%:outlets:%'))"
                " on conflict (key) do nothing",
                (
                    update.topic_id,
                    update.story_id,
                    update.target,
                    update.event,
                    update.article_id,
                    stamp(now),
                    storable(update.because),
                ),
            ).rowcount
        return added

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _look(self, table: str) -> tuple[int, int]:
        """The ids to look at now: later than the first, up to the last. Remembers the last."""
        (first,) = self.conn.execute("select id from _looked where name = ?", (table,)).fetchone()
        (newest,) = self.conn.execute(f"select coalesce(max(id), 0) from {table}").fetchone()
        last = min(newest, first + MOST)
        if last != first:
            self.conn.execute("update _looked set id = ? where name = ?", (last, table))
        return first, last

    def _goes_to(self, story_id: int) -> frozenset[tuple[str, str]]:
        rows = self.conn.execute(
            "select topic_id, target from outbox where story_id = ? and kind = 'story'", (story_id,)
        )
        return frozenset((topic, target) for topic, target in rows)

    def _changes(
        self, reports: dict[int, list[Report]], corrections: dict[int, list[Correction]]
    ) -> list[StoryChange]:
        ids = json.dumps(sorted(reports.keys() | corrections.keys()))
        told: dict[int, list[Told]] = defaultdict(list)
        for story_id, topic_id, target, outlets in self.conn.execute(TOLD, (ids,)):
            told[story_id].append(Told(topic_id, target, outlets))
        return [
            StoryChange(
                story_id,
                agency,
                outlets,
                tuple(told[story_id]),
                newest_article=max((one.article_id for one in reports[story_id]), default=None),
                reports=tuple(
                    self._with_all_it_shares(story_id, one) if agency else one for one in reports[story_id]
                ),
                corrections=tuple(corrections[story_id]),
            )
            for story_id, agency, outlets in self.conn.execute(STORIES, (ids,)).fetchall()
        ]

    def _with_all_it_shares(self, story_id: int, report: Report) -> Report:
        """The report, with the share of its words that stand in any article of the story, where that matters."""
        if report.agency is not None or report.words * (1 - report.share) < newsworthy.OWN_WORDS:
            return report
        text = self.conn.execute(
            "select text from article_text where article_id = ?", (report.article_id,)
        ).fetchone()[0]
        others = (row[0] for row in self.conn.execute(SOURCES, (story_id, report.article_id)))
        return replace(report, share=max(report.share, newsworthy.share_in(text, others)))
