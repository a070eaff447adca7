"""The tables, as numbered migrations. Append only: a migration that has shipped is never edited.

Names and columns are the contract with Datasette and with the commands; tables that begin with `_`
are ours alone. Every change of the schema is a new function at the bottom (and one more in
`opening.SCHEMA_VERSION`); a change of the views is a new migration that calls `views.create_views`.
All times are UTC text, `YYYY-MM-DDTHH:MM:SSZ`; long text lives only in `article_text` and `revisions`.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from monitor.store.opening import APPLICATION_ID
from monitor.store.views import create_views

migrations = Migrations("monitor")

FEEDS = """
create table outlets (id text primary key not null, name text not null) strict;
create index outlets_name on outlets (name);

create table topics (
    id text primary key not null,
    title text not null,
    query text not null,
    schedule text not null,
    active integer not null default 1,
    rules text not null,       -- JSON of all that decides a match; a change makes `changed_at` new
    changed_at text not null
) strict;

create table feeds (
    id integer primary key,
    url text not null unique,
    effective_url text,
    title text,
    outlet_id text not null references outlets (id),
    state text not null default 'new' check (state in ('new', 'ok', 'failing', 'gone')),
    next_poll_at text,
    last_poll_at text,
    last_ok_at text,
    last_new_at text,
    interval_s integer,
    failures integer not null default 0,
    last_error text,
    because text,              -- why it is asked again when it is
    etag text,
    last_modified text,
    validators_url text,
    body_digest text,
    hints text,
    failing_since text,
    name text,
    active integer not null default 1
) strict;
create index feeds_due on feeds (next_poll_at) where active = 1 and state <> 'gone';
create index feeds_outlet_id on feeds (outlet_id);
create index feeds_state on feeds (state);
create index feeds_name on feeds (name) where name is not null;
create index feeds_last_new_at on feeds (last_new_at);

create table _feed_topics (
    feed_id integer not null references feeds (id) on delete cascade,
    topic_id text not null references topics (id) on delete cascade,
    since text not null,
    primary key (feed_id, topic_id)
) strict, without rowid;
create index _feed_topics_topic_id on _feed_topics (topic_id);

create table polls (
    id integer primary key,
    feed_id integer not null references feeds (id) on delete cascade,
    at text not null,
    outcome text not null check (outcome in ('new', 'unchanged', 'not_modified', 'error')),
    status integer,
    bytes integer not null default 0,
    entries integer,           -- null: the body was not parsed (nothing in it had changed)
    new_entries integer not null default 0,
    known_entries integer,
    ms integer not null default 0,
    error text
) strict;
create index polls_feed_id_at on polls (feed_id, at, outcome, known_entries);
create index polls_outcome_at on polls (outcome, at);
create index polls_at on polls (at);

create table gaps (
    id integer primary key,
    feed_id integer not null references feeds (id) on delete cascade,
    from_at text not null,
    to_at text not null,
    kind text not null check (kind in ('possible_gap', 'outage', 'silence')),
    because text not null,
    unique (feed_id, kind, from_at)
) strict;
create index gaps_to_at on gaps (to_at);
create index gaps_kind on gaps (kind);

create table _hosts (scope text primary key not null, until text not null, because text not null)
strict, without rowid;

create table _robots (
    host text primary key not null,
    fetched_at text,
    status integer,
    body text,
    failures integer not null default 0,
    retry_at text
) strict, without rowid;
"""

STORIES = """
create table events (
    id integer primary key,
    title text not null,
    first_seen_at text not null,
    last_seen_at text not null,
    stories integer not null default 1,
    articles integer not null default 1,
    outlets integer not null default 1,
    languages integer not null default 1
) strict;
create index events_first_seen_at on events (first_seen_at);
create index events_last_seen_at on events (last_seen_at);

create table stories (
    id integer primary key,
    title text not null,
    -- deferred: a story and its original name each other, and one of the two comes first
    original_id integer references articles (id) deferrable initially deferred,
    first_seen_at text not null,
    last_seen_at text not null,
    articles integer not null default 1,
    outlets integer not null default 1,
    agency text,
    event_id integer references events (id),
    because text               -- why it is a story of its own
) strict;
create index stories_first_seen_at on stories (first_seen_at);
create index stories_last_seen_at on stories (last_seen_at);
create index stories_original_id on stories (original_id);
create index stories_articles on stories (articles);
create index stories_shared on stories (last_seen_at) where articles > 1;
create index stories_agency on stories (agency, first_seen_at) where agency is not null;
create index stories_event_id on stories (event_id) where event_id is not null;

