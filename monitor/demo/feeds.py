"""Feeds as the outlets serve them: RSS 2.0, RSS 1.0, Atom 1.0 and JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment

from monitor.demo.outlets import DemoFeed, FeedFormat, Outlet
from monitor.demo.publications import Publication

CONTENT_TYPES: dict[FeedFormat, str] = {
    "rss": "application/rss+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
GUIDS_CHANGE_EVERY = 10.0  # seconds


def feed_body(
    environment: Environment,
    outlet: Outlet,
    feed: DemoFeed,
    items: Sequence[Publication],
    began: datetime,
    t: float,
) -> bytes:
    """The feed's bytes at second `t`; the same as long as nothing in it changes."""
    rows = [_row(outlet, feed, item, began, t) for item in items]
    newest = max((item.changed_at for item in items), default=0.0)
    if feed.format == "json":
        return _json_feed(outlet, feed, rows)
    template = environment.get_template(f"feed_{feed.format}.xml")
    said = template.render(
        outlet=outlet, feed=feed, rows=rows, changed=iso(began, newest), own=outlet.base_url + feed.path
    )
    return said.encode()


def iso(began: datetime, seconds: float) -> str:
    """The moment that many seconds after the start, RFC 3339 in UTC."""
    return (began + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(began: datetime, seconds: float) -> str:
    """The moment that many seconds after the start, as RFC 9110 §5.6.7 writes it."""
    return format_datetime((began + timedelta(seconds=seconds)).astimezone(UTC), usegmt=True)


def _row(outlet: Outlet, feed: DemoFeed, item: Publication, began: datetime, t: float) -> dict[str, Any]:
    address = outlet.base_url + item.path
    return {
        "guid": GUIDS[feed.guids](outlet, address, t),
        "url": address + outlet.tracking,
        "title": item.headline,
        "summary": item.summary,
        "author": item.byline,
        "section": item.section,
        "published": iso(began, item.at),
        "published_rfc822": format_datetime(began + timedelta(seconds=item.at)),
        "updated": iso(began, item.changed_at),
        "touched": item.updated is not None,
    }


GUIDS: dict[str, Callable[[Outlet, str, float], str]] = {
    "own": lambda _outlet, address, _t: address,
    "same": lambda outlet, _address, _t: f"{outlet.id}-meldung",
    "changing": lambda _outlet, address, t: f"{address}#{int(t // GUIDS_CHANGE_EVERY)}",
}


def _json_feed(outlet: Outlet, feed: DemoFeed, rows: Sequence[dict[str, Any]]) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.base_url + "/",
        "feed_url": outlet.base_url + feed.path,
        "language": outlet.language,
        "items": [_json_item(row) for row in rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _json_item(row: dict[str, Any]) -> dict[str, Any]:
    item = {
        "id": row["guid"],
        "url": row["url"],
        "title": row["title"],
        "summary": row["summary"],
        "content_text": row["summary"],
        "date_published": row["published"],
        "tags": [row["section"]],
    }
    if row["touched"]:
        item["date_modified"] = row["updated"]
    if row["author"]:
        item["authors"] = [{"name": row["author"]}]
    return item
