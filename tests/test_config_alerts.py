"""`alerts`, `smtp` and `saved` in the configuration: what they mean, and every mistake at its place."""

import importlib.util
from datetime import timedelta

import pytest

from monitor import config
from monitor.errors import ConfigError
from monitor.model import AlertTarget, SavedSearch, SmtpRules

HEAD = "version: 1\ndatabase: m.db\ntopics:\n  t: {query: a, feeds: ['https://e.test/f'], alert: [desk]}\n"


@pytest.fixture
def load(tmp_path):
    def loaded(text, **environ):
        path = tmp_path / "monitor.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        return config.load(path, environ)

    return loaded


@pytest.fixture
def findings(load, tmp_path):
    def found(text):
        with pytest.raises(ConfigError) as error:
            load(text)
        return [line.removeprefix(f"{tmp_path / 'monitor.yaml'}:") for line in error.value.findings]

    return found


def test_a_target_in_full_and_in_short(load, tmp_path):
    (tmp_path / "hook").write_text("https://hooks.test/s3cret\n")
    settings = load(
        "alerts:\n"
        "  desk: {to_file: hook, secret: '${KEY}', quiet_hours: '22:00 - 7:00', timezone: Europe/Berlin, at_most: 10 per hour,\n"
        "    max_age: 2 days, updates: false, outlets: [10, 3, 10]}\n"
        "  mail: {to: 'mailto:a@b.test,%63@d.test', when: 'digest at \"07:00\"'}\n"
        "  me: {to: me@b.test}\n"
        "smtp: {host: mail.b.test, sender: m@b.test}\n",
        KEY="pssst",
    )
    desk, mail, me = settings.alerts

    assert desk == AlertTarget(
        "desk", "https://hooks.test/s3cret", timezone="Europe/Berlin", quiet_hours=("22:00", "07:00"),
        at_most=(10, timedelta(hours=1)), max_age=timedelta(days=2), secret="pssst", updates=False, outlets=(3, 10),
    )  # fmt: skip
    assert mail == AlertTarget("mail", "mailto:a@b.test,c@d.test", "digest", "07:00")
    assert "mailto:me@b.test" == me.to
    assert "s3cret" not in repr(settings)
    assert "pssst" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host: m.test", SmtpRules("m.test", "a@b.test")),
        ("host: M.test:2525, security: tls", SmtpRules("m.test", "a@b.test", 2525, "tls")),
        ("host: m.test, security: tls", SmtpRules("m.test", "a@b.test", 465, "tls")),
        ("host: m.test, security: none", SmtpRules("m.test", "a@b.test", 25, "none")),
        (
            "host: m.test, user: u, password: '${PW}'",
            SmtpRules("m.test", "a@b.test", user="u", password="p w"),
        ),
        ("host: '2525', security: tls", SmtpRules("2525", "a@b.test", 465, "tls")),
        ("host: '[::1]:25', security: none", SmtpRules("::1", "a@b.test", 25, "none")),
    ],
)
def test_the_mail_server(load, text, expected):
    settings = load(f"alerts: {{desk: {{to: a@b.test}}}}\nsmtp: {{sender: a@b.test, {text}}}\n", PW="p w")

    assert expected == settings.smtp
    assert "p w" not in repr(settings)