create table articles (
    id integer primary key,
    url text not null unique,
    outlet_id text not null references outlets (id),
    title text not null,
    byline text,
    published_at text,
    first_seen_at text not null,
    language text,
    words integer not null,
    agency text,
    story_id integer not null references stories (id),
    event_id integer references events (id),
    revisions integer not null default 1,
    access text not null default 'unknown' check (access in ('free', 'metered', 'paywall', 'unknown')),
    extractor text not null default ''
) strict;
create index articles_first_seen_at on articles (first_seen_at);
create index articles_published_at on articles (published_at);
create index articles_outlet_id on articles (outlet_id, first_seen_at);
create index articles_language on articles (language, first_seen_at);
create index articles_story_id on articles (story_id, first_seen_at);
create index articles_agency on articles (agency, first_seen_at) where agency is not null;
create index articles_event_id on articles (event_id) where event_id is not null;
create index articles_access on articles (access);
create index articles_revisions on articles (revisions) where revisions > 1;

create table article_text (
    article_id integer primary key references articles (id) on delete cascade,
    text text not null
) strict;

create table addresses (
    url text primary key not null,
    article_id integer not null references articles (id) on delete cascade
) strict, without rowid;
create index addresses_article_id on addresses (article_id);

create table revisions (
    id integer primary key,
    article_id integer not null references articles (id) on delete cascade,
    number integer not null,
    seen_at text not null,
    title text not null,
    text text not null,
    words_added integer not null default 0,
    words_removed integer not null default 0,
    unique (article_id, number)
) strict;
create index revisions_seen_at on revisions (seen_at);

create table copies (
    article_id integer primary key references articles (id) on delete cascade,
    original_id integer not null references articles (id),
    kind text not null check (kind in ('identical', 'shortened', 'extended', 'edited')),
    share real not null,
    share_of_original real not null,
    because text not null,
    evidence text not null
) strict;
create index copies_original_id on copies (original_id);
create index copies_kind on copies (kind);

create table links (
    article_id integer not null references articles (id) on delete cascade,
    other_id integer not null references articles (id) on delete cascade,
    kind text not null check (kind in ('partial', 'series', 'contained', 'quote')),
    share real not null,
    because text not null,
    evidence text not null,
    primary key (article_id, other_id)
) strict;
create index links_other_id on links (other_id);
create index links_kind on links (kind);

create table matches (
    article_id integer not null references articles (id) on delete cascade,
    topic_id text not null references topics (id),
    at text not null,
    because text not null,
    primary key (article_id, topic_id)
) strict;
create index matches_topic_id_at on matches (topic_id, at);
create index matches_at on matches (at);

create table overrides (
    id integer primary key,
    kind text not null check (kind in ('merge', 'split', 'never_merge')),
    url text not null,         -- addresses, not ids: the user's word outlives a re-run
    other_url text,
    at text not null,
    because text
) strict;
create index overrides_url on overrides (url);
create index overrides_other_url on overrides (other_url);

-- One row per hash and story: (hash << 28 | story) - 2^63, so that one b-tree serves both (sketches.py).
create table _sketches (key integer primary key) strict;

-- Rows on their way there: little-endian 64-bit keys of one article each, in order of arrival.
create table _sketches_new (id integer primary key, keys blob not null) strict;

create table _rereads (
    article_id integer primary key references articles (id) on delete cascade,
    url text,
    etag text,
    last_modified text,
    next_read_at text,
    rereads integer not null default 0
) strict;
create index _rereads_next_read_at on _rereads (next_read_at) where next_read_at is not null;

