"""An article that says something else now: one more revision, beside the old ones."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from monitor.core.fingerprint import words
from monitor.model import Article, Existing, Verdict
from monitor.store.stories import StoryBooks
from monitor.store.texts import storable
from monitor.store.times import stamp


class RevisionBooks(StoryBooks):
    """The part of the books that keeps what articles said before."""

    def add_revision(
        self, existing: Existing, article: Article, verdict: Verdict | None, now: datetime
    ) -> None:
        """The article's new text, beside the old ones. With a verdict, its copy row is brought up to date.

        Nothing happens where neither headline nor text differs from what is stored now.
        """
        stored = self.article(existing.id)
        if stored is None or (stored.title, stored.text) == (article.title, article.text):
            return
        number = stored.revisions + 1
        self.unindex(stored.id)
        self._replace(stored, article, number)
        added, removed = words_changed(stored.text, article.text)
        self.conn.execute(
            "insert into revisions (article_id, number, seen_at, title, text, words_added, words_removed)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (stored.id, number, stamp(now), storable(article.title), storable(article.text), added, removed),
        )
        if verdict is not None and verdict.copy is not None:
            self.save_copy(stored.id, verdict.copy)
        self.add_sketch(stored.story_id, article.fingerprint)
        self.index_later(stored.id, article.title, article.text)

    def explain_revision(self, article_id: int, because: str) -> None:
        """Say of an article's newest revision why we made it: no outlet did."""
        self.conn.execute(
            "update revisions set because = ? where article_id = ?"
            " and number = (select revisions from articles where id = revisions.article_id)",
            (storable(because), article_id),
        )

    def try_again(self, entry_id: int, because: str) -> bool:
        """Let a quarantined entry be read again now; whether there was one."""
        done = self.conn.execute(
            "update entries set state = 'waiting', next_try_at = null, because = ? where id = ? and state = 'quarantined'",
            (storable(because), entry_id),
        )
        return done.rowcount == 1

    def _replace(self, stored: Existing, article: Article, number: int) -> None:
        """The article as it is now. What the new page does not say stays as it was."""
        self.conn.execute(
            "update articles set title = ?, words = ?, revisions = ?, byline = coalesce(?, byline),"
            " language = coalesce(?, language), agency = coalesce(?, agency),"
            " agency_because = coalesce(?, agency_because),"
            " published_at = coalesce(published_at, ?), access = ?, extractor = ? where id = ?",
            (
                storable(article.title),
                article.words,
                number,
                storable(article.byline),
                article.language,
                storable(article.credit.agency) if article.credit else None,
                storable(article.credit.because) if article.credit else None,
                stamp(article.published),
                article.access,
                article.extractor,
                stored.id,
            ),
        )
        self.conn.execute(
            "update article_text set text = ? where article_id = ?", (storable(article.text), stored.id)
        )
        if stored.title != article.title:
            self.conn.execute(
                "update stories set title = ? where original_id = ?", (storable(article.title), stored.id)
            )


def words_changed(before: str, after: str) -> tuple[int, int]:
    """How many words came and how many went, whatever their places: a moved paragraph changes none.

    Counted as multisets, so that the time it takes grows with the texts and no faster.
    """
    old, new = Counter(words(before)), Counter(words(after))
    return (new - old).total(), (old - new).total()
