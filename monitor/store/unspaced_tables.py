"""Texts in scripts without blanks, sign by sign for the search index."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.core.unspaced import cut
from monitor.store.tables import migrations, run_script

# Only articles whose title or text is in a script without blanks; what is indexed of the others is what is shown.
CUT = """
create table _cut (
    article_id integer primary key references articles (id) on delete cascade,
    title text not null,
    text text not null
) strict;
drop view _searchable;
create view _searchable as
    select articles.id as id, coalesce(_cut.title, articles.title) as title, coalesce(_cut.text, article_text.text) as text
    from articles join article_text on article_text.article_id = articles.id
    left join _cut on _cut.article_id = articles.id;
"""
TEXTS = """
select articles.id, articles.title, article_text.text from articles
join article_text on article_text.article_id = articles.id order by articles.id
"""
TAKE_OUT = "insert into articles_fts (articles_fts, rowid, title, text) values ('delete', ?, ?, ?)"


@migrations()
def m016_unspaced(db: Database) -> None:
    """Signs of such scripts are words of the index."""
    run_script(db, CUT)
    _cut_what_is_there(db)
    db.execute("pragma user_version = 16")


def _cut_what_is_there(db: Database) -> None:
    """Index the texts in scripts without blanks anew, one by one: they may be many."""
    for article_id, *written in db.execute(TEXTS):
        words = [cut(text) for text in written]
        if words != written:
            db.execute(TAKE_OUT, (article_id, *written))
            db.execute("insert into _cut (article_id, title, text) values (?, ?, ?)", (article_id, *words))
            db.execute("insert into articles_fts (rowid, title, text) values (?, ?, ?)", (article_id, *words))
