"""Earlier stories from files: nothing twice, nothing of the live web overwritten."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from events_texts import report
from import_texts import ENGLISH, GERMAN, UKRAINIAN, record
from town import Town, sentences

from monitor.cli import cli
from monitor.earlier import Report, Story, read_file
from monitor.imports import digest_of, outlet_of


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "monitor.yaml").write_text(
        "version: 1\ndatabase: data/monitor.db\ntopics:\n  t: {title: T, query: genf OR wien OR doha, "
        "feeds: ['https://example.org/feed.xml'], schedule: every 10 minutes}\n"
    )
    return tmp_path


def bring(desk, *files):
    found = CliRunner().invoke(cli, ["import", "-c", str(desk / "monitor.yaml"), *map(str, files)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def rows(desk, query):
    with sqlite3.connect(desk / "data" / "monitor.db") as conn:
        return conn.execute(query).fetchall()


def line(text, **more):
    import json

    return json.dumps({"url": "https://paper.test/1", "title": "One", "text": text, **more})


def test_the_same_address_twice_is_one_article_with_a_revision_and_stays_so(desk):
    path = desk / "a.jsonl"
    path.write_text(line(sentences("one", 12)) + "\n" + line(sentences("two", 12)) + "\n")
    bring(desk, path)
    before = rows(desk, "select number, title, words_added, words_removed from revisions order by number")
    again = bring(desk, path)

    assert [1, 2] == [row[0] for row in before]
    assert before == rows(
        desk, "select number, title, words_added, words_removed from revisions order by number"
    )
    assert "2 known already" in again.output


def test_an_edited_seed_is_a_revision(desk):
    path = desk / "one.txt"
    path.write_text(f"Title: One\n\n{sentences('one', 12)}")
    bring(desk, path)
    path.write_text(f"Title: One, corrected\n\n{sentences('one', 12)}")
    bring(desk, path)

    assert [("One, corrected", 2)] == rows(desk, "select title, revisions from articles")


async def test_an_import_never_overwrites_what_was_read_from_the_web(tmp_path):
    import asyncio

    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand in Genf", sentences("wire", 24))
        path = town.config(tmp_path)
        await asyncio.to_thread(CliRunner().invoke, cli, ["poll", "--all", "-c", str(path)])
        older = tmp_path / "older.jsonl"
        older.write_text(
            line(sentences("older", 24), url=f"{town.outlets[0].address}/a", title="Waffenstillstand")
        )
        found = await asyncio.to_thread(CliRunner().invoke, cli, ["import", "-c", str(path), str(older)])
    with sqlite3.connect(next(tmp_path.rglob("monitor.db"))) as conn:
        told = conn.execute("select title, revisions from articles").fetchall()

    assert [("Waffenstillstand in Genf", 1)] == told
    assert "1 known already" in found.output


@pytest.mark.parametrize(
    ("outlet", "expected"),
    [
        (None, "seed"),
        ("taz.de", "taz.de"),
        ("www.taz.de", "taz.de"),
        ("The Paper", "the-paper"),
        ("Süddeutsche", "süddeutsche"),
        ("a, b & c", "a-b-c"),
        ("!", "seed"),
    ],
)
def test_an_outlet_is_told_by_its_domain_or_by_its_name(outlet, expected):
    assert expected == outlet_of(Story("file", "file", outlet=outlet), None)


def test_the_name_of_an_outlet_is_kept_where_it_has_none(desk):
    path = desk / "a.jsonl"
    path.write_text(line(sentences("one", 12), outlet="The Paper") + "\n")
    bring(desk, path)

    assert [("paper.test", "The Paper")] == rows(desk, "select id, name from outlets where id = 'paper.test'")


def test_lines_come_oldest_first_and_bad_ones_cost_only_themselves(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        line("Later.", published="2025-08-07T06:00:00+02:00")
        + "\n{broken\n[1]\n"
        + line("Earlier.", published="2025-08-06")
        + "\n"
        + line("")
    )
    report = Report()
    stories = list(read_file(path, report))

    assert ["Earlier.", "Later."] == [story.text for story in stories]
    assert datetime(2025, 8, 7, 4, tzinfo=UTC) == stories[1].published
    assert [":2:", ":3:", ":5:"] == [":" + failure.split(":")[1] + ":" for failure in report.failed]


KEPT = "select url, title, published_at, first_seen_at, byline, outlet_id, story_id from articles order by id"


def test_what_is_exported_comes_in_elsewhere_as_it_was(tmp_path):
    """Twice over: also what has no page of its own, two of one feed among them, and when each was first seen."""
    first = tmp_path / "rows.jsonl"
    exported = {"extractor": "feed content", "first_seen_at": "2026-03-01T10:00:00Z", "byline": "A. Reporter"}
    told = [
        {"url": "https://paper.test/feed.xml#one", "title": "One", "published_at": "2026-02-28T09:00:00Z"},
        {"url": "https://paper.test/feed.xml#two", "title": "Two"},
        {"url": "seed:a.jsonl#7", "title": "Three"},
        {"url": "https://paper.test/x", "title": "Four", "extractor": "trafilatura"},
    ]
    first.write_text("".join(story_of(row["title"], **exported | row) for row in told))
    seen = []
    for number, path in enumerate([first, tmp_path / "again.jsonl"]):
        place = tmp_path / str(number)
        place.mkdir()
        config = place / "monitor.yaml"
        config.write_text("version: 1\ndatabase: data/monitor.db\n")
        bring(place, path)
        seen.append(rows(place, KEPT))
        said = ["export", "articles", "--text", "-o", str(tmp_path / "again.jsonl"), "-c", str(config)]
        assert 0 == CliRunner().invoke(cli, said).exit_code

    assert seen[0] == seen[1]
    assert [row["url"] for row in told] == [row[0] for row in seen[0]]
    assert [("2026-02-28T09:00:00Z", "2026-03-01T10:00:00Z", "A. Reporter", "paper.test")] == [
        row[2:6] for row in seen[0][:1]
    ]
    assert "4 known already" in bring(place, path).output


def put(folder, **files):
    """Files in a folder, by their names with `__` for `/`."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def story_of(seed, **more):
    import json

    return json.dumps({"text": sentences(seed, 12), **more}) + "\n"