create table _imports (
    digest text primary key not null,
    article_id integer references articles (id) on delete set null,
    at text not null
) strict, without rowid;
create index _imports_article_id on _imports (article_id);
"""

ENTRIES = """
create table entries (
    id integer primary key,
    feed_id integer not null references feeds (id) on delete cascade,
    guid text,
    url text,
    title text not null,
    summary text not null default '',
    author text,
    published_at text,
    first_seen_at text not null,
    last_seen_at text not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'stored', 'off_topic', 'quarantined', 'failed', 'skipped')),
    because text,
    tries integer not null default 0,
    next_try_at text,
    article_id integer references articles (id) on delete set null,
    decided_at text,
    language text,
    key text not null,
    address text,              -- canonical form of `url`
    digest text not null,
    updated_at text,
    published_raw text,
    unique (feed_id, key)
) strict;
create index entries_address on entries (address) where address is not null;
create index entries_article_id on entries (article_id) where article_id is not null;
create index entries_feed_id on entries (feed_id, first_seen_at);
create index entries_first_seen_at on entries (first_seen_at);
create index entries_state on entries (state, first_seen_at);
create index entries_fresh on entries (first_seen_at, published_at) where state = 'waiting' and next_try_at is null;
create index entries_retry on entries (next_try_at)
    where next_try_at is not null and state in ('waiting', 'quarantined', 'failed');

create table _entry_content (
    entry_id integer primary key references entries (id) on delete cascade,
    html text not null
) strict;

create table outbox (
    id integer primary key,
    key text not null unique,
    topic_id text not null references topics (id),
    story_id integer not null references stories (id),
    target text not null,
    state text not null default 'waiting',
    tries integer not null default 0,
    next_try_at text,
    sent_at text,
    last_error text,
    article_id integer references articles (id) on delete set null,
    at text not null           -- when it was put here
) strict;
create index outbox_state on outbox (state, next_try_at);
create index outbox_topic_id on outbox (topic_id);
create index outbox_story_id on outbox (story_id);
create index outbox_article_id on outbox (article_id);
create index outbox_target on outbox (target);
create index outbox_sent_at on outbox (sent_at);
"""

# The index keeps no text of its own: it reads what it shows from the view, so each text is stored once.
# It is kept in step by `desk.py`, in bulk; SQLite 3.40 has no contentless_delete, and triggers would
# cost a statement per row.
SEARCH = """
create view _searchable as
    select articles.id as id, articles.title as title, article_text.text as text
    from articles join article_text on article_text.article_id = articles.id;
create virtual table articles_fts using fts5(
    title, text, content='_searchable', content_rowid='id', tokenize="unicode61 remove_diacritics 2"
);
"""


@migrations()
def m001_tables(db: Database) -> None:
    """Every table of the first version, its indexes and its search index."""
    for script in (FEEDS, STORIES, ENTRIES, SEARCH):
        run_script(db, script)
    db.execute(f"pragma application_id = {APPLICATION_ID}")
    db.execute("pragma user_version = 1")


@migrations()
def m002_views(db: Database) -> None:
    """The views that people open first."""
    create_views(db.conn)
    db.execute("pragma user_version = 2")


def run_script(db: Database, script: str) -> None:
    """Run several statements inside the open transaction (`executescript` would commit it first)."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement) and statement.strip(" ;\n"):
            db.execute(statement)
            statement = ""


# Later migrations stand in modules of their own, and register here, in the order of their numbers.
from monitor.store import overrides_tables  # noqa: E402, F401  # isort: skip
from monitor.store import events_tables  # noqa: E402, F401  # isort: skip
from monitor.store import citizen_tables  # noqa: E402, F401  # isort: skip
from monitor.store import care_tables  # noqa: E402, F401  # isort: skip
from monitor.store import topics_tables  # noqa: E402, F401  # isort: skip
from monitor.store import outbox_tables  # noqa: E402, F401  # isort: skip
from monitor.store import copies_tables  # noqa: E402, F401  # isort: skip
from monitor.store import catchup_tables  # noqa: E402, F401  # isort: skip
from monitor.store import united_tables  # noqa: E402, F401  # isort: skip
from monitor.store import vectors_tables  # noqa: E402, F401  # isort: skip
from monitor.store import near_tables  # noqa: E402, F401  # isort: skip
from monitor.store import gone_tables  # noqa: E402, F401  # isort: skip
from monitor.store import unspaced_tables  # noqa: E402, F401  # isort: skip
from monitor.store import lines_tables  # noqa: E402, F401  # isort: skip
from monitor.store import errands_tables  # noqa: E402, F401  # isort: skip
