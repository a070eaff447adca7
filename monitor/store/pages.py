"""The archive of raw pages, open for writing: its queue and its thread.

Pages are evidence, not promises: when they come faster than they can be written, or the disk has no room for
them, the watch goes on and says so. The file itself is in `pagefile`.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from monitor.errors import StoreError
from monitor.model import Outcome, Page, Reading
from monitor.store.opening import said
from monitor.store.pagefile import in_transaction, insert, open_archive, prune

log = logging.getLogger("monitor.store")

MOST_WAITING = 64_000_000  # bytes of pages on their way; what comes then is not kept
BATCH = 50
TEXTS = {"article", "live_blog"}  # kinds of pages that become articles
KEPT_STATES = {"stored", "quarantined"}


@dataclass(frozen=True, slots=True)
class _Kept:
    page: Page
    article_id: int | None
    entry_id: int | None


_Work = _Kept | tuple[datetime, "Future[int]"]


class PageArchive:
    """The archive, open for writing. The file is made, and the thread started, with the first page."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets: tuple[str, ...] = ()  # of the configuration: they stand in no kept address or header
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._waiting = 0  # bytes
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._complaint = ""

    def keep(self, reading: Reading, outcome: Outcome) -> None:
        """Keep the page of a reading that became an article, or may yet. Returns at once."""
        page = reading.page
        if page is None or not page.body or reading.unchanged or outcome.state not in KEPT_STATES:
            return
        is_text = reading.extract is not None and reading.extract.quality.kind in TEXTS
        if reading.task.article_id is not None and not (is_text and outcome.article_id):
            return  # a wall, or another text, in the place of an article that we have
        article = outcome.article_id if is_text and not reading.from_feed else None
        self.add(page, article_id=article, entry_id=reading.task.entry_id)

    def add(self, page: Page, *, article_id: int | None = None, entry_id: int | None = None) -> None:
        """Keep this page. Returns at once; what cannot be kept is said in the log."""
        with self._lock:
            if self._waiting > MOST_WAITING:
                self._complain("pages come faster than they can be written; some are not kept")
                return
            self._waiting += len(page.body)
        self._put(_Kept(self._without_secrets(page), article_id, entry_id))

    def _without_secrets(self, page: Page) -> Page:
        if not self.secrets:
            return page
        hide = partial(_hidden, self.secrets)
        headers = {name: hide(value) for name, value in page.headers.items()}
        return replace(page, url=hide(page.url), final_url=hide(page.final_url), headers=headers)

    def prune(self, before: datetime) -> int:
        """Remove the oldest pages, up to the first that is not older; how many. Waits. Raises `StoreError`."""
        if not self.path.exists():
            return 0
        done: Future[int] = Future()
        self._put((before, done))
        return done.result()

    def close(self) -> None:
        """Write what is on its way, and end the thread."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _put(self, work: _Work) -> None:
        with self._lock:
            if self._closed:
                raise StoreError(f"{self.path}: the archive is closed.")
            self._queue.put(work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._live, name="monitor-pages", daemon=True)
                self._thread.start()

    def _complain(self, what: str) -> None:
        if what != self._complaint:
            log.error("%s: %s", self.path, what)
        self._complaint = what

    # ── the archive's thread ─────────────────────────────────────────────────────────────────────

    def _live(self) -> None:
        conn: sqlite3.Connection | None = None
        going = True
        while going:
            pages, prunes, going = self._next_batch()
            try:
                conn = conn or open_archive(self.path)
                if pages:
                    in_transaction(conn, partial(_insert_all, conn, pages))
                    self._complaint = ""
            except (StoreError, sqlite3.Error, OSError) as error:
                told = said(error, self.path) if isinstance(error, sqlite3.Error) else error
                self._complain(f"{len(pages)} pages are not kept: {told}")
            finally:
                with self._lock:
                    self._waiting -= sum(len(kept.page.body) for kept in pages)
            for before, done in prunes:
                self._prune(conn, before, done)
        if conn is not None:
            conn.close()

    def _next_batch(self) -> tuple[list[_Kept], list[tuple[datetime, Future[int]]], bool]:
        pages: list[_Kept] = []
        prunes: list[tuple[datetime, Future[int]]] = []
        work = self._queue.get()
        with contextlib.suppress(Empty):
            while work is not None:
                if isinstance(work, _Kept):
                    pages.append(work)
                else:
                    prunes.append(work)
                if len(pages) >= BATCH:
                    return pages, prunes, True
                work = self._queue.get_nowait()
            return pages, prunes, False
        return pages, prunes, True

    def _prune(self, conn: sqlite3.Connection | None, before: datetime, done: Future[int]) -> None:
        if conn is None:
            done.set_exception(StoreError(f"{self.path}: {self._complaint}"))
            return
        gone = 0
        try:
            while some := in_transaction(conn, partial(prune, conn, before)):
                gone += some
        except sqlite3.Error as error:
            done.set_exception(said(error, self.path))
        else:
            done.set_result(gone)


def _insert_all(conn: sqlite3.Connection, pages: Sequence[_Kept]) -> int:
    for kept in pages:
        insert(conn, kept.page, kept.article_id, kept.entry_id)
    return len(pages)


def _hidden(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
