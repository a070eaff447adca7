"""The archive decided once more, beside the archive: temporary tables shadow its own, nothing of it changes.

SQLite looks for a name among the temporary tables first. So the questions of `candidates` and `sketches`
are asked here unchanged, and find the stories as the present code makes them, with the texts of the archive
as they were at that moment. The temporary tables lie in a file that SQLite removes, not in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from monitor.core import copies
from monitor.core.fingerprint import fingerprint
from monitor.model import Article, Copy, Credit, Known, Link, Override, Verdict
from monitor.store.inquiry import Row, rows
from monitor.store.opening import explained, open_for_reading
from monitor.store.overrides import BRANCH
from monitor.store.rulings import RulingBooks, article_of
from monitor.store.times import moment, stamp

SHADOWS = """
create temp table articles (
    id integer primary key, url text, story_id integer, outlet_id text, title text, first_seen_at text,
    published_at text, language text, agency text, revisions integer
);
create index temp.articles_story on articles (story_id, first_seen_at);
create temp table stories (id integer primary key, original_id integer);
create temp table copies (article_id integer primary key, original_id integer, kind text, because text);
create temp table links (article_id integer, other_id integer, kind text, primary key (article_id, other_id));
create temp table _sketches (key integer primary key);
create temp table _sketches_new (id integer primary key, keys blob not null);
create temp table _united (story_id integer primary key, into_id integer);
create temp table _standing (
    outlet_id text, hash integer, days integer, last_on text, primary key (outlet_id, hash)
) without rowid;
create temp view article_text as
    select articles.id as article_id, revisions.text as text
    from temp.articles join main.revisions
        on revisions.article_id = articles.id and revisions.number = articles.revisions;
"""

# Revisions have their numbers in the order in which they were written, first ones and later ones alike.
TEXTS = """
select revisions.number, revisions.title, revisions.text, articles.id, articles.url, articles.outlet_id,
    articles.first_seen_at, articles.published_at, articles.language, articles.agency, articles.words
from main.revisions join main.articles on articles.id = revisions.article_id
order by revisions.id
"""

CHANGES = """
select articles.id as article_id, articles.url, articles.title, outlets.name as outlet,
    stories.original_id as story_of, now_stories.original_id as would_be_story_of,
    copies.original_id as copy_of, now_copies.original_id as would_be_copy_of,
    coalesce(copies.kind, 'original') as kind, coalesce(now_copies.kind, 'original') as would_be,
    now_copies.because as because,
    exists (select 1 from main.overrides where overrides.url = articles.url or overrides.other_url = articles.url)
        as overridden
from main.articles
join main.outlets on outlets.id = articles.outlet_id
join main.stories on stories.id = articles.story_id
join temp.articles as now on now.id = articles.id
join temp.stories as now_stories on now_stories.id = now.story_id
left join main.copies on copies.article_id = articles.id
left join temp.copies as now_copies on now_copies.article_id = articles.id
where story_of is not would_be_story_of or copy_of is not would_be_copy_of or copies.kind is not now_copies.kind
order by articles.id
"""

LINKS = """
select (select count(*) from temp.links as now where not exists (
    select 1 from main.links where links.article_id = now.article_id and links.other_id = now.other_id
        and links.kind = now.kind)) as links_more,
    (select count(*) from main.links where not exists (
    select 1 from temp.links as now where links.article_id = now.article_id and links.other_id = now.other_id
        and links.kind = now.kind)) as links_fewer
