"""The outlets of the demo newsroom: who they are, where they stand, which feeds they serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from monitor.demo.texts import read_table

FeedFormat = Literal["rss", "rdf", "atom", "json"]
Guids = Literal["own", "same", "changing"]
Validators = Literal["both", "etag", "weak", "none"]


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """One feed of an outlet. `moves_at` is in seconds after the start; then the old path answers 301."""

    name: str
    path: str
    format: FeedFormat
    sections: tuple[str, ...] = ()  # empty: all of them
    guids: Guids = "own"
    moves_to: str | None = None
    moves_at: float | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented paper on its own loopback address."""

    id: str
    name: str
    host: str
    language: str  # ISO 639-1
    template: str  # of its article pages
    colour: str
    path: str  # pattern of its article addresses
    validators: Validators
    feeds: tuple[DemoFeed, ...]
    encoding: str = "utf-8"  # of its pages; feeds are always UTF-8
    tracking: str = ""  # what its feeds append to article addresses
    port: int = 0  # 0: not listening yet

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def feed_urls(self) -> tuple[str, ...]:
        """The addresses a reader would have noted: those from before any move."""
        return tuple(self.base_url + feed.path for feed in self.feeds)

    def at_port(self, port: int) -> Outlet:
        """The same outlet, listening there."""
        return replace(self, port=port)


def read_outlets() -> tuple[Outlet, ...]:
    """The outlets as the table names them, none listening yet."""
    return tuple(_outlet(row) for row in read_table("outlets")["outlet"])


def outlets_at(port: int) -> tuple[Outlet, ...]:
    """The outlets with the addresses that `Newsroom(port)` will give them; `port` is not 0."""
    return tuple(outlet.at_port(port) for outlet in read_outlets())


def _outlet(row: Mapping[str, Any]) -> Outlet:
    feeds = tuple(DemoFeed(**{**feed, "sections": tuple(feed.get("sections", ()))}) for feed in row["feeds"])
    return Outlet(**{**row, "feeds": feeds})
