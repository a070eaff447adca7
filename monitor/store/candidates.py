"""What an article may be a copy of: the stories that share its sketch, and their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from monitor.model import Candidates, Fingerprint, Known
from monitor.store.sketches import SketchBooks
from monitor.store.standing import StandingBooks
from monitor.store.times import moment

ENOUGH_HITS = 2
MOST_STORIES = 6
MOST_LONE = 2  # stories with a single hit that are looked at: one paragraph taken over leaves no more
LAST_MEMBERS = 2

KNOWN = """
select articles.id, articles.story_id, articles.outlet_id, outlets.name, articles.title, article_text.text,
    articles.first_seen_at, articles.published_at, articles.language, articles.agency, articles.revisions,
    stories.original_id = articles.id, articles.url
from articles
join article_text on article_text.article_id = articles.id
join outlets on outlets.id = articles.outlet_id
join stories on stories.id = articles.story_id
"""


class CandidateBooks(SketchBooks, StandingBooks):
    """The part of the books that finds what an article may be a copy of."""

    def candidates(self, fingerprint: Fingerprint, *, language: str | None, outlet: str = "") -> Candidates:  # noqa: ARG002
        """Originals and last members of the stories that share the most telling hashes, six stories at most.

        A story that has an article of the very same words comes first, however short they are; of stories
        with as many hits the youngest comes first, because copies follow within hours. `language` is not asked: texts that share runs
        of five words are of one language, whatever their pages declare.
        """
        seen = self.seen(fingerprint)
        near = sorted(
            (story for story in seen.hits if story not in seen.same),
            key=lambda story: (-seen.rarity[story], -story),
        )
        enough = [story for story in near if seen.hits[story] >= ENOUGH_HITS]
        lone = [story for story in near if seen.hits[story] < ENOUGH_HITS]
        nearest = [*seen.same, *enough, *lone[:MOST_LONE]][:MOST_STORIES]
        hits = {story: seen.first[story] for story in lone}
        known = tuple(
            member if story not in hits else replace(member, hit=hits[story])
            for story in nearest
            for member in self._members(story)
        )
        standing = self.standing(outlet) if known and outlet else frozenset()
        return Candidates(known, seen.background, standing)

    def known(self, article_id: int) -> Candidates:
        """One article, as candidate for its own copies."""
        rows = self.conn.execute(f"{KNOWN} where articles.id = ?", (article_id,))
        return Candidates(tuple(_known(row) for row in rows))

    def _members(self, story_id: int) -> list[Known]:
        """A story's original and its last two other members, with their texts."""
        rows = self.conn.execute(
            f"{KNOWN} where articles.id in ("
            " select original_id from stories where id = ?1"
            " union select * from (select articles.id from articles join stories on stories.id = articles.story_id"
            "  where story_id = ?1 and articles.id <> stories.original_id"
            "  order by articles.first_seen_at desc, articles.id desc limit ?2)"
            ") order by stories.original_id = articles.id desc, articles.id desc",
            (story_id, LAST_MEMBERS),
        )
        return [_known(row) for row in rows]


def _known(row: Sequence[Any]) -> Known:
    return Known(
        article_id=row[0],
        story_id=row[1],
        outlet_id=row[2],
        outlet=row[3],
        title=row[4],
        text=row[5],
        first_seen=moment(row[6]),
        published=moment(row[7]),
        language=row[8],
        agency=row[9],
        revision=row[10],
        is_original=bool(row[11]),
        url=row[12],
    )
