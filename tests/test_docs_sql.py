"""What the documents show to people who ask the database themselves runs and finds something; their names and numbers hold."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from copies_texts import BRIDGE, BRIDGE_PARAGRAPHS, OWN, OWN_PARAGRAPHS, lines
from events_texts import REPORTS
from model_scene import told as told_abroad
from store_scene import (
    FEED_A,
    FEED_B,
    article,
    dpa,
    entry,
    following,
    fresh,
    poll,
    quick_store,
    settings,
    topic,
)
from store_scene import text as text_of_its_own

from monitor.core import kinship
from monitor.core.copies import decide
from monitor.core.fingerprint import fingerprint
from monitor.core.meanings import kept, meaning
from monitor.happenings import place_in_event
from monitor.model import Absence, Candidates, Changes, Gap, Match, Outcome, Standard, Verdict
from monitor.store.opening import open_for_reading

ROOT = Path(__file__).parents[1]
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "seeds").glob("*.md")]
DATABASE = ROOT / "docs" / "database.md"
TOPIC = "ukraine-ceasefire"
STATEMENT = " Observers in Kyiv said that a ceasefire had come no nearer that day."

# What the documents ask about "the last day" is asked by SQLite's own clock.
AN_HOUR_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def blocks(language, path):
    text = path.read_text(encoding="utf-8")
    return [found[1] for found in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


QUERIES = [
    (f"{path.name} {number}", sql) for path in DOCS for number, sql in enumerate(blocks("sql", path), 1)
]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A morning with a story, two copies, a loose tie, a correction, a wall, a failing feed and a gap."""
    folder = tmp_path_factory.mktemp("docs") / "data"
    with quick_store(folder / "monitor.db") as store:
        rules = settings(folder, topic(TOPIC, query="ceasefire", feeds=(FEED_A, FEED_B)))
        store.run(lambda books: books.sync(rules, AN_HOUR_AGO))
        entries(store)
        articles(store)
    return folder / "monitor.db"


def entries(store):
    """One feed that serves a page and a wall, one that fails, and a gap in between."""
    harbour, meadow = store.run(lambda books: books.due_feeds(AN_HOUR_AGO))
    served = [entry("read"), entry("wall")]
    gap = Gap(AN_HOUR_AGO - timedelta(hours=9), AN_HOUR_AGO, "outage", "3 polls in a row failed")
    good = poll(harbour, AN_HOUR_AGO, entries=served)
    following_failure = following(AN_HOUR_AGO, state="failing", failures=1)
    bad = poll(meadow, AN_HOUR_AGO, "error", status=503, error="HTTP 503", next=following_failure)
    store.run(lambda books: books.save_poll(good, fresh(*served), gap))
    store.run(lambda books: books.save_poll(bad, Changes(), None))
    wall = Outcome("quarantined", "consent: the page asks for consent", next_try_at=AN_HOUR_AGO, tries=1)
    store.run(lambda books: books.set_entry(2, wall, AN_HOUR_AGO))
    asked = (("harbour.test", f"{AN_HOUR_AGO:%Y-%m-%d}", "feed"), (3, 1, 4000, 0, 0, 0, 0))
    store.run(lambda books: books.add_asked([asked], AN_HOUR_AGO))


def articles(store):
    """A dpa text, a paper that prints its half, one that prints it all, and one that shares some paragraphs."""
    tied = lines(*OWN_PARAGRAPHS, text_of_its_own(7), *BRIDGE_PARAGRAPHS[1:4])
    told = (
        ("first.test", lines(BRIDGE) + STATEMENT, dpa()),
        ("half.test", lines(*BRIDGE_PARAGRAPHS[:5]) + STATEMENT, None),
        ("whole.test", lines(BRIDGE, OWN_PARAGRAPHS[0]), None),
        ("apart.test", tied, None),
        ("words.test", REPORTS["bridge 2"][2], None),
    )
    for number, (outlet, text, credit) in enumerate(told):
        place(store, outlet, text, AN_HOUR_AGO + timedelta(minutes=number), credit)
    for name in ("ferries de", "cup en"):
        store.run(lambda books, name=name: with_a_model(books, told_abroad(name)))
    store.run(lambda books: books.announce(TOPIC, 1, "desk", AN_HOUR_AGO))
    store.run(lambda books: books.set_entry(1, Outcome("stored", "starts a story", 1), AN_HOUR_AGO))
    corrected = article("x", text=lines(OWN, tied), title="Corrected")
    store.run(lambda books: books.add_revision(books.article(4), corrected, None, AN_HOUR_AGO))
    gone = Absence(AN_HOUR_AGO, AN_HOUR_AGO, "HTTP 410")
    store.run(lambda books: books.absent(books.article(3), gone))


