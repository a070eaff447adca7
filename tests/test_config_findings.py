"""What is wrong with a configuration: each mistake with its line and column, all of them at once, no secret."""

import re
import subprocess
import sys
import time

import pytest

from monitor import config
from monitor.errors import ConfigError

GOOD = """version: 1
database: m.db
topics:
  t:
    query: ukrain* AND kyiv
    feeds: [a, https://b.example/rss]
    schedule: every 10 minutes
feeds:
  a: https://a.example/rss
"""


@pytest.fixture
def findings(tmp_path):
    """Load a file; the findings without the path before them."""
    path = tmp_path / "monitor.yaml"

    def found(text, **environ):
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        try:
            config.load(path, environ)
        except ConfigError as error:
            lines = error.findings
        else:
            return []
        assert all(line.startswith(f"{path}:") for line in lines)
        return [line.removeprefix(f"{path}:") for line in lines]

    return found


def test_the_good_file_is_good(findings):
    assert findings(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version: 1", "version: 2", "1:10: version: this program reads version 1, not '2'"),
        ("database:", "databse:", "2:1: unknown key 'databse'; did you mean 'database'?"),
        ("database: m.db", "database:", "2:1: database: is empty"),
        ("database: m.db", "database: .", "2:11: database: '.' is a folder; the database is a file"),
        ("schedule:", "shedule:", "7:5: topics.t: unknown key 'shedule'; did you mean 'schedule'?"),
        ("  t:", "  t u:", "4:3: topics.t u: a name is made of letters, digits, '-', '_' and '.'"),
        ("ukrain* AND kyiv", "ukrain* AND AND kyiv", "5:24: topics.t.query: AND stands where a word is meant; it belongs between two, as in: this AND that"),
        ("query: ukrain* AND kyiv", "query: ", "5:5: topics.t.query: is empty"),
        ("query: ukrain* AND kyiv", "title: x", "4:3: topics.t.query: is missing"),
        ("ukrain* AND kyiv", "{none: a}", "5:12: topics.t.query: say under 'any' or 'all' which words must be there"),
        ("ukrain* AND kyiv", "{any: [a, '?']}", "5:12: topics.t.query: '?' holds no word to look for"),
        ("ukrain* AND kyiv", "{amy: a}", "5:13: topics.t.query: unknown key 'amy'; did you mean 'any'?"),
        ("ukrain* AND kyiv", "[a, b]", "5:12: topics.t.query: keys with values are meant here, not a list"),
        ("query: ukrain* AND kyiv", "query: ukrain* AND kyiv\n    name: x", "6:5: topics.t: unknown key 'name'; there are title, query, feeds, schedule, cron, timezone, languages, outlets, exclude, spellings, alert, rise"),
        ("[a, https", "[aa, https", "6:13: topics.t.feeds: there is no feed named 'aa'; did you mean 'a'?"),
        ("[a, https", "[b.example/rss, https", "6:13: topics.t.feeds: there is no feed named 'b.example/rss'; an address begins with https://"),
        ("[a, https", "[ftp://b.example/rss, https", "6:13: topics.t.feeds: 'ftp://b.example/…' is no web address: only http and https are asked"),
        ("[a, https", "[a, a, https", "6:16: topics.t.feeds: 'a' is listed already"),
        ("[a, https", "[a, https://a.example/rss, https", "6:16: topics.t.feeds: 'https://a.example/…' is listed already"),
        ("[a, https", "[a, ~, https", "6:16: topics.t.feeds: is empty"),
        ("    feeds: [a, https://b.example/rss]\n", "", "4:3: topics.t: the topic has no feeds; name at least one under 'feeds'"),
        ("[a, https://b.example/rss]", "[]", "4:3: topics.t: the topic has no feeds; name at least one under 'feeds'"),
        ("every 10 minutes", "every 10 minuts", "7:15: topics.t.schedule: 'every 10 minuts' is no schedule; write 'every 10 minutes' or a cron line; did you mean 'minutes'?"),
        ("every 10 minutes", "every 30 seconds", "7:15: topics.t.schedule: 'every 30 seconds' is too often for a.example: public sites are asked every 5 minutes at most, every minute where they allow it"),
        ("every 10 minutes", "{cron: 61 * * * *}", "7:22: topics.t.schedule.cron: cron: the minute 61 is not between 0 and 59"),
        ("every 10 minutes", "{cron: 1 * * * *, timezone: Europe/Brlin}", "7:43: topics.t.schedule.timezone: 'Europe/Brlin' is no time zone; did you mean 'Europe/Berlin'?"),
        ("every 10 minutes", "{cron: 1 * * * *, timezone: ../../etc/passwd}", "7:43: topics.t.schedule.timezone: '../../etc/passwd' is no time zone, such as Europe/Berlin"),
        ("every 10 minutes", "every 10 minutes\n    cron: 1 * * * *", "4:3: topics.t: the schedule is said twice; 'schedule' or 'cron' is meant"),
        ("every 10 minutes", "every 10 minutes\n    languages: german", "8:16: topics.t.languages: 'german' is no language; write its code, as in de or en"),
        ("every 10 minutes", "every 10 minutes\n    languages: de, EN,uk", "8:16: topics.t.languages: 'de, EN,uk' is no language; several are a list: [de, en, uk]"),
        ("every 10 minutes", "every 10 minutes\n    languages: [ua, deu, gr]", "8:26: topics.t.languages: 'gr' is no language; write its code, as in de or en"),
        ("  a: https", "  c:\n  a: https", "9:3: feeds.c: is empty"),
        ("database: m.db", "database: m.db\nalerts: {desk: }", "3:10: alerts.desk: is empty"),
        ("topics:", "saved: {x: }\ntopics:", "3:9: saved.x: is empty"),
        ("  t:", "  u:\n  t:", "4:3: topics.u: is empty"),
        ("every 10 minutes", "every 10 minutes\n    outlets: [taz]", "8:15: topics.t.outlets: 'taz' is no outlet; write its domain, as in taz.de"),
        ("every 10 minutes", "every 10 minutes\n    alert: [desk]", "8:13: topics.t.alert: there is no alert named 'desk' under 'alerts'"),
        ("  a: https", "  c: https://a.example/rss\n  a: https", "10:6: feeds.a: the same address stands in line 9, as 'c'"),
        ("  a: https", "  c: {outlet: x}\n  a: https", "9:3: feeds.c: url is missing"),
        ("  a: https", "  c: taz.de/rss\n  a: https", "9:6: feeds.c: 'taz.de/rss' is no web address; an address begins with https://"),
        ("a: https://a.example/rss", "a: {outler: x, url: https://a.example/rss}", "9:7: feeds.a: unknown key 'outler'; did you mean 'outlet'?"),
        ("  a: https", "  a: https://c.example\n  a: https", "10:3: the key 'a' stands here and in line 9"),
        ("feeds:\n  a: ", "fetch: {timeout: 2 xyz}\nfeeds:\n  a: ", "8:18: fetch.timeout: '2 xyz' is not understood; a time needs its unit, as in 2s"),
        ("feeds:\n  a: ", "fetch: {timeout: 20m}\nfeeds:\n  a: ", "8:18: fetch.timeout: '20m' is not between 1s and 10 minutes"),
        ("feeds:\n  a: ", "fetch: {max_page: 10GBs}\nfeeds:\n  a: ", "8:19: fetch.max_page: '10GBs' is not between 10kB and 1GB"),
        ("feeds:\n  a: ", "fetch: {allow_private: [10.0.0.0/8]}\nfeeds:\n  a: ", "8:25: fetch.allow_private: '10.0.0.0/8' is no host with its port, as in '127.0.0.1:8765' or 'nas.local:*'"),
        ("feeds:\n  a: ", "fetch: {allow_private: '*:*'}\nfeeds:\n  a: ", "8:24: fetch.allow_private: '*:*' is no host with its port, as in '127.0.0.1:8765' or 'nas.local:*'"),
        ("feeds:\n  a: ", "keep: {articles: al}\nfeeds:\n  a: ", "8:18: keep.articles: 'al' is neither 'matched' nor 'all'; did you mean 'all'?"),
        ("feeds:\n  a: ", "keep: [x]\nfeeds:\n  a: ", "8:7: keep: keys with values are meant here, not a list"),
        ("feeds:\n  a: ", "keep: {pages: 30}\nfeeds:\n  a: ", "8:15: keep.pages: '30' is not understood; a time needs its unit, as in 2s or 30 days"),
        ("feeds:\n  a: ", "keep: {reread: [1h, 1s]}\nfeeds:\n  a: ", "8:21: keep.reread: '1s' is too short; at least one minute"),
        ("feeds:\n  a: ", "workers: 0\nfeeds:\n  a: ", "8:10: workers: '0' is no number of processes (1 to 256)"),
        ("feeds:\n  a: ", "seeds: [nowhere]\nfeeds:\n  a: ", "8:9: seeds: there is no file or folder 'nowhere'"),
        ("feeds:\n  a: ", "feed_lists: no.opml\nfeeds:\n  a: ", "8:13: feed_lists: 'no.opml' cannot be read: No such file or directory"),
        ("feeds:\n  a: ", "feed_lists: monitor.yaml\nfeeds:\n  a: ", "8:13: feed_lists: 'monitor.yaml': this is no OPML document: it has no <opml> element"),
        ("feeds:\n  a: ", 'contact: "a\\nHost: b"\nfeeds:\n  a: ', "8:10: contact: is no e-mail or web address in plain letters"),
        ("feeds:\n  a: ", "alerts: {d: {when: every story}}\nfeeds:\n  a: ", "8:10: alerts.d: to is missing: the webhook's address, as '${NAME}'"),
        ("feeds:\n  a: ", "alerts: {d: {to: '${HOOK}'}}\nfeeds:\n  a: ", "8:18: the environment variable HOOK is not set"),
        ("feeds:\n  a: ", "alerts: {d: {to_file: hook}}\nfeeds:\n  a: ", "8:23: to_file: the file 'hook' cannot be read: No such file or directory"),
        ("feeds:\n  a: ", "alerts: {d: {to: x.y, when: daily}}\nfeeds:\n  a: ", ["8:18: alerts.d.to: is no web address; it begins with https:// (or http://), or with mailto: for e-mail, or is an address of Apprise (ntfy://…)", "8:29: alerts.d.when: 'daily' is not understood; write 'every story' or 'digest at \"07:00\"'"]),
        ("feeds:\n  a: ", "tracking_parameters: ['a b']\nfeeds:\n  a: ", "8:23: tracking_parameters: 'a b' is no name of a query parameter, as in 'utm_*'"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_at_its_place(findings, old, new, expected):
    assert old in GOOD

    got = findings(GOOD.replace(old, new, 1))

    assert got == ([expected] if isinstance(expected, str) else expected)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(findings):
    got = findings("""version: 3
topics:
  one:
    quary: a
    feeds: [nobody]
    alert: nowhere
  two:
    query: >-
      (kyiv OR
        "moscow) AND
      x
    feeds: [https://a.example/1, gopher://x]
    schedule: every second
  three:
    query: x y (
    schedule: {cron: "* * * * fri-mun"}
alerts: {desk: {to: nothing, when: never}}
seeds: [x, y]
workers: some
""")

    assert [line.split(" ")[0] + " " + line.split(" ")[1] for line in got] == [
        "1:1: database:", "1:10: version:", "4:5: topics.one:",
        "5:13: topics.one.feeds:", "6:12: topics.one.alert:", "10:9: topics.two.query:",
        "12:34: topics.two.feeds:", "13:15: topics.two.schedule:", "14:3: topics.three:",
        "15:16: topics.three.query:", "16:22: topics.three.schedule.cron:", "17:21: alerts.desk.to:",
        "17:36: alerts.desk.when:", "18:9: seeds:", "18:12: seeds:", "19:10: workers:",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'it''s AND AND b'", "5:15"),
        ("'\"it''s\" AND AND b'", "5:25"),
        ('"a \\"b\\u0020c\\" AND AND b"', "5:32"),
        ("|\n      a AND\n\n        AND b", "8:9"),
        (">2\n      a # no comment\n      AND AND b", "6:9"),
        ("a AND\n      AND b", "6:7"),
        ("'a AND\n      AND b'", "6:7"),
        ("> # a comment\n      a AND AND b", "6:13"),
        ("a AND", "5:14"),
    ],
)
def test_a_query_fails_at_its_word_however_it_is_written(findings, value, expected):
    got = findings(GOOD.replace("ukrain* AND kyiv", value))

    assert [":".join(line.split(":")[:2]) for line in got] == [expected]


# ── YAML ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: a configuration is a mapping"),
        ("- a", "1:1: a configuration is a mapping"),
        ("version: 1\nx: [1", "3:1: this is not YAML: "),
        ("version: 1\nfetch:\n\ttimeout: 2s", "3:1: a tab stands here"),
        ("version: 1\nfetch:\n\ttimeout: 2s\n  max_page: 5MB", "3:1: a tab stands here"),
        ("version: 1\ndatabase: a: b", "2:12: this is not YAML: mapping values"),
        ("version: 1\nx: a\0b", "2:5: a character stands here"),
        (b"version: 1\nx: gr\xfc\xdfe", "2:6: the file is not UTF-8"),
        ("version: 1\n---\nversion: 1", "2:1: a second document"),
        ("[" * 5000, "1:18: nested deeper than 16 levels"),
        ("a: " + "{a: " * 100, "1:6"),
        ("a: &a [x]\nb: *a", "2:4: aliases"),
        ("a: !!python/object/apply:os.system [ls]", "1:4: tags"),
        ("a: !include x", "1:4: tags"),
        ("? [a]\n: b", "1:3: a key is one word"),
        ("~: b", "1:1: a key is one word"),
        (b"#" + b"x" * 10_000_001, "1:1: the file is larger than 10 MB"),
    ],
    ids=range(17),
)
def test_s39_what_is_no_plain_yaml_is_a_finding_with_its_place(findings, text, expected):
    assert any(line.startswith(expected) for line in findings(text)), findings(text)


