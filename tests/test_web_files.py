"""What is written beside the database, what is left alone, and what Datasette is told."""

import random
import sqlite3
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest
import yaml
from browser import build
from datasette.utils import escape_fts

from monitor.errors import MonitorError
from monitor.web import command, own_files, serve, write_files
from monitor.web.beside.plugins import monitor_guard
from monitor.web.files import SETTINGS_FILE, contents, marked
from monitor.web.metadata import encoded
from monitor.web.queries import QUERIES
from monitor.web.tables import START, TABLES


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = build(tmp_path_factory.mktemp("archive") / "monitor.db")
    conn = sqlite3.connect(path)
    conn.create_function("escape_fts", 1, escape_fts)
    yield conn
    conn.close()


def names(paths, folder):
    return sorted(str(path.relative_to(folder)) for path in paths)


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_every_file_is_written_once_and_not_again(tmp_path):
    first, second = write_files(tmp_path), write_files(tmp_path)

    assert {"metadata.yaml", "datasette.yaml", "settings.json", "templates/_table.html", "static/monitor.css",
            "plugins/monitor_guard.py"} <= set(names(first, tmp_path))  # fmt: skip
    assert second == []
    assert own_files(tmp_path) == []
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".new")]


def test_only_what_changed_is_written_anew(tmp_path):
    write_files(tmp_path)

    assert names(write_files(tmp_path, title="Desk"), tmp_path) == ["metadata.yaml"]
    assert yaml.safe_load((tmp_path / "metadata.yaml").read_text())["title"] == "Desk"


@pytest.mark.parametrize("name", ["metadata.yaml", "templates/row.html", "static/monitor.css", SETTINGS_FILE])
@pytest.mark.parametrize("text", ["mine: 1\n", "", "{}", "\xff"], ids=["text", "empty", "json", "bytes"])
def test_a_file_of_the_user_is_left_alone_and_named(tmp_path, name, text):
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text(text, encoding="latin-1")

    written = write_files(tmp_path)

    assert mine not in written
    assert mine.read_text(encoding="latin-1") == text
    assert own_files(tmp_path) == [mine]


@pytest.mark.parametrize("name", ["metadata.yaml", "templates/base.html", "plugins/monitor_pages.py"])
def test_a_file_of_ours_that_the_user_edited_is_left_alone_although_its_first_line_still_stands(
    tmp_path, name
):
    write_files(tmp_path)
    edited = (tmp_path / name).read_text() + "\n# edited\n"
    (tmp_path / name).write_text(edited)

    assert write_files(tmp_path, title="Another") in ([], [tmp_path / "metadata.yaml"])
    assert (tmp_path / name).read_text() == edited
    assert own_files(tmp_path) == [tmp_path / name]


def test_a_file_of_an_older_version_of_ours_is_written_anew(tmp_path):
    (tmp_path / "metadata.yaml").write_text(marked("metadata.yaml", "title: what it was before\n"))

    assert tmp_path / "metadata.yaml" in write_files(tmp_path)
    assert own_files(tmp_path) == []


@pytest.mark.parametrize("name", [name for name in contents("t", "s", ()) if name != SETTINGS_FILE])
def test_every_file_says_on_its_first_line_who_wrote_it(name):
    first = contents("News", "monitor", ())[name].split("\n")[0]

    assert "Written by monitor" in first
    assert first.startswith(
        {".yaml": "# ", ".py": "# ", ".css": "/* ", ".html": "{# "}["." + name.rpartition(".")[2]]
    )


def test_the_title_is_text_and_never_markup(tmp_path):
    write_files(tmp_path, title='Desk: "A" & <b>', database_stem="my news.2026")

    told = yaml.safe_load((tmp_path / "metadata.yaml").read_text())
    assert told["title"] == 'Desk: "A" & <b>'
    assert 'href="my+news~2E2026/latest"' in told["description_html"]
    assert list(told["databases"]) == ["my news.2026", "archive"]


@pytest.mark.parametrize("stem", ["monitor", "my news.2026", "zürich", "a-b_c", "100%", "a~b+c"])
def test_names_in_addresses_are_written_as_datasette_writes_them(stem):
    from datasette.utils import tilde_encode

    assert encoded(stem) == tilde_encode(stem)


