"""What the user configures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a topic's feeds are asked: every so often, or at the times of a cron line in a time zone."""

    text: str  # as the user wrote it
    every: timedelta | None = None
    cron: str | None = None  # five fields, crontab(5)
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Topic:
    """What the user watches."""

    id: str
    title: str
    query: str  # SQLite FTS5 syntax
    schedule: Schedule
    feeds: tuple[str, ...]  # feed URLs as configured
    languages: tuple[str, ...] = ()  # ISO 639-1; empty: any
    outlets: tuple[str, ...] = ()  # registrable domains; empty: any
    exclude: tuple[str, ...] = ()  # registrable domains never wanted
    alert: tuple[str, ...] = ()  # names of alert targets
    written: str = ""  # the query as configured, where `query` has other spellings beside it
    rise: bool = False  # whether a sudden rise is announced there as well


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed as configured, with the names the user gave it and its outlet.

    `url` is how everybody knows it, without secrets; `address` is what is asked, where that differs.
    """

    url: str
    name: str | None = None
    outlet: str | None = None
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """Where a topic announces. `to` and `secret` never reach the database or a log."""

    name: str
    to: str = field(repr=False)  # http(s) address, mailto:, or an address of Apprise
    when: Literal["story", "digest"] = "story"
    at: str | None = None  # HH:MM of a digest
    timezone: str | None = None  # of digests and quiet hours; None: the topic's
    quiet_hours: tuple[str, str] | None = None  # HH:MM from, HH:MM until; may run over midnight
    at_most: tuple[int, timedelta] = (30, timedelta(minutes=1))  # so many messages in such a time
    max_age: timedelta = timedelta(days=7)  # what has waited longer is not sent any more
    secret: str | None = field(default=None, repr=False)  # signs what goes to a webhook
    updates: bool = True  # whether news of a story that was announced is announced as well
    outlets: tuple[int, ...] = (5, 10, 25, 50, 100)  # that many outlets carry it: an update


@dataclass(frozen=True, slots=True)
class SmtpRules:
    """The mail server that alerts by e-mail go through."""

    host: str
    sender: str  # the address mails come from, with or without a name
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search of the archive with a feed of its own."""

    name: str
    query: str  # SQLite FTS5 syntax


@dataclass(frozen=True, slots=True)
class FetchRules:
    """How we ask. Sizes in bytes of decompressed body, times in seconds."""

    contact: str | None = None
    per_host_delay: float = 2.0
    timeout: float = 20.0  # total deadline of a request, redirects included
    max_page: int = 10_000_000
    max_feed: int = 5_000_000
    proxy: str | None = field(default=None, repr=False)
    allow_private: frozenset[str] = frozenset()  # exact "host:port", or "host:*"


@dataclass(frozen=True, slots=True)
class KeepRules:
    """What stays in the database, and for how long; `reread` are ages at which an article is read again."""

    articles: Literal["matched", "all"] = "matched"
    pages: timedelta | None = None  # None: raw pages are not kept
    entries: timedelta = timedelta(days=365)
    reread: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(hours=24),
        timedelta(days=3),
    )


@dataclass(frozen=True, slots=True)
class BackupRules:
    """When the database is copied, and how many copies stay. `at` is HH:MM, UTC; None: whenever it is time.

    With `pages`, the raw pages are copied too, where they are kept.
    """

    every: timedelta = timedelta(days=1)
    at: str | None = None
    keep: int = 7
    pages: bool = True


@dataclass(frozen=True, slots=True)
class EventRules:
    """How events are found across languages, besides by names and numbers."""

    model: Path | None = None  # the folder of a static embedding model; None: no vectors
    alike: float = 0.8  # closeness, 0–1, from which on two texts count as meaning much the same


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration, checked. Paths are absolute."""

    path: Path
    database: Path
    topics: tuple[Topic, ...]
    feeds: tuple[FeedSource, ...]  # every feed of every topic, each URL once
    seeds: tuple[Path, ...] = ()
    alerts: tuple[AlertTarget, ...] = ()
    fetch: FetchRules = FetchRules()
    keep: KeepRules = KeepRules()
    workers: int | str = 2  # processes, or "dask://host:port"
    tracking_parameters: tuple[str, ...] = ()  # beyond the built-in list
    smtp: SmtpRules | None = None
    saved: tuple[SavedSearch, ...] = ()
    backup: BackupRules | None = None  # None: only when the user says so
    metrics: str | None = None  # "host:port" on loopback where Prometheus may ask
    events: EventRules = EventRules()
    secrets: tuple[str, ...] = field(default=(), repr=False)  # values that nobody may be shown