def test_s39_an_alias_bomb_costs_nothing(findings):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    start = time.process_time()

    got = findings("\n".join(lines))

    assert any("aliases (*name) are not read" in line for line in got)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text", ["\ufeff" + GOOD, "%YAML 1.2\n---\n" + GOOD, GOOD.replace("\n", "\r\n"), GOOD + "...\n"]
)
def test_s39_other_ways_to_write_yaml_are_fine(findings, text):
    assert findings(text) == []


def test_a_large_file_is_read_in_reasonable_time(findings):
    feeds = "".join(
        f"  feed {n}: {{url: 'https://host{n}.example/rss', outlet: Outlet {n}}}\n" for n in range(5000)
    )
    topics = "".join(f"  t{n}: {{query: 'a{n} AND (b OR c*)', feeds: feed {n}}}\n" for n in range(1000))
    start = time.process_time()

    assert findings(f"database: m.db\ntopics:\n{topics}feeds:\n{feeds}") == []
    assert time.process_time() - start < 10


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────

SECRET = "hunter2-token"


@pytest.mark.parametrize(
    "text",
    [
        "database: '${S}/'\ntopics: {'${S}': {query: '${S} AND', feeds: '${S}'}}",
        "topics: {t: {query: x, feeds: ['ftp://u:${S}@h/${S}'], schedule: '${S}', languages: '${S}'}}",
        "fetch: {proxy: '${S}', timeout: '${S}', max_page: '${S}', allow_private: ['${S}']}",
        "feeds: {a: '${S}', b: {url: 'gopher://u:${S}@x'}}",
        "alerts: {a: {to: '${S}', when: '${S}'}, b: {to_file: secret, when: x}}",
        "workers: '${S}'\nkeep: {articles: '${S}', pages: '${S}'}\nseeds: '${S}'\nfeed_lists: '${S}'",
        f"alerts: {{a: {{to: {SECRET}}}}}\nfetch: {{proxy: 'socks5://u:{SECRET}@h'}}",
        f"feeds: {{a: 'ftp://u:{SECRET}@h/x?token={SECRET}', b: 'https://u:{SECRET}@h/{SECRET} x'}}",
        f"topics: {{t: {{query: x, feeds: ['https://u:{SECRET}@h/{SECRET}', 'https://u:{SECRET}@h/{SECRET}']}}}}",
        f"'https://u:{SECRET}@h/': x\nfetch: {{'https://u:{SECRET}@h/': x}}",
        f"feeds: {{a: 'https://u:{SECRET}@h/', b: 'https://u:{SECRET}@h/'}}",
    ],
)
def test_s41_no_finding_tells_a_secret(findings, tmp_path, text):
    (tmp_path / "secret").write_text(SECRET)

    got = findings(text, S=SECRET)

    assert got
    assert not [line for line in got if SECRET in line]