# ── what Datasette is told, against the real tables ──────────────────────────────────────────────


def shape(conn):
    """Every table and view with its columns, without the search index's own tables."""
    rows = conn.execute("select name from sqlite_master where type in ('table', 'view')").fetchall()
    named = [name for (name,) in rows if not name.startswith(("articles_fts", "sqlite_"))]
    return {name: [row[1] for row in conn.execute(f"pragma table_info([{name}])")] for name in named}


def test_every_table_and_view_is_described_or_hidden_and_nothing_else(archive):
    assert {name for name in shape(archive) if name != "_searchable"} == set(TABLES)


def test_whatever_begins_with_an_underscore_is_hidden(archive):
    internal = [name for name in shape(archive) if name.startswith("_") and name != "_searchable"]

    assert internal
    assert [name for name in internal if TABLES[name] != {"hidden": True}] == []


def test_every_column_that_is_named_exists(archive):
    columns = shape(archive)
    for name, table in TABLES.items():
        told = {*table.get("columns", {}), *table.get("facets", ())}
        told |= {table[key] for key in ("label_column", "sort", "sort_desc", "fts_pk") if key in table}
        assert told <= set(columns[name]), name


def test_what_one_starts_with_exists():
    assert [name for name, _, _ in START if name not in TABLES and name not in QUERIES] == []
    assert START[0][0] == "latest"


# ── queries ──────────────────────────────────────────────────────────────────────────────────────

ANSWERED = {"topic": {"topic": "ceasefire"}, "search": {"words": "waffenruhe genf"}, "search_fts5": {"query": "waffen*"},
            "story": {"story": "3"}, "why_not": {"words": "taz.example/7"}, "broken_feeds": {},
            "corrections": {"outlet": "faz.example"}, "by_outlet": {"day": "2026-11-01"},
            "who_copied_whom": {"days": "99999"}, "event": {"event": "1"}, "widest_events": {"days": "99999"}}  # fmt: skip
PARAMETERS = ("topic", "words", "query", "story", "event", "outlet", "day", "days")


def ask(conn, name, **values):
    cursor = conn.execute(QUERIES[name]["sql"], dict.fromkeys(PARAMETERS, "") | values)
    return [dict(zip([column[0] for column in cursor.description], row, strict=True)) for row in cursor]


def test_a_feed_that_is_configured_no_more_is_not_broken(archive):
    before = ask(archive, "broken_feeds")
    archive.execute("update feeds set active = 0")
    after = ask(archive, "broken_feeds")
    archive.rollback()

    assert before
    assert [] == after


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_answers_without_parameters_and_finds_rows_with_them(archive, name):
    ask(archive, name)

    assert ask(archive, name, **ANSWERED[name])


def test_a_story_stands_once_under_its_topic_with_why(archive):
    found = ask(archive, "topic", topic="UKRAINE ceasefire talks")

    assert len(found) == len({row["story_id"] for row in found}) == 32
    assert found[-1]["because"] == "… eine [Waffenruhe] …"


def test_who_copied_whom_counts_each_pair_of_outlets(archive):
    found = ask(archive, "who_copied_whom", days="99999")

    assert [(row["original_outlet"], row["copying_outlet"], row["copies"]) for row in found] == [
        ("die tageszeitung", "Frankfurter Allgemeine", 10),
        ("die tageszeitung", "Ukrajinska Prawda", 10),
    ]
    assert all(isinstance(row["average_hours_later"], float) for row in found)
    assert found == ask(archive, "who_copied_whom", days="99999999999")


def test_a_correction_shows_the_headline_before(archive):
    row = ask(archive, "corrections")[0]

    assert (row["title_now"], row["words_added"], row["words_removed"]) == ("Corrected", 12, 3)
    assert row["title_before"].startswith("<script>")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("genf", True), ("genf AND waffenruhe", True), ("nothing OR genf", True), ("genf NOT waffenruhe", False),
        ("waffen*", True), ('"in genf"', True), ('"genf in"', False), ("waffen", False), ("", False), ('"', False),
        ("text : genf", False), ("genf OR", False), ("WAFFENRUHE", True), ("prasident", True),
    ],
)  # fmt: skip
def test_search_understands_words_phrases_beginnings_or_and_not(archive, words, found):
    assert bool(ask(archive, "search", words=words)) == found