ADDRESSES = "select url, title, revisions from articles order by url"


def test_stories_of_one_name_in_two_folders_and_of_one_id_in_two_files_are_four_articles(desk):
    older = put(
        desk / "older",
        a__lead_txt=f"Title: Goals\n\n{sentences('goals', 12)}",
        b__lead_txt=f"Title: Bread\n\n{sentences('bread', 12)}",
        jan_jsonl=story_of("snow", id=1, title="Snow"),
        feb_jsonl=story_of("thaw", id=1, title="Thaw"),
    )
    found = bring(desk, older)
    expected = [
        ("seed:a/lead.txt", "Goals", 1),
        ("seed:b/lead.txt", "Bread", 1),
        ("seed:feb.jsonl#1", "Thaw", 1),
        ("seed:jan.jsonl#1", "Snow", 1),
    ]

    assert expected == rows(desk, ADDRESSES)
    assert "4 imported" in found.output


def test_the_same_folder_from_another_place_changes_nothing(desk):
    for place in ("here", "there"):
        older = put(desk / place, a__lead_txt=sentences("goals", 12), b__lead_txt=sentences("bread", 12))
        found = bring(desk, older)

    assert [("seed:a/lead.txt", 1), ("seed:b/lead.txt", 1)] == rows(
        desk, "select url, revisions from articles order by url"
    )
    assert "2 known already" in found.output