class Elsewhere:
    """A model to which no two texts of two languages mean the same."""

    standard = Standard("potion", 0.8)

    def of(self, article):
        return meaning(1, kept((1.0, 2.0) if article.language == "de" else (2.0, 0.5)))


def with_a_model(books, one):
    number = books.add_article(one, Verdict("alone"), (), one.first_seen)
    place_in_event(books, one, number, Verdict("alone"), Elsewhere())


def place(store, outlet, text, at, credit):
    one = article(
        "bridge", text=text, url=f"https://{outlet}/bridge", outlet_id=outlet, title=f"Bridge talks at {outlet}",
        first_seen=at, credit=credit, fingerprint=fingerprint(text),
    )  # fmt: skip

    def work(books):
        verdict = decide(one, books.candidates(one.fingerprint, language="en") or Candidates())
        number = books.add_article(one, verdict, [Match(TOPIC, "a [ceasefire] had come")], at)
        place_in_event(books, one, number, verdict)
        return number

    return store.run(work)


@pytest.mark.parametrize("sql", [sql for _, sql in QUERIES], ids=[name for name, _ in QUERIES])
def test_every_query_of_the_documents_runs_and_finds_something(database, sql):
    with closing(open_for_reading(database)) as conn:
        rows = conn.execute(sql).fetchall()

    assert rows


def test_the_page_on_the_database_has_queries():
    assert len(blocks("sql", DATABASE)) > 10


def test_the_evidence_of_a_copy_is_computed_again_as_the_page_says(database, monkeypatch, capsys):
    (program,) = blocks("python", DATABASE)
    monkeypatch.chdir(database.parents[1])
    names = {}
    exec(compile(program, str(DATABASE), "exec"), names)
    names["conn"].close()

    assert capsys.readouterr().out
    assert names["again"].passages


def test_no_section_speaks_of_a_table_or_column_that_is_not_there(database):
    text = DATABASE.read_text(encoding="utf-8")
    with closing(sqlite3.connect(database)) as conn:
        for name, section in re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL):
            columns = {row[1] for row in conn.execute(f"pragma table_info({name})")}
            told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

            assert columns == set(told), name
            assert len(told) == len(set(told)), name


def test_the_allowed_values_of_a_column_are_those_on_the_page(database):
    """What a `check (column in (…))` allows has to be explained."""
    text = DATABASE.read_text(encoding="utf-8")
    with closing(sqlite3.connect(database)) as conn:
        tables = conn.execute(
            "select name, sql from sqlite_master where type = 'table' and sql like '%check (%'"
        )
        allowed = [
            (table, column, value)
            for table, sql in tables
            for column, values in re.findall(r"check \((\w+) in \(([^)]*)\)\)", sql)
            for value in re.findall(r"'(\w+)'", values)
        ]
    for table, column, value in allowed:
        section = re.search(rf"^### `{table}`\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)[1]
        (line,) = re.findall(rf"^\| `{column}` \|.*$", section, re.MULTILINE)

        assert f"`{value}`" in line, f"{table}.{column} may be {value}"
    assert len(allowed) > 20


def test_every_file_that_the_documents_name_is_there():
    for path in DOCS:
        for name in re.findall(
            r"`((?:monitor|tests|benchmarks|config)/[\w./-]*(?:/|\.[a-z]+))`",
            path.read_text(encoding="utf-8"),
        ):
            assert (ROOT / name).exists(), f"{path.name}: {name} is not there"


def test_the_thresholds_on_the_page_are_those_of_the_code():
    text = (ROOT / "docs" / "design-notes.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| ([\d./]+) \|", text, re.MULTILINE))

    assert len(told) > 5
    assert {name: getattr(kinship, name) for name in told} == {
        name: float(Fraction(n)) for name, n in told.items()
    }
