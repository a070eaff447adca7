"""Feeds of a few items, as the tests of parsing write them."""

import json
from datetime import UTC, datetime
from pathlib import Path

from monitor.core.parse import parse_feed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://example.org/feeds/news.xml"
CORPUS = Path(__file__).parents[1] / "../shared/corpus/feeds"


def read(body, url=URL, content_type=""):
    return parse_feed(
        body.encode() if isinstance(body, str) else body, url=url, content_type=content_type, now=NOON
    )


def rss(*items, channel="", start='<?xml version="1.0"?>'):
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'{start}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>News</title><link>https://example.org/</link>{channel}{inside}</channel></rss>'


def atom(*entries, feed=""):
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{feed}{inside}</feed>'


def jsonfeed(*items, **feed):
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": items, **feed}
    )


def only(document):
    assert len(document.entries) == 1, document.warnings
    return document.entries[0]


ITEM = "<guid isPermaLink='false'>g1</guid><link>https://example.org/a-1</link><title>A title</title>"