def test_every_finding_is_one_line(findings):
    got = findings('"a\\nb\\e[2J": x\nworkers: "x\\n\\u202ey"\n')

    assert got
    assert all(re.fullmatch(r"[^\n\x1b\u202e]+", line) for line in got)


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("database: m.db", f"database: {LONG}/m.db", "2:11: database: there can be nothing at '"),
        ("database: m.db", f"database: {'x' * 253}", "2:11: database: there can be nothing at '"),
        ("database: m.db", f"database: m.db\nseeds: [{LONG}]", "3:9: seeds: there can be nothing at '"),
        ("database: m.db", f"database: m.db\nevents: {{model: {LONG}}}", "3:17: events.model: there can be nothing at '"),
        ("database: m.db", f"database: m.db\nfeed_lists: [{LONG}]", "3:14: feed_lists: '"),
    ],
)  # fmt: skip
def test_a_path_that_no_file_can_have_is_a_finding(findings, old, new, expected):
    (line,) = findings(GOOD.replace(old, new))

    assert line.startswith(expected)
    assert line.endswith(": File name too long")


@pytest.mark.parametrize("command", ["check", "status", "search", "poll"])
def test_a_database_that_no_file_can_be_is_a_mistake_in_the_configuration(tmp_path, command):
    path = tmp_path / "monitor.yaml"
    path.write_text(GOOD.replace("m.db", LONG), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "monitor", command, *(["x"] if command == "search" else []), "-c", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 4 == done.returncode
    assert "File name too long" in done.stdout + done.stderr


MANY = "1" * 5000


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"workers: {MANY}", "is no number of processes (1 to 256)"),
        (f"alerts: {{desk: {{to: 'https://h.test/', outlets: [{MANY}]}}}}", "is no number of outlets; write 2 or more"),
        (f"backup: {{schedule: every day, copies: {MANY}}}", ""),
        (f"topics: {{t: {{query: x, feeds: ['https://a.example/'], schedule: every {MANY} minutes}}}}", "is not between 1 second and 31 days"),
        (f"topics: {{t: {{query: x, feeds: ['https://a.example/'], cron: '{MANY} * * * *'}}}}", "is not between 0 and 59"),
        (f"topics: {{t: {{query: x, feeds: ['https://a.example/'], cron: '*/{MANY} * * * *'}}}}", ""),
    ],
)  # fmt: skip
def test_a_number_of_thousands_of_digits_is_too_many_and_no_riddle(findings, line, said):
    got = findings(f"version: 1\ndatabase: m.db\n{line}\n")

    assert got
    assert said in got[0]
    assert not [one for one in got if "limit (4300" in one]
