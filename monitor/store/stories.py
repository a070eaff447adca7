"""Articles and their stories in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from monitor.core.agencies import inherited
from monitor.core.items import guid_key
from monitor.model import Absence, Article, Copy, Credit, Existing, Link, Match, NearMiss, Verdict
from monitor.store.candidates import CandidateBooks
from monitor.store.sync import SyncBooks
from monitor.store.texts import as_json, storable
from monitor.store.times import moment, stamp

EXISTING = """
select articles.id, articles.url, articles.story_id, articles.title, article_text.text, articles.first_seen_at,
    articles.revisions, articles.outlet_id, articles.language, copies.original_id, _rereads.rereads,
    articles.extractor, _rereads.absent_since, articles.gone_at, articles.gone_because
from articles
join article_text on article_text.article_id = articles.id
left join copies on copies.article_id = articles.id
left join _rereads on _rereads.article_id = articles.id
"""


class StoryBooks(CandidateBooks, SyncBooks):
    """The part of the books that gives articles their place."""

    def article_at(self, addresses: Sequence[str]) -> Existing | None:
        """The article that one of these canonical addresses leads to; the first address that leads anywhere."""
        # An address has twenty equivalents: asked in one statement, in their order, that ends at the first hit.
        row = self.conn.execute(
            "select addresses.article_id from json_each(?) as wanted"
            " cross join addresses on addresses.url = wanted.value limit 1",
            (json.dumps([storable(address) for address in addresses]),),
        ).fetchone()
        return None if row is None else self.article(row[0])

    def article_of_item(self, feed_id: int, guid: str) -> Existing | None:
        """The article that the feed's item of this guid led to; of several items, the first that had it."""
        row = self.conn.execute(
            "select article_id from entries where feed_id = ? and key = ? and article_id is not null",
            (feed_id, storable(guid_key(guid))),
        ).fetchone()
        return None if row is None else self.article(row[0])

    def article(self, article_id: int) -> Existing | None:
        """The article with this id."""
        row = self.conn.execute(f"{EXISTING} where articles.id = ?", (article_id,)).fetchone()
        return None if row is None else _existing(row)

    def add_article(self, article: Article, verdict: Verdict, matches: Sequence[Match], now: datetime) -> int:
        """Article, text, first revision, story, copy, links, matches, addresses, sketch, index; gives its id."""
        self.outlet(article.outlet_id)
        article_id: int = self.conn.execute("select coalesce(max(id), 0) + 1 from articles").fetchone()[0]
        story_id = (
            verdict.copy.story_id if verdict.copy else self._new_story(article, article_id, verdict.because)
        )
        self._insert_article(article, article_id, story_id)
        if verdict.copy is not None:
            self._join(article, article_id, story_id)
            self.save_copy(article_id, verdict.copy)
        self.add_links(article_id, verdict.links)
        self.add_near_misses(article_id, verdict.near_misses)
        self.add_standing(article.outlet_id, verdict.standing, article.first_seen)
        self.add_matches(article_id, matches, now)
        self.add_addresses(article_id, (article.url, *article.addresses))
        self.add_sketch(story_id, article.fingerprint)
        self.index_later(article_id, article.title, article.text)
        return article_id

    def add_matches(self, article_id: int, matches: Sequence[Match], now: datetime) -> None:
        """Matches of an article that is there already, for topics that had not met it."""
        self.conn.executemany(
            "insert into matches (article_id, topic_id, at, because) values (?, ?, ?, ?)"
            " on conflict (article_id, topic_id) do nothing",
            ((article_id, match.topic_id, stamp(now), storable(match.because)) for match in matches),
        )

    def add_addresses(self, article_id: int, addresses: Iterable[str]) -> None:
        """More addresses that lead to this article; one that leads to another already stays there."""
        self.conn.executemany(
            "insert into addresses (url, article_id) values (?, ?) on conflict (url) do nothing",
            ((storable(address), article_id) for address in addresses),
        )

    def announce(self, topic_id: str, article_id: int, target: str, now: datetime) -> None:
        """Put the article's story into the outbox for this target, once."""
        self.conn.execute(
            "insert into outbox (key, topic_id, story_id, target, article_id, at)"
            " select ?1 || ':' || story_id || ':' || ?3, ?1, story_id, ?3, id, ?4 from articles where id = ?2"
            " on conflict (key) do nothing",
            (topic_id, article_id, target, stamp(now)),
        )

    def save_copy(self, article_id: int, copy: Copy) -> None:
        """What an article is a copy of, as found last."""
        self.conn.execute(
            "insert or replace into copies"
            " (article_id, original_id, kind, share, share_of_original, because, evidence)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (
                article_id,
                copy.original_id,
                copy.kind,
                copy.share,
                copy.share_of_original,
                storable(copy.because),
                as_json(copy.evidence),
            ),
        )

    def credit(self, article_id: int, credit: Credit) -> None:
        """Name the agency of an article that named none, and of the uncredited copies that stand in it."""
        self.conn.execute(
            "update articles set agency = ?, agency_because = ? where id = ? and agency is null",
            (storable(credit.agency), storable(credit.because), article_id),
        )
        self.conn.execute(
            "update stories set agency = coalesce(agency, ?)"
            " where id = (select story_id from articles where id = ?)",
            (storable(credit.agency), article_id),
        )
        copies = self.conn.execute(
            "select copies.article_id, copies.share, outlets.name from copies"
            " join articles on articles.id = copies.article_id and articles.agency is null"
            " join articles as original on original.id = copies.original_id"
            " join outlets on outlets.id = original.outlet_id where copies.original_id = ?",
            (article_id,),
        ).fetchall()
        for copy_id, share, outlet in copies:
            taken = inherited(share, credit.agency, outlet)
            if taken is not None:
                self.credit(copy_id, taken)

    def credit_of(self, article_id: int) -> Credit | None:
        """The agency of an article, and how it was recognised."""
        row = self.conn.execute(
            "select agency, agency_because from articles where id = ?", (article_id,)
        ).fetchone()
        return Credit(row[0], row[1] or "") if row and row[0] else None

    def import_known(self, digest: str) -> bool:
        """Whether an earlier story with this digest was imported before."""
        return self.conn.execute("select 1 from _imports where digest = ?", (digest,)).fetchone() is not None

    def import_done(self, digest: str, article_id: int | None, now: datetime) -> None:
        """An earlier story is imported, as this article."""
        self.conn.execute(
            "insert or replace into _imports (digest, article_id, at) values (?, ?, ?)",
            (digest, article_id, stamp(now)),
        )

    def counts(self) -> dict[str, int]:
        """How much there is of everything."""
        tables = ("articles", "stories", "copies", "entries", "feeds", "matches", "revisions")
        selects = ", ".join(f"(select count(*) from {table})" for table in tables)
        return dict(zip(tables, self.conn.execute(f"select {selects}").fetchone(), strict=True))

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _new_story(self, article: Article, article_id: int, because: str, number: int | None = None) -> int:
        """A story that begins with this article, under a `number` that it had before; gives its number."""
        at = stamp(article.first_seen)
        # The number of a story that became part of another one is not given again: its sketch leads there.
        story_id: int = (
            number
            or self.conn.execute(
                "select max(coalesce((select max(id) from stories), 0), coalesce((select max(story_id) from _united), 0)) + 1"
            ).fetchone()[0]
        )
        self.conn.execute(
            "insert into stories (id, title, original_id, first_seen_at, last_seen_at, agency, because)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (story_id, storable(article.title), article_id, at, at, _agency(article), storable(because)),
        )
        return story_id

    def _insert_article(self, article: Article, article_id: int, story_id: int) -> None:
        """The rows that hold the article itself: article, text, first revision."""
        title, text, seen = storable(article.title), storable(article.text), stamp(article.first_seen)
        self.conn.execute(
            "insert into articles (id, url, outlet_id, title, byline, published_at, first_seen_at, language, words,"
            " agency, agency_because, story_id, access, extractor)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article_id,
                storable(article.url),
                article.outlet_id,
                title,
                storable(article.byline),
                stamp(article.published),
                seen,
                article.language,
                article.words,
                _agency(article),
                storable(article.credit.because) if article.credit else None,
                story_id,
                article.access,
                article.extractor,
            ),
        )
        self.conn.execute("insert into article_text (article_id, text) values (?, ?)", (article_id, text))
        self.conn.execute(
            "insert into revisions (article_id, number, seen_at, title, text, words_added) values (?, 1, ?, ?, ?, ?)",
            (article_id, seen, title, text, article.words),
        )

    def _join(self, article: Article, article_id: int, story_id: int) -> None:
        """One more article in a story, perhaps one more outlet; the story's times and agency kept up."""
        at = stamp(article.first_seen)
        self.conn.execute(
            "update stories set articles = articles + 1, outlets = outlets + not exists ("
            "  select 1 from articles where story_id = ?1 and outlet_id = ?2 and id <> ?3),"
            " first_seen_at = min(first_seen_at, ?4), last_seen_at = max(last_seen_at, ?4),"
            " agency = coalesce(agency, ?5) where id = ?1",
            (story_id, article.outlet_id, article_id, at, _agency(article)),
        )

    def add_links(self, article_id: int, links: Iterable[Link]) -> None:
        """Weaker ties of an article, as found last."""
        self.conn.executemany(
            "insert or replace into links (article_id, other_id, kind, share, because, evidence)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                (
                    article_id,
                    link.other_id,
                    link.kind,
                    link.share,
                    storable(link.because),
                    as_json(link.evidence),
                )
                for link in links
            ),
        )

    def add_near_misses(self, article_id: int, near_misses: Iterable[NearMiss]) -> None:
        """What came near to an article and is neither its original nor linked to it."""
        self.conn.executemany(
            "insert or replace into _near_misses (article_id, other_id, share, because) values (?, ?, ?, ?)",
            ((article_id, near.other_id, near.share, storable(near.because)) for near in near_misses),
        )


def _agency(article: Article) -> str | None:
    return storable(article.credit.agency) if article.credit else None


def _existing(row: Sequence[Any]) -> Existing:
    return Existing(
        id=row[0],
        url=row[1],
        story_id=row[2],
        title=row[3],
        text=row[4],
        first_seen=moment(row[5]),
        revisions=row[6],
        outlet_id=row[7],
        language=row[8],
        original_id=row[9],
        rereads=row[10] or 0,
        extractor=row[11] or "",
        absence=Absence(moment(row[12]), moment(row[13]), row[14]),
    )