def test_files_of_one_name_that_are_named_singly_are_no_versions_of_each_other(desk):
    older = put(
        desk,
        a__lead_txt=f"Title: Goals\n\n{sentences('goals', 12)}",
        b__lead_txt=f"Title: Bread\n\n{sentences('goals', 11)} {sentences('bread', 4)}",
    )
    bring(desk, older / "a" / "lead.txt")
    bring(desk, older / "b" / "lead.txt")
    put(desk, b__lead_txt=f"Title: Bread, again\n\n{sentences('bread', 12)}")
    bring(desk, older / "b" / "lead.txt")
    (first, second) = rows(desk, ADDRESSES)

    assert ("seed:lead.txt", "Goals", 1) == first
    assert ("seed:lead.txt~", "Bread, again", 2) == (second[0][:14], *second[1:])


def test_saved_pages_of_one_name_in_two_folders_are_two_articles(desk):
    def page(seed):
        body = f"<article><h1>{seed}</h1><p>{sentences(seed, 4)}</p><p>{sentences(seed, 8)}</p></article>"
        return f"<html><head><title>{seed}</title></head><body>{body}</body></html>"

    bring(desk, put(desk / "saved", a__index_html=page("goals"), b__index_html=page("bread")))

    assert [("seed:a/index.html",), ("seed:b/index.html",)] == rows(
        desk, "select url from articles order by url"
    )


def test_an_archive_made_when_addresses_were_bare_names_keeps_its_versions_and_takes_no_other_text(desk):
    older = put(desk / "older", a__lead_txt=f"Title: Goals\n\n{sentences('goals', 12)}")
    bring(desk, older)
    with sqlite3.connect(desk / "data" / "monitor.db") as conn:  # as it was then
        digest = digest_of(next(read_file(older / "a" / "lead.txt", Report())))
        conn.execute("delete from _imports where digest <> ?", (digest,))
        conn.execute("update articles set url = 'seed:lead.txt'")
        conn.execute("update addresses set url = 'seed:lead.txt'")
    again = bring(desk, older)
    put(
        older,
        a__lead_txt=f"Title: Goals!\n\n{sentences('goals', 12)}",
        b__lead_txt=f"Title: Bread\n\n{sentences('bread', 12)}",
    )
    bring(desk, older)

    assert "1 known already" in again.output
    assert [("seed:b/lead.txt", "Bread", 1), ("seed:lead.txt", "Goals!", 2)] == rows(desk, ADDRESSES)


def test_what_earlier_versions_imported_is_known_by_the_same_digest():
    told = Story("f", "a.txt", title="T", text="x", published=datetime(2025, 8, 6, tzinfo=UTC))

    assert "54cb59511c0bb6580fd1b5b9231dda0c" == digest_of(told)
    assert digest_of(told) == digest_of(replace(told, source="g", seed="seed:b/a.txt", file="/b/a.txt"))


def test_a_web_archive_that_breaks_off_in_its_first_record_costs_no_other_file(desk):
    pytest.importorskip("warcio")
    older = put(desk / "older", z_txt=sentences("goals", 12))
    (older / "a.warc").write_bytes(record(body=b"HTTP/1.1 200 OK\r\n", length=99999)[:-4])
    (older / "b.warc").write_bytes(b"WARC/1.0\r\n" + bytes(range(256)))
    found = bring(desk, older)

    assert [("seed:z.txt",)] == rows(desk, "select url from articles")
    assert "1 imported" in found.output
    assert "a.warc" in found.output
    assert 3 == found.exit_code


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_saved_page_is_read_in_the_encoding_that_it_was_written_in(desk, encoding):
    path = desk / "a.html"
    body = f"<h1>Waffenruhe</h1><p>{GERMAN}</p><p>{sentences('more', 8)}</p>"
    path.write_bytes(f"<html><body><article>{body}</article></body></html>".encode(encoding))
    bring(desk, path)

    ((text,),) = rows(desk, "select r.text from articles a join revisions r on r.article_id = a.id")
    assert GERMAN in text


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        (GERMAN, {}, "de"),
        (UKRAINIAN, {}, "uk"),
        (ENGLISH, {}, "en"),
        (ENGLISH, {"language": "de"}, "en"),
        (GERMAN, {"language": "de-AT"}, "de"),
        ("Goals.", {}, None),
        ("Goals.", {"language": "en"}, "en"),
    ],
)
def test_an_imported_text_has_the_language_that_it_is_written_in(desk, text, declared, expected):
    (desk / "a.jsonl").write_text(line(text, **declared))
    bring(desk, desk / "a.jsonl")

    assert [(expected,)] == rows(desk, "select language from articles")


