"""What the daemon says while it runs: one line an event, on stderr, harmless to a terminal, without secrets.

As text for people and the journal, or as JSON for programs: time, level, logger, message, and what the event
is about (`event`, `feed`, `outcome`, `url`, `because` …).
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import logging
import re
import sys
import time
from typing import Any, Literal

from monitor.core.urls import redacted
from monitor.model import Outcome, Poll, Settings

log = logging.getLogger("monitor")

# A title in a log line must not begin a new line, move the cursor or turn the text round.
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


ADDRESS = re.compile(r"\bhttps?://[^\s\"'<>)\]]+", re.IGNORECASE)

Form = Literal["text", "json"]


def harmless(text: str) -> str:
    """The text without passwords, tokens and the like in any address that stands in it."""
    return ADDRESS.sub(lambda found: redacted(found[0]), text)


class OneLine(logging.Formatter):
    """Time, level, message; control characters escaped, so that one event is one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; a traceback keeps its lines, indented."""
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        record.exc_info = None
        line = UNSAFE.sub(lambda found: repr(found[0])[1:-1], harmless(super().format(record)))
        return line + "".join(f"\n    {harmless(part)}" for part in trace.splitlines())


class JsonLines(logging.Formatter):
    """One JSON object an event. A traceback is a text in it; what the event is about are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        fields: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "about", {}),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        told = {key: harmless(value) if isinstance(value, str) else value for key, value in fields.items()}
        return json.dumps(told, default=str)  # ASCII: nothing in it can move a cursor


FORMS: dict[Form, type[logging.Formatter]] = {"text": OneLine, "json": JsonLines}


def set_up(level: int = logging.INFO, form: Form = "text") -> None:
    """Send the log to stderr, where systemd and containers expect it.

    A fatal signal, and the SIGABRT of a watchdog, leave the stacks of all threads there.
    """
    with contextlib.suppress(OSError, ValueError):  # a stream that is no file has no room for them
        faulthandler.enable()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMS[form]())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)


def ready(settings: Settings, address: str | None) -> None:
    """The watch has begun."""
    log.info(
        "watching %d feeds for %d topics; database %s",
        len(settings.feeds),
        len(settings.topics),
        settings.database,
    )
    if address:
        log.info("Datasette: %s", address)


def tell(event: Poll | Outcome) -> None:
    """A poll's outcome or an entry's new state, as a log line."""
    if isinstance(event, Poll):
        tell_poll(event)
        return
    about = {"event": "entry", "state": event.state, "url": event.url, "title": event.title, "because": event.because,
             "article": event.article_id}  # fmt: skip
    name = event.title or event.url if event.state == "stored" else event.url or event.title
    log.log(
        LEVELS.get(event.state, logging.DEBUG),
        "%s: %s (%s)",
        event.state,
        name,
        event.because,
        extra={"about": about},
    )


LEVELS = {"stored": logging.INFO, "quarantined": logging.WARNING, "failed": logging.WARNING}


def tell_poll(poll: Poll) -> None:
    """Failures are worth a warning, news a line, the rest only a whisper."""
    name = poll.feed.title or poll.feed.url
    about = {"event": "poll", "feed": poll.feed.url, "outcome": poll.outcome, "status": poll.status, "bytes": poll.bytes,
             "ms": poll.ms, "error": poll.error, "because": poll.next.because}  # fmt: skip
    extra = {"about": about}
    if poll.outcome == "error":
        error, because = str(poll.error), poll.next.because or ""
        why = because if error in because else f"{error}; {because}"
        log.warning("poll failed: %s: %s", name, why, extra=extra)
    elif poll.outcome == "new":
        log.info("poll: %s: new entries (%s)", name, poll.next.because, extra=extra)
    else:
        log.debug("poll: %s: %s", name, poll.outcome, extra=extra)