def test_saved_searches_and_rises(load):
    settings = load("alerts: {desk: {to: 'https://h.test/'}}\nsaved: {ferries: ferry* OR   boat*}\n")

    assert (SavedSearch("ferries", "ferry* OR boat*"),) == settings.saved
    assert settings.topics[0].rise is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alerts: {desk: {to: a@b.test}}", "5:21: alerts.desk.to: e-mail needs a mail server; name it under 'smtp'"),
        ("alerts: {desk: {to: 'mailto:a b'}}", "5:21: alerts.desk.to: is no list of e-mail addresses, as in mailto:desk@example.org,chief@example.org"),
        ("alerts: {desk: {to: 'https://h.test', quiet_hours: 22-7}}", "5:52: alerts.desk.quiet_hours: '22-7' are no hours of the day, as in 22:00-07:00"),
        ("alerts: {desk: {to: 'https://h.test', quiet_hours: '07:00-07:00'}}", "5:52: alerts.desk.quiet_hours: '07:00-07:00' is the whole day; nothing would ever be sent"),
        ("alerts: {desk: {to: 'https://h.test', quiet_hours: '20:00-07:00', max_age: 10h}}", "5:76: alerts.desk.max_age: what comes in quiet hours would be too old when they end; write a longer time"),
        ("alerts: {desk: {to: 'https://h.test', at_most: 10}}", "5:48: alerts.desk.at_most: '10' is no rate, as in '30 per minute' or '10 per hour'"),
        ("alerts: {desk: {to: 'https://h.test', updates: maybe}}", "5:48: alerts.desk.updates: 'maybe' is neither true nor false"),
        ("alerts: {desk: {to: 'https://h.test', outlets: [1]}}", "5:49: alerts.desk.outlets: '1' is no number of outlets; write 2 or more"),
        ("alerts: {desk: {to: 'https://h.test', timezone: Europe/Berlim}}", "5:49: alerts.desk.timezone: 'Europe/Berlim' is no time zone; did you mean 'Europe/Berlin'?"),
        ("alerts: {desk: {to: 'https://h.test', quiet: x}}", "5:39: alerts.desk: unknown key 'quiet'; did you mean 'quiet_hours'?"),
        ("alerts: {desk: {to: a@b.test, secret: x}}\nsmtp: {host: m.test, sender: a@b.test}", "5:39: alerts.desk.secret: only what goes to a webhook is signed; 'to' is none"),
        ("alerts: {desk: {to: 'https://h.test'}}\nsmtp: {host: m.test}", "6:1: smtp.sender: is missing"),
        ("alerts: {desk: {to: 'https://h.test'}}\nsmtp: {host: m.test, sender: nobody}", "6:30: smtp.sender: 'nobody' is no e-mail address, as in 'Monitor <monitor@example.org>'"),
        ("alerts: {desk: {to: 'https://h.test'}}\nsmtp: {host: m.test, sender: a@b.test, user: u}", "6:1: smtp: user and password belong together; one of them is missing"),
        ("alerts: {desk: {to: 'https://h.test'}}\nsmtp: {host: m.test, sender: a@b.test, user: u, password: p, security: none}", "6:1: smtp: a password is not sent without encryption; use starttls or tls"),
        ("alerts: {desk: {to: 'https://h.test'}}\nsmtp: {host: m.test, sender: a@b.test, security: ssl}", "6:50: smtp.security: 'ssl' is neither starttls, tls nor none"),
        ("alerts: {desk: {to: 'https://h.test'}}\nsaved: {t: a}", "6:9: saved.t: a topic has this name, and its feeds would be the same files"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_at_its_place(findings, text, expected):
    assert [expected] == findings(text + "\n")


def test_a_broken_search_is_refused_where_it_stumbles(findings):
    (line,) = findings("alerts: {desk: {to: 'https://h.test'}}\nsaved:\n  ferries: ferry AND (boat\n")

    assert line.startswith("7:"), line
    assert "saved.ferries:" in line


def test_an_address_of_apprise_needs_apprise(findings, monkeypatch):
    monkeypatch.setattr(
        "monitor.config.alerts.find_spec",
        lambda name: None if name == "apprise" else importlib.util.find_spec(name),
    )

    assert [
        "5:21: alerts.desk.to: this is for Apprise, which is not installed: pip install 'wirewatch-monitor[notify]'"
    ] == findings("alerts: {desk: {to: 'ntfy://t0ken'}}\n")


@pytest.mark.parametrize("host", ["1" * 5000, f"m.test:{'1' * 5000}", "a" * 254, "m.test:0"])
def test_what_can_be_no_mail_server_is_a_finding(load, host):
    with pytest.raises(ConfigError, match=r"6:14: smtp.host: '.*' is no mail server, as in mail.example.org"):
        load(f"alerts: {{desk: {{to: 'https://h.test'}}}}\nsmtp: {{host: '{host}', sender: a@b.test}}\n")