def test_a_topic_of_one_language_takes_no_imported_text_of_another(desk):
    settings = desk / "monitor.yaml"
    settings.write_text(
        settings.read_text().replace("genf OR wien OR doha, ", "goals OR waffenruhe, languages: [de], ")
    )
    (desk / "a.txt").write_text(ENGLISH)
    (desk / "b.txt").write_text(GERMAN)
    bring(desk, desk / "a.txt", desk / "b.txt")

    assert [("seed:b.txt",)] == rows(
        desk, "select a.url from matches m join articles a on a.id = m.article_id"
    )


def dated(name):
    """A story dated next century, as a file of this kind says it."""
    if name.endswith(".jsonl"):
        return line(GERMAN, published="2131-01-01")
    if name.endswith(".txt"):
        return f"Published: 2131-01-01T00:00:00+02:00\n\n{GERMAN}"
    stamp = '<meta property="article:published_time" content="2131-01-01T00:00:00Z">'
    body = f"<h1>Waffenruhe</h1><p>{GERMAN}</p><p>{sentences('more', 8)}</p>"
    return f"<html><head>{stamp}</head><body><article>{body}</article></body></html>"


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.html"])
def test_a_date_in_the_future_becomes_the_time_of_the_import(desk, name):
    (desk / name).write_text(dated(name))
    bring(desk, desk / name)
    now = datetime.now(UTC).isoformat()[:19]

    ((published, first_seen),) = rows(desk, "select published_at, first_seen_at from articles")
    assert [True, True] == [published[:19] <= now, first_seen[:19] <= now]


def test_at_its_end_an_import_has_looked_at_all_events_again(desk):
    """Nothing comes after an archive that would be an occasion."""
    reports = [report(name, hours=hours) for hours, name in enumerate(("bridge 1", "bridge 2", "bridge 3"))]
    path = desk / "archive.jsonl"
    path.write_text(
        "".join(
            line(
                one.text,
                url=one.url,
                title=one.title,
                outlet=one.outlet_id,
                published=one.published.isoformat(),
            )
            + "\n"
            for one in reports
        )
    )
    bring(desk, path)

    assert [(3, 1)] == rows(desk, "select count(*), count(distinct event_id) from articles")
    assert [] == rows(desk, "select * from _event_looks")
    with sqlite3.connect(desk / "data" / "monitor.db") as conn:
        conn.execute("insert into _event_looks values (1, '2021-01-01T00:00:00Z')")
    bring(desk, path)  # brings nothing, and ends what one that was cut short has left

    assert [] == rows(desk, "select * from _event_looks")
    assert [(6,)] == rows(desk, "select count(*) from _event_near")


def test_files_in_a_folder_that_hold_no_stories_are_named_and_are_no_failure(desk):
    folder = put(desk / "mixed", a_txt=f"Title: Goals\n\n{sentences('goals', 12)}", b_pdf="%PDF", c_docx="PK")
    (folder / ".hidden").write_text("")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("")
    found = bring(desk, folder)

    assert (0, True) == (found.exit_code, "1 imported" in found.stdout)
    assert (
        f"2 files left out, of types that hold no stories:\n  {folder}/b.pdf\n  {folder}/c.docx\n"
        in found.stderr
    )
