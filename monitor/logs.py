"""What the daemon says while it runs: one line an event, on stderr, harmless to a terminal."""

from __future__ import annotations

import logging
import re
import sys

from monitor.model import Outcome, Poll, Settings

log = logging.getLogger("monitor")

# A title in a log line must not begin a new line, move the cursor or turn the text round.
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class OneLine(logging.Formatter):
    """Time, level, message; control characters escaped, so that one event is one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; a traceback keeps its lines, indented."""
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        record.exc_info = None
        line = UNSAFE.sub(lambda found: repr(found[0])[1:-1], super().format(record))
        return line + "".join(f"\n    {part}" for part in trace.splitlines())


def set_up(level: int = logging.INFO) -> None:
    """Send the log to stderr, where systemd and containers expect it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
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
    elif event.state == "stored":
        log.info("stored: %s (%s)", event.title or event.url, event.because)
    elif event.state in {"quarantined", "failed"}:
        log.warning("%s: %s (%s)", event.state, event.url or event.title, event.because)
    else:
        log.debug("%s: %s (%s)", event.state, event.url or event.title, event.because)


def tell_poll(poll: Poll) -> None:
    """Failures are worth a warning, news a line, the rest only a whisper."""
    name = poll.feed.title or poll.feed.url
    if poll.outcome == "error":
        log.warning("poll failed: %s: %s; %s", name, poll.error, poll.next.because)
    elif poll.outcome == "new":
        log.info("poll: %s: new entries (%s)", name, poll.next.because)
    else:
        log.debug("poll: %s: %s", name, poll.outcome)
