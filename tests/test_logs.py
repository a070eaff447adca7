"""The log: one line an event, nothing in it that moves a cursor or opens a door."""

import io
import json
import logging
from datetime import timedelta

import pytest
from store_scene import NOON, poll

from monitor import logs
from monitor.model import Feed, Next, Outcome

SECRET = "https://desk:hunter2@feeds.test/f.xml?token=T0pS3cretT0ken&page=2"
NASTY = "Truce\nERROR all is lost\r\x1b[2J\u202eesrever"


@pytest.fixture(params=["text", "json"])
def said(request, monkeypatch, caplog):
    """Everything that is logged, in each form."""
    caplog.set_level(logging.DEBUG, "monitor")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.FORMS[request.param]())
    monkeypatch.setattr(logs.log, "handlers", [handler])
    return stream.getvalue


def failing(url=SECRET, error=f"connection to {SECRET} refused"):
    following = Next(NOON + timedelta(hours=1), "failing", 1, 600, "it failed")
    return poll(Feed(1, url, "feeds.test"), outcome="error", error=error, next=following)


def test_s42_an_event_is_one_line_whatever_a_title_holds(said):
    logs.tell(Outcome("stored", "starts a story", 1, title=NASTY, url="https://a.test/"))

    (line,) = said().splitlines()
    assert not any(sign in line for sign in "\r\x1b\u202e")
    assert "Truce" in line


def test_s41_no_password_or_token_of_an_address_is_written(said):
    logs.tell(failing())
    fault = ValueError(f"could not ask {SECRET}")
    logs.log.error("a fault in monitor itself, asking %s", SECRET, exc_info=fault)

    text = said()
    assert "feeds.test/f.xml" in text
    assert "page=2" in text
    assert not [secret for secret in ("hunter2", "T0pS3cretT0ken") if secret in text]


def test_json_names_what_an_event_is_about(capsys):
    record = logging.LogRecord("monitor", logging.WARNING, "", 0, "poll failed: %s", ("x",), None)
    record.about = {"event": "poll", "outcome": "error", "status": None}

    told = json.loads(logs.JsonLines().format(record))

    assert ("poll failed: x", "warning", "poll", "error", None) == (
        told["message"], told["level"], told["event"], told["outcome"], told["status"],
    )  # fmt: skip
    assert told["at"].endswith("Z")


LEVELS = {
    "stored": logging.INFO,
    "quarantined": logging.WARNING,
    "failed": logging.WARNING,
    "off_topic": logging.DEBUG,
    "waiting": logging.DEBUG,
}


@pytest.mark.parametrize("state", LEVELS)
def test_what_needs_a_look_is_a_warning(state, caplog):
    caplog.set_level(logging.DEBUG, "monitor")

    logs.tell(Outcome(state, "because"))

    assert [LEVELS[state]] == [record.levelno for record in caplog.records]
