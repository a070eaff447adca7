"""Imported once by the forkserver, before any worker exists: every worker is born with this in memory.

So replacing a worker costs a fork and not half a second of imports. What libraries build on first use
(compiled paths, date tables) is built here too.
"""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime

import htmldate

from monitor.core.extract import read_page
from monitor.core.parse import parse_feed
from monitor.model import Page, Task
from monitor.workers import job as job  # noqa: PLC0414 (imported so that it is in memory)

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_PAGE = "<html lang='en'><head><title>Warm</title></head><body><h1>Warm</h1>{}</body></html>".format(
    "<p>A worker reads a page before the first one arrives, so that the first one is read as fast as any.</p>"
    * 12
)
_FEED = b"<rss version='2.0'><channel><title>Warm</title><item><title>One</title><link>http://a.example/1</link></item></channel></rss>"


def _warm_up() -> None:
    logging.disable(logging.CRITICAL)
    url = "http://a.example/1"
    read_page(Page(url, url, 200, {}, _PAGE.encode(), _SOME_DAY), Task(url=url, published=_SOME_DAY))
    parse_feed(_FEED, url=url, content_type="", now=_SOME_DAY)
    htmldate.find_date("<html><body><p>Posted on 4 March 2021</p></body></html>", max_date="2024-01-01")
    gc.collect()
    gc.freeze()  # what is here is shared between workers, as long as the collector does not touch it


_warm_up()
