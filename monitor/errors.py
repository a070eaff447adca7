"""Everything that can go wrong and is expected to, as one tree.

    MonitorError
    ├── ConfigError            the configuration cannot be used (exit code 4)
    ├── ModelError             the model of the configuration cannot be used (4)
    ├── NotFoundError          no configuration or database where one was expected (10)
    ├── LockedError            another daemon holds the instance lock (11)
    ├── StoreError             the database is damaged, newer than the code, or cannot be written
    ├── QueryError             a search or topic query that FTS5 refuses
    ├── FetchError             a request that brought no page; `because` is what the row says
    │   ├── RefusedError       we do not ask: scheme, port, private address, robots.txt, 410
    │   ├── WaitError          we do not ask yet; `until` says when
    │   ├── TooLargeError      the body passed its cap
    │   ├── SlowError          the total deadline passed
    │   ├── UnreachableError   DNS, TCP or TLS failed
    │   └── BadAnswerError     an answer that cannot be used: cut short, unasked encoding, redirect loop
    ├── ParseError             bytes that are no feed
    └── ExtractError           a page that gave no article
        └── WorkerError        the page cost a worker its life: deadline, memory, crash

An expected error is caught by name, becomes a row, and its sentence is what the user reads.
"""

from __future__ import annotations

from datetime import datetime


class MonitorError(Exception):
    """The root. `str(error)` is a sentence for the user: what, where, what to do next."""

    exit_code = 1


class ConfigError(MonitorError):
    """The configuration cannot be used. `findings` holds one line each: `file:line:column: what`."""

    exit_code = 4

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


class ModelError(MonitorError):
    """The embedding model that the configuration names cannot be used. The sentence says why, and what to do."""

    exit_code = 4


class NotFoundError(MonitorError):
    """No configuration or no database where one was expected."""

    exit_code = 10


class LockedError(MonitorError):
    """Another process holds the instance lock of this database."""

    exit_code = 11


class StoreError(MonitorError):
    """The database is damaged, newer than this code, or cannot be written."""


class QueryError(MonitorError):
    """A query that SQLite's FTS5 does not accept. `offset` is the character it stumbles over, if known."""

    exit_code = 2

    def __init__(self, sentence: str, offset: int | None = None) -> None:
        super().__init__(sentence)
        self.offset = offset


class FetchError(MonitorError):
    """A request that brought no page. `url` never contains a password or a token."""

    def __init__(self, url: str, because: str, *, until: datetime | None = None) -> None:
        super().__init__(because)
        self.url = url
        self.because = because
        self.until = until


class RefusedError(FetchError):
    """We do not ask: scheme, port, private address, robots.txt; of the last, `until` says when it is read anew."""


class WaitError(FetchError):
    """We do not ask yet: a cooldown or robots.txt that could not be read; `until` says when."""


class TooLargeError(FetchError):
    """The body passed its cap."""


class SlowError(FetchError):
    """The total deadline passed before the answer was whole."""


class UnreachableError(FetchError):
    """DNS, TCP or TLS failed."""


class BadAnswerError(FetchError):
    """An answer that cannot be used: cut short, unasked encoding, redirect without end."""


class ParseError(MonitorError):
    """Bytes that are no feed. The sentence says what they look like instead."""


class ExtractError(MonitorError):
    """A page that gave no article. The sentence says why."""


class WorkerError(ExtractError):
    """The page cost a worker process its life: deadline, memory limit or crash."""
