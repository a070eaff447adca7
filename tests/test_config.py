"""The configuration: what a file means, and where it is found."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.config.rows import Root
from monitor.core.topics import Matcher
from monitor.errors import ConfigError, NotFoundError
from monitor.model import AlertTarget, Article, FeedSource, FetchRules, KeepRules, Schedule

ROOT = Path(__file__).parents[1]
NOON = datetime(2025, 8, 7, 12, tzinfo=UTC)

FULL = """
version: 1
database: ../data/monitor.db          # relative to this file
contact: newsdesk@example.org
topics:
  ukraine-ceasefire:
    title: Ukraine ceasefire talks
    query: >-
      (ukrain* OR kyjiw OR kiew OR kyiv)
      AND (waffenstillstand* OR waffenruhe OR ceasefire OR witkoff OR "peace talks")
    feeds: [taz, tagesschau, https://feeds.bbci.co.uk/news/world/rss.xml]
    schedule: every 10 minutes        # or  cron: "*/10 6-22 * * mon-fri"
    languages: [de, en]
    alert: [desk]
feeds:
  taz: {url: "https://taz.de/!p4608;rss/", outlet: taz}
  tagesschau: https://www.tagesschau.de/infoservices/alle-meldungen-100~rss2.xml
feed_lists: [outlets.opml]
seeds: [../seeds]
alerts:
  desk: {to: "${DESK_WEBHOOK}", when: every story | digest at "07:00"}
fetch: {per_host_delay: 2s, timeout: 20s, max_page: 10MB, proxy: null, allow_private: ["127.0.0.1:8765"]}
keep: {articles: matched, pages: 30 days, entries: 1 year}
workers: 2
"""
OPML = """<opml version="2.0"><body>
<outline text="Nord"><outline text="Küste" xmlUrl="https://kueste.example/rss"/>
<outline text="Hafen" xmlUrl="https://hafen.example/rss"/></outline>
<outline text="Berg" xmlUrl="feed://berg.example/rss"/></body></opml>"""


@pytest.fixture
def load(tmp_path):
    """Write a file as config/monitor.yaml, with what it needs beside it, and load it."""
    (tmp_path / "config").mkdir()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "config" / "outlets.opml").write_text(OPML, encoding="utf-8")

    def loaded(text, **environ):
        path = tmp_path / "config" / "monitor.yaml"
        path.write_text(text, encoding="utf-8")
        return config.load(path, environ)

    return loaded


def one(more="", top="", *, query="a", feeds="https://a.example/rss"):
    """A small configuration with one topic."""
    return f"database: m.db\ntopics:\n  t:\n    query: {query}\n    feeds: {feeds}\n{more}\n{top}\n"


# ── the whole ────────────────────────────────────────────────────────────────────────────────────


def test_a_full_file_becomes_frozen_settings(load, tmp_path):
    got = load(FULL, DESK_WEBHOOK="https://hooks.example/T0/secret")

    topic = got.topics[0]
    assert got.path == tmp_path / "config" / "monitor.yaml"
    assert got.database == tmp_path / "data" / "monitor.db"
    assert got.seeds == (tmp_path / "seeds",)
    assert (topic.id, topic.title) == ("ukraine-ceasefire", "Ukraine ceasefire talks")
    assert topic.query.endswith(
        'kyiv) AND (waffenstillstand* OR waffenruhe OR ceasefire OR witkoff OR "peace talks")'
    )
    assert topic.schedule == Schedule("every 10 minutes", every=timedelta(minutes=10))
    assert topic.feeds == tuple(feed.url for feed in got.feeds)
    assert (topic.languages, topic.outlets, topic.exclude, topic.alert) == (("de", "en"), (), (), ("desk",))
    assert got.feeds == (
        FeedSource("https://taz.de/!p4608;rss/", "taz", "taz"),
        FeedSource("https://www.tagesschau.de/infoservices/alle-meldungen-100~rss2.xml", "tagesschau"),
        FeedSource("https://feeds.bbci.co.uk/news/world/rss.xml"),
    )
    assert got.alerts == (AlertTarget("desk", "https://hooks.example/T0/secret"),)
    assert got.fetch == FetchRules("newsdesk@example.org", allow_private=frozenset({"127.0.0.1:8765"}))
    assert got.keep == KeepRules("matched", pages=timedelta(days=30))
    assert (got.workers, got.tracking_parameters) == (2, ())
    assert "secret" not in repr(got)


def test_a_small_file_has_the_defaults_of_the_model(load):
    got = load(one())

    assert got.topics[0].title == "t"
    assert got.topics[0].schedule == Schedule("every 10 minutes", every=timedelta(minutes=10))
    assert (got.fetch, got.keep, got.workers) == (FetchRules(), KeepRules(), 2)


def test_a_file_without_topics_is_an_archive(load):
    assert load("version: 1\ndatabase: m.db\ntopics:\nfeeds: ~\n").topics == ()


def test_one_value_stands_for_a_list_of_one(load):
    got = load(one("    languages: de\n    outlets: https://www.taz.de/x\n    exclude: BBC.co.uk"))

    topic = got.topics[0]
    assert (topic.languages, topic.outlets, topic.exclude) == (("de",), ("taz.de",), ("bbc.co.uk",))


@pytest.mark.parametrize(
    "text", ["no", "1.10", "12:30", "12:30:00", "017", "0x1F", "1e3", "true", "2024-01-01", "on"]
)
def test_s39_scalars_are_text_as_yaml_1_2_has_it(load, text):
    assert load(one(f"    title: {text}")).topics[0].title == text


@pytest.mark.parametrize("text", ["", "~", "null", "NULL", "'null'", "[]"])
def test_nothing_is_nothing(load, text):
    got = load(one(f"    languages: {text}") if "'" not in text else one(f"    title: {text}"))

    assert (got.topics[0].title, got.topics[0].languages) == ("null" if "'" in text else "t", ())


def test_a_feed_has_one_row_however_often_it_is_named(load):
    got = load(
        "database: m.db\n"
        "topics:\n"
        "  a: {query: a, feeds: [https://x.example/rss, y]}\n"
        "  b: {query: b, feeds: [y, https://y.example/rss?b, x]}\n"
        "feeds: {x: https://x.example/rss, y: {url: https://y.example/rss}, unused: https://z.example}\n"
    )

    assert [(feed.url, feed.name) for feed in got.feeds] == [
        ("https://x.example/rss", "x"),
        ("https://y.example/rss", "y"),
        ("https://y.example/rss?b", None),
    ]
    assert got.topics[1].feeds == (
        "https://y.example/rss",
        "https://y.example/rss?b",
        "https://x.example/rss",
    )


@pytest.mark.parametrize(
    ("feeds", "expected"),
    [
        ("Küste", ["https://kueste.example/rss"]),
        (
            "[Nord, Berg]",
            ["https://kueste.example/rss", "https://hafen.example/rss", "http://berg.example/rss"],
        ),
        (
            "outlets.opml",
            ["https://kueste.example/rss", "https://hafen.example/rss", "http://berg.example/rss"],
        ),
    ],
)
def test_topics_name_feeds_of_a_list_by_title_folder_or_file(load, feeds, expected):
    got = load(one(feeds=feeds, top="feed_lists: outlets.opml"))

    assert list(got.topics[0].feeds) == expected
    assert got.feeds[0].name == "Küste"


def test_lists_of_words_become_a_query(load):
    got = load(one(query='{any: [a, "peace talks"], all: x, none: [sport*]}'))

    assert got.topics[0].query == '((a OR "peace talks") AND x) NOT sport*'


def test_secrets_come_from_the_environment_and_from_files(load, tmp_path):
    (tmp_path / "config" / "hook").write_text("https://hooks.example/1\n")
    (tmp_path / "config" / "proxy").write_text("http://u:p@proxy.example:3128")
    top = "alerts: {a: {to_file: hook}, b: {to: 'https://x.example/${A}$${A}'}}\nfetch: {proxy_file: proxy}"

    got = load(one(top=top), A="sesame")

    assert [alert.to for alert in got.alerts] == ["https://hooks.example/1", "https://x.example/sesame${A}"]
    assert got.fetch.proxy == "http://u:p@proxy.example:3128"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("schedule: every minute", Schedule("every minute", every=timedelta(minutes=1))),
        ("schedule: every 90 seconds", Schedule("every 90 seconds", every=timedelta(seconds=90))),
        ("schedule: Every 1 Hour", Schedule("Every 1 Hour", every=timedelta(hours=1))),
        ("schedule: every 2 days", Schedule("every 2 days", every=timedelta(days=2))),
        ("schedule: {every: 2 hours}", Schedule("every 2 hours", every=timedelta(hours=2))),
        (
            "schedule: '*/10 6-22 * * mon-fri'",
            Schedule("cron: */10 6-22 * * mon-fri", cron="*/10 6-22 * * mon-fri"),
        ),
        ("schedule: 'cron: \"5 4 * * sun\"'", Schedule("cron: 5 4 * * sun", cron="5 4 * * sun")),
        ("schedule: {cron: 0 7 * jan-mar *}", Schedule("cron: 0 7 * 1-3 *", cron="0 7 * 1-3 *")),
        (
            "schedule: {cron: 0 7 * * *, timezone: Europe/Berlin}",
            Schedule("cron: 0 7 * * *", cron="0 7 * * *", timezone="Europe/Berlin"),
        ),
        (
            'cron: "0 7 * * *"\n    timezone: Europe/Kyiv',
            Schedule("cron: 0 7 * * *", cron="0 7 * * *", timezone="Europe/Kyiv"),
        ),
    ],
)
def test_schedules_are_written_in_many_ways(load, lines, expected):
    assert load(one(f"    {lines}")).topics[0].schedule == expected


@pytest.mark.parametrize(
    ("schedule", "feed", "allowed"),
    [
        ("every minute", "https://a.example/rss", "[]"),
        ("every 2 seconds", "http://127.0.0.1:8765/rss", "127.0.0.1:8765"),
        ("every second", "https://NAS.local/rss", "nas.local:*"),
        ("every second", "https://nas.local/rss", "nas.local:443"),
        ("every second", "http://[::1]:80/rss", "'[::1]:80'"),
    ],
)
def test_hosts_of_your_own_have_no_floor_and_public_ones_a_minute(load, schedule, feed, allowed):
    loaded = load(
        one(f"    schedule: {schedule}", feeds=f'"{feed}"', top=f"fetch: {{allow_private: {allowed}}}")
    )

    assert [schedule] == [topic.schedule.text for topic in loaded.topics]


# ── finding it ───────────────────────────────────────────────────────────────────────────────────


def test_the_configuration_is_looked_for_in_order(tmp_path):
    home, xdg = tmp_path / "home", tmp_path / "xdg"
    last = tmp_path / "home/.config/monitor/monitor.yaml"
    environ = {"HOME": str(home)}
    places = [last, xdg / "monitor/monitor.yaml", tmp_path / "monitor.yaml", tmp_path / "config/monitor.yaml"]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("version: 1")
        assert config.find(None, environ, tmp_path) == place
        environ["XDG_CONFIG_HOME"] = str(xdg)

    assert config.find(None, environ | {"MONITOR_CONFIG": "other.yaml"}, tmp_path) == tmp_path / "other.yaml"
    assert config.find("/x.yaml", environ | {"MONITOR_CONFIG": "other.yaml"}, tmp_path) == Path("/x.yaml")
    assert config.find("~/y.yaml", environ, tmp_path) == home / "y.yaml"


def test_no_configuration_is_said_with_where_it_was_looked_for(tmp_path):
    with pytest.raises(NotFoundError, match=r"config/monitor\.yaml.*monitor init"):
        config.find(None, {}, tmp_path)


def test_a_missing_file_and_a_folder_are_different_troubles(tmp_path):
    with pytest.raises(NotFoundError):
        config.load(tmp_path / "none.yaml", {})
    with pytest.raises(ConfigError, match=r":1:1: this is a folder"):
        config.load(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("database: ../data/m.db", "data/m.db"),
        ("topics: {a: {database: no, b: [{database: no}]}}\ndatabase: 'm.db'\nbroken: [", "config/m.db"),
        ("database: ${DATA}/m.db", "elsewhere/m.db"),
        ("database: ~/m.db", "home/m.db"),
        ("\ufeffversion: 1\ndatabase: m.db", "config/m.db"),
    ],
)
def test_the_database_is_found_without_reading_the_rest(tmp_path, text, expected):
    path = tmp_path / "config" / "monitor.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    environ = {"DATA": str(tmp_path / "elsewhere"), "HOME": str(tmp_path / "home")}

    assert config.database_of(path, environ) == tmp_path / expected


@pytest.mark.parametrize("text", ["", "version: 1", "database:", "[", "database: ${NOPE}", "- a\n- database"])
def test_a_database_that_cannot_be_found_is_a_finding(tmp_path, text):
    path = tmp_path / "monitor.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"monitor\.yaml:1:1: "):
        config.database_of(path, {})


def test_finding_the_database_costs_no_pydantic(tmp_path):
    (tmp_path / "m.yaml").write_text("database: m.db\n")
    code = (
        "import sys; from pathlib import Path; from monitor import config;"
        f"config.database_of(Path({str(tmp_path / 'm.yaml')!r}), {{}});"
        "print([name for name in ('pydantic', 'listparser', 'lxml', 'yarl') if name in sys.modules])"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.strip() == "[]"


# ── what ships ───────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_configuration_loads_as_it_is(tmp_path):
    path = tmp_path / "config" / "monitor.yaml"
    path.parent.mkdir()
    (tmp_path / "seeds").mkdir()
    path.write_text(config.default_text(), encoding="utf-8")

    got = config.load(path, {})

    assert len(got.feeds) == len(got.topics[0].feeds) == 15
    assert all(feed.url.startswith("https://") and feed.outlet for feed in got.feeds)


def test_the_shipped_topic_knows_its_subject_in_four_languages(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "seeds").mkdir()
    path = tmp_path / "config" / "monitor.yaml"
    path.write_text(config.default_text(), encoding="utf-8")
    texts = [
        "Ein Waffenstillstandsabkommen zwischen Moskau und Kyjiw",
        "Envoys said a ceasefire in Ukraine was close",
        "Зеленський сказав, що перемир'я можливе",
        "Переговоры о прекращении огня в Украине",
        "Waffenruhe in Gaza",
    ]
    articles = [Article("u", "x.example", "", text, 9, first_seen=NOON) for text in texts]

    got = Matcher(config.load(path, {}).topics).match(articles, [("ukraine-ceasefire",)] * 5)

    assert [bool(found.matches) for found in got] == [True, True, True, True, False]


def test_the_shipped_configuration_names_every_key():
    text = config.default_text()
    nested = {
        key for name in ("FetchRow", "KeepRow") for key in config.json_schema()["$defs"][name]["properties"]
    }

    missing = [key for key in {*Root.model_fields, *nested} - {"proxy_file"} if f"{key}:" not in text]

    assert missing == []


def test_the_committed_schema_is_current():
    committed = json.loads((ROOT / "config" / "monitor.schema.json").read_text(encoding="utf-8"))

    assert committed == config.json_schema(), (
        "config/monitor.schema.json is stale; write it anew: python -c 'import json; from monitor import config; "
        "print(json.dumps(config.json_schema(), indent=2, ensure_ascii=False))' > config/monitor.schema.json"
    )


def test_the_shipped_configuration_shows_editors_its_schema():
    assert config.default_text().startswith("# yaml-language-server: $schema=./monitor.schema.json\n")


def test_every_key_of_the_schema_is_explained_and_no_other_is_allowed():
    schema = config.json_schema()
    objects = [schema, *schema["$defs"].values()]

    assert all(made["additionalProperties"] is False for made in objects)
    assert [
        key
        for made in objects
        for key, rule in made["properties"].items()
        if "description" not in rule and "$ref" not in rule
    ] == []
