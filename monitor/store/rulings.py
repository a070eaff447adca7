"""What the user said of copies, and what of it bears on one article."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from monitor.core import urls
from monitor.model import Article, Credit, Known, Override, Rulings
from monitor.store.candidates import CandidateBooks
from monitor.store.texts import storable
from monitor.store.times import moment

OVERRIDE = "select id, kind, at, url, other_url, outlet_id, topic_id, because from overrides"
TOPICS = "select topic_id from matches where article_id = ? order by topic_id"


class RulingBooks(CandidateBooks):
    """The part of the books that reads the user's word."""

    def rulings(self, article: Article) -> Rulings:
        """What the user said that bears on this article."""
        if self.conn.execute("select 1 from overrides limit 1").fetchone() is None:
            return Rulings()
        here = list(dict.fromkeys((*urls.equivalents(article.url), article.url, *article.addresses)))
        apart: dict[int, datetime] = {}
        joined: tuple[Known, datetime] | None = None
        for override, other in self._said_of(here):
            if override.kind != "merge":
                apart[other.story_id] = override.at
            elif joined is None or joined[1] <= override.at:
                joined = other, override.at
        off = self.overrides("off")
        return Rulings(
            joined=joined[0] if joined else None,
            joined_at=joined[1] if joined else None,
            apart=apart,
            off={o.outlet_id: o.at for o in off if o.outlet_id},
            off_topics={o.topic_id: o.at for o in off if o.topic_id},
        )

    def overrides(self, kind: str | None = None) -> list[Override]:
        """All that the user said, the oldest first; of one kind where one is named."""
        where = " where kind = ?" if kind else ""
        return [
            _override(row)
            for row in self.conn.execute(f"{OVERRIDE}{where} order by id", (kind,) if kind else ())
        ]

    def override(self, override_id: int) -> Override | None:
        """One thing the user said."""
        row = self.conn.execute(f"{OVERRIDE} where id = ?", (override_id,)).fetchone()
        return _override(row) if row else None

    def topics_of(self, article_id: int) -> list[str]:
        """The topics that an article matched."""
        return [row[0] for row in self.conn.execute(TOPICS, (article_id,))]

    def known_at(self, url: str | None) -> Known | None:
        """The article that an address leads to, where it is here."""
        wanted = [storable(address) for address in (url or "", *urls.equivalents(url or ""))]
        row = self.conn.execute(
            "select addresses.article_id from json_each(?) as wanted"
            " cross join addresses on addresses.url = wanted.value limit 1",
            (json.dumps(wanted),),
        ).fetchone()
        return next(iter(self.known(row[0]).known), None) if row else None

    def is_kept_from(self, known: Known, other: Known) -> bool:
        """Whether the user does not want this article in the story of the other one."""
        rulings = self.rulings(article_of(known))
        if not rulings:
            return False
        topics = {*self.topics_of(known.article_id), *self.topics_of(other.article_id)}
        return (
            other.story_id in rulings.apart
            or not {known.outlet_id, other.outlet_id}.isdisjoint(rulings.off)
            or not topics.isdisjoint(rulings.off_topics)
        )

    def _said_of(self, addresses: Sequence[str]) -> Iterable[tuple[Override, Known]]:
        """What was said of these addresses together with another, and the article there, where it is here."""
        wanted = json.dumps(addresses)
        rows = self.conn.execute(
            f"{OVERRIDE} where kind <> 'off' and (url in (select value from json_each(?1))"
            " or other_url in (select value from json_each(?1))) order by id",
            (wanted,),
        ).fetchall()
        for override in map(_override, rows):
            far = self.known_at(override.other_url if override.url in addresses else override.url)
            if far is not None:
                yield override, far


def article_of(known: Known, credit: Credit | None = None) -> Article:
    """An article of the archive, as the core wants it."""
    return Article(
        url=known.url,
        outlet_id=known.outlet_id,
        title=known.title,
        text=known.text,
        words=len(known.text.split()),
        first_seen=known.first_seen,
        published=known.published,
        language=known.language,
        credit=credit,
    )


def _override(row: Sequence[Any]) -> Override:
    return Override(
        id=row[0],
        kind=row[1],
        at=moment(row[2]),
        url=row[3],
        other_url=row[4],
        outlet_id=row[5],
        topic_id=row[6],
        because=row[7],
    )
