"""What runs inside a worker process: one job at a time, within limits, errors as values.

The daemon knows these functions only by name: the libraries behind them are imported where they run.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import select
import signal
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from monitor.errors import ExtractError, ParseError
from monitor.model import Extract, FeedDocument, Glance, Page, Sitemap, Task

if TYPE_CHECKING:
    from monitor.core.sieve import Sieve

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

OUT_OF_MEMORY = 77  # exit code
CPU_SECONDS = 20  # a job's: beyond the daemon's deadline, for when there is no daemon any more

# This process's sieve, by its key. It is large where there are many topics, and changes with the configuration only.
_kept: dict[int, Sieve] = {}


def begin(memory: int) -> None:
    """Make this process a worker: `memory` is its limit in bytes of address space."""
    logging.disable(logging.CRITICAL)  # extractors log what they discard; our sentence is in the row
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which ends us
    # pebble's handler runs in Python, which a worker caught inside C never reaches again.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_AS, memory)
    _limit_cpu()
    _die_with_the_daemon()


def parse(body: bytes, url: str, content_type: str, now: datetime) -> FeedDocument | ParseError:
    """Feed bytes → entries."""
    from monitor.core.parse import parse_feed

    return _bounded(lambda: parse_feed(body, url=url, content_type=content_type, now=now), ParseError)


def sitemap(body: bytes, url: str) -> Sitemap | ParseError:
    """Bytes of a sitemap → what it lists."""
    from monitor.core.sitemap import parse_sitemap

    return _bounded(lambda: parse_sitemap(body, url=url), ParseError)


def extract(page: Page, hint: Task) -> Extract | ExtractError:
    """Page → article."""
    from monitor.core.extract import read_page

    return _bounded(lambda: read_page(page, hint), ExtractError)


def extract_wanted(
    page: Page, hint: Task, key: int, sieve: Sieve | None
) -> Extract | Glance | ExtractError | None:
    """Page → article, or a glance at one that no topic can match.

    The sieve stands for itself the first time and is kept; later its key will do. None: there is none of that key.
    """
    from monitor.core.extract import read_wanted

    if sieve is not None:
        _kept.clear()
        _kept[key] = sieve
    known = _kept.get(key)
    return None if known is None else _bounded(lambda: read_wanted(page, hint, known), ExtractError)


def extract_content(task: Task) -> Extract | ExtractError:
    """The feed's own content → article."""
    from monitor.core.extract import read_content

    return _bounded(lambda: read_content(task), ExtractError)


def _bounded(work: Callable[[], T], expected: type[E]) -> T | E:
    _limit_cpu()
    try:
        return work()
    except expected as error:
        return type(error)(str(error))  # without its causes, which hold on to the page
    except MemoryError:
        # What is left of the address space is in pieces: the next page deserves a new process.
        os._exit(OUT_OF_MEMORY)


def _limit_cpu() -> None:
    """Allow `CPU_SECONDS` more than were used so far; the kernel ends what uses them up (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + CPU_SECONDS)


def _limit(what: int, soft: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _die_with_the_daemon() -> None:
    """End this process when the daemon goes, however it goes and whatever this process is doing.

    The daemon holds the other end of our sentinel's pipe. The kernel sends SIGIO when that end closes,
    and SIGIO kills, even inside a regular expression that never gives Python a turn (fcntl(2), F_SETOWN).
    PR_SET_PDEATHSIG would watch the forkserver instead, which outlives the daemon while a worker works.
    """
    import fcntl

    daemon = multiprocessing.parent_process()
    if daemon is None or not hasattr(os, "O_ASYNC"):
        return
    sentinel = daemon.sentinel
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([sentinel], [], [], 0)[0]:  # gone before we were listening
        os._exit(1)