"""


class Reading(NamedTuple):
    """One text of the archive: its article, and the number of the revision that it is."""

    article_id: int
    number: int
    article: Article


class ReplayBooks(RulingBooks):
    """Books over the shadows."""

    def texts(self) -> Iterator[Reading]:
        """Every text of the archive in the order in which they were stored."""
        for row in self.conn.execute(TEXTS):
            yield Reading(row["id"], row["number"], _article(row))

    def place(self, article_id: int, article: Article, verdict: Verdict) -> None:
        """Keep a new article as this verdict has it."""
        story = verdict.copy.story_id if verdict.copy else article_id
        if verdict.copy is None:
            self.conn.execute("insert into temp.stories (id, original_id) values (?1, ?1)", (article_id,))
        self.conn.execute(
            "insert into temp.articles values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                article_id,
                article.url,
                story,
                article.outlet_id,
                article.title,
                stamp(article.first_seen),
                stamp(article.published),
                article.language,
                article.credit.agency if article.credit else None,
            ),
        )
        if verdict.copy is not None:
            self.keep_copy(article_id, verdict.copy)
        self._keep_links(article_id, verdict.links)
        self.add_standing(article.outlet_id, verdict.standing, article.first_seen)
        self.add_sketch(story, article.fingerprint)
        for gone_id in verdict.unites:
            by, gone = self.known(article_id).known[0], self._original(gone_id)
            if not any(self.is_kept_from(member, by) for member in self._members_of(gone_id)):
                self._put_into(by, gone)

    def do_by_hand(self) -> None:
        """Put together and take apart what the user did, as it was done: when the stories were there."""
        for said in self.overrides():
            one, other = self.known_at(said.url), self.known_at(said.other_url)
            if one is None or other is None:
                continue
            is_one_story = one.story_id == other.story_id
            if said.kind == "merge" and not is_one_story:
                originals = [self._original(side.story_id) for side in (one, other)]
                kept, gone = sorted(originals, key=_age)
                self._put_into(kept, gone)
            elif said.kind == "split" and is_one_story:
                self._take_out(one)

    def original_of(self, article_id: int) -> int | None:
        """What an article is a copy of by now."""
        row = self.conn.execute(
            "select original_id from temp.copies where article_id = ?", (article_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    def revise(self, article_id: int, number: int, article: Article) -> None:
        """The article says something else now."""
        self.conn.execute(
            "update temp.articles set revisions = ?, title = ? where id = ?",
            (number, article.title, article_id),
        )
        story = self.conn.execute("select story_id from temp.articles where id = ?", (article_id,)).fetchone()
        self.add_sketch(story[0], article.fingerprint)

    def keep_copy(self, article_id: int, copy: Copy) -> None:
        """What an article is a copy of, as found last."""
        self.conn.execute(
            "insert or replace into temp.copies values (?, ?, ?, ?)",
            (article_id, copy.original_id, copy.kind, copy.because),
        )

    def count(self) -> int:
        """How many texts there are to decide."""
        return int(self.conn.execute("select count(*) from main.revisions").fetchone()[0])

    def changes(self) -> list[Row]:
        """Articles that would have another story, another original or another kind."""
        return rows(self.conn, CHANGES)

    def links_changed(self) -> Row:
        """How many links there would be more (`links_more`), and how many no more (`links_fewer`)."""
        return rows(self.conn, LINKS)[0]

    def _put_into(self, by: Known, gone: Known) -> None:
        """One story for two: the original of the one is a copy of a text in the other."""
        article = article_of(gone)
        self.keep_copy(gone.article_id, copies.refreshed(article, by, revision=gone.revision))
        self.conn.execute(
            "delete from temp.links where article_id in (?1, ?2) and other_id in (?1, ?2)",
            (self._original(by.story_id).article_id, gone.article_id),
        )
        self.conn.execute(
            "update temp.articles set story_id = ? where story_id = ?", (by.story_id, gone.story_id)
        )
        self.conn.execute("delete from temp.stories where id = ?", (gone.story_id,))
        self.now_part_of(gone.story_id, by.story_id)

    def _take_out(self, known: Known) -> None:
        """A story of its own for an article and what was copied from it; from an original, for that alone."""
        branch = [known.article_id]
        if known.is_original:
            self._crown_next(known)
        else:
            branch = [row[0] for row in self.conn.execute(BRANCH, (known.article_id,))]
            original = self.original_of(known.article_id)
            self.conn.execute("delete from temp.copies where article_id = ?", (known.article_id,))
            self.conn.execute(
                "insert or replace into temp.links values (?, ?, 'partial')", (known.article_id, original)
            )
        story_id = -known.article_id  # no text is decided after this, so no sketch has to lead there
        self.conn.execute("insert into temp.stories values (?, ?)", (story_id, known.article_id))
        self.conn.executemany(
            "update temp.articles set story_id = ? where id = ?", [(story_id, member) for member in branch]
        )

    def _crown_next(self, gone: Known) -> None:
        """The next article takes the place of an original that goes."""
        rest = [member for member in self._members_of(gone.story_id) if member.article_id != gone.article_id]
        new = min(rest, key=_age)
        self.conn.execute("delete from temp.copies where article_id = ?", (new.article_id,))
        self.conn.execute(
            "update temp.stories set original_id = ? where id = ?", (new.article_id, gone.story_id)
        )
        for member in rest:
            if self.original_of(member.article_id) == gone.article_id:
                self.keep_copy(
                    member.article_id, copies.refreshed(article_of(member), new, revision=member.revision)
                )

    def _said_of(self, addresses: Sequence[str]) -> Iterator[tuple[Override, Known]]:
        """Only what keeps stories apart bears on a text that comes; the rest was done to stories: `do_by_hand`."""
        return (said for said in super()._said_of(addresses) if said[0].kind == "never_merge")

    def _original(self, story_id: int) -> Known:
        row = self.conn.execute("select original_id from temp.stories where id = ?", (story_id,)).fetchone()
        return self.known(row[0]).known[0]

    def _members_of(self, story_id: int) -> list[Known]:
        members = self.conn.execute("select id from temp.articles where story_id = ?", (story_id,)).fetchall()
        return [self.known(row[0]).known[0] for row in members]

    def _keep_links(self, article_id: int, links: Sequence[Link]) -> None:
        self.conn.executemany(
            "insert or replace into temp.links values (?, ?, ?)",
            ((article_id, link.other_id, link.kind) for link in links),
        )


@contextmanager
def replaying(path: Path) -> Iterator[ReplayBooks]:
    """Books over the shadows of this archive, which is opened for reading only.

    Raises `NotFoundError` when there is no database, `StoreError` when it cannot be used.
    """
    with explained(path):
        conn = open_for_reading(path)
        try:
            conn.execute("pragma temp_store = file")
            conn.execute(
                "pragma query_only = off"
            )  # the file is opened read-only; the shadows are to be written
            conn.executescript(SHADOWS)
            conn.execute("begin")
            yield ReplayBooks(conn)
        finally:
            conn.close()


def _article(row: sqlite3.Row) -> Article:
    return Article(
        url=row["url"],
        outlet_id=row["outlet_id"],
        title=row["title"],
        text=row["text"],
        words=row["words"],
        first_seen=moment(row["first_seen_at"]),
        published=moment(row["published_at"]),
        language=row["language"],
        credit=Credit(row["agency"], "stored") if row["agency"] else None,
        fingerprint=fingerprint(row["text"]),
    )


def _age(known: Known) -> tuple[datetime, int]:
    return known.first_seen, known.article_id
