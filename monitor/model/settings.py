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
    """Where a topic announces. `to` may hold a secret: it never reaches the database or a log."""

    name: str
    to: str = field(repr=False)
    when: Literal["story", "digest"] = "story"
    at: str | None = None  # HH:MM of a digest


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
    secrets: tuple[str, ...] = field(default=(), repr=False)  # values that nobody may be shown