HOSTILE = ['"x', "AND", "NEAR(", "-x", "a:b", "^", "\0", "a\0b", "🚀", "x" * 10_000, "';drop table articles", "(", "*", "* *",
           "OR", "NOT", "a OR OR b", "a NOT OR b", "a OR NOT b", '"a"b"', '"\n-x', "\u2028", "{", "col:foo", "+", '""*']  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_s38_no_search_is_refused_by_the_index(archive, words):
    for name in ("search", "why_not", "topic", "corrections", "by_outlet", "who_copied_whom", "story"):
        answer = ask(archive, name, **dict.fromkeys(PARAMETERS, words))
        assert isinstance(answer, list)


def test_s38_no_mixture_of_search_words_is_refused_by_the_index(archive):
    chance = random.Random(38)
    for _ in range(3000):
        words = chance.choice((" ", "")).join(
            chance.choices([*HOSTILE[:9], *HOSTILE[10:], "genf"], k=chance.randrange(7))
        )
        assert isinstance(ask(archive, "search", words=words), list)


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def test_s37_the_command_serves_what_lies_beside_the_database_on_loopback(tmp_path):
    write_files(tmp_path)

    argv = command(tmp_path / "monitor.db", datasette_version="0.65.5")

    assert argv[:5] == [sys.executable, "-m", "datasette", "serve", str(tmp_path / "monitor.db")]
    assert argv[argv.index("--host") + 1] == "127.0.0.1"
    assert argv[argv.index("--metadata") + 1] == str(tmp_path / "metadata.yaml")
    assert argv[argv.index("--static") + 1] == f"static:{tmp_path / 'static'}"
    assert not {"-i", "--immutable", "--config", "--root"} & set(argv)


def test_the_command_gives_the_configuration_file_to_those_versions_that_know_it(tmp_path):
    write_files(tmp_path)

    argv = command(
        tmp_path / "monitor.db", host="::1", port=9000, datasette_version="1.0a41", extra=["--open"]
    )

    assert argv[argv.index("--config") + 1] == str(tmp_path / "datasette.yaml")
    assert (argv[argv.index("--host") + 1], argv[argv.index("--port") + 1], argv[-1]) == (
        "::1",
        "9000",
        "--open",
    )


def test_the_command_leaves_out_files_that_are_not_there(tmp_path):
    assert not {"--metadata", "--template-dir", "--static"} & set(command(tmp_path / "monitor.db"))


def test_a_missing_datasette_is_said_with_the_way_to_get_it(tmp_path, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(serve, "version", missing)

    with pytest.raises(MonitorError, match="pip install"):
        command(tmp_path / "monitor.db")


def test_the_web_room_loads_without_datasette():
    code = "import sys; sys.modules['datasette'] = None; import monitor.web"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ── who may ask ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "passes"),
    [
        ("127.0.0.1:8001", True), ("localhost", True), ("LOCALHOST:8001", True), ("[::1]:8001", True), ("10.1.2.3:80", True),
        ("app.localhost", True), ("desk.example", True), ("Desk.Example.:8001", True), ("evil.example", False),
        ("localhost.evil.example", False), ("127.0.0.1.evil.example", False), ("", False), ("desk.example.evil", False),
        ("[evil]:80", False), ("127.0.0.1@evil.example", False),
    ],
)  # fmt: skip
def test_s37_only_our_names_are_answered(header, passes):
    scope = {"headers": [(b"host", header.encode())]}

    assert monitor_guard.is_ours(monitor_guard.host_of(scope), frozenset({"desk.example", ""})) == passes


def test_s37_a_request_with_two_hosts_is_refused():
    scope = {"headers": [(b"host", b"localhost"), (b"host", b"evil.example")]}

    assert not monitor_guard.is_ours(monitor_guard.host_of(scope), frozenset())
