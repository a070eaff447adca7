"""Cases of the workers: garbage on their pipe, a page that kills, memory that must not grow, a clean install."""

import asyncio
import gc
import itertools
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from test_journey import poll, rows
from test_workers import ARTICLE, page, pids, read, until
from town import Town, sentences

from monitor import daemon
from monitor.core.extract import read_page
from monitor.errors import ExtractError, WorkerError
from monitor.model import Extract
from monitor.workers import Workers, job

ROOT = Path(__file__).parents[1]


def babble(garbage):
    """Write to every descriptor that this worker has, and end."""
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, garbage)
        except OSError:
            continue
    os._exit(1)


async def test_r38_garbage_on_its_pipe_costs_that_page_and_the_pool_is_whole_again():
    pool = Workers(2, deadline=2.0)
    await pool.start()
    babbled = await pool._run(babble, b"a page that babbles", b"\x7f" * 8192)
    after = await asyncio.gather(*(read(pool) for _ in range(4)))
    whole = await until(lambda: len(pids()) == 2)
    await pool.close()

    assert isinstance(babbled, WorkerError)
    assert [True] * 4 == [isinstance(one, Extract) for one in after]
    assert whole


KILLING = b"<html><body>the page that kills</body></html>"


def lethal(page, *others, honest=job.extract_wanted):
    """What a worker does in this test: one page ends it."""
    if page.body == KILLING:
        os.kill(os.getpid(), 11)
    return honest(page, *others)


async def test_r39_a_page_that_kills_keeps_its_row_and_is_tried_no_more_than_its_times(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "extract_wanted", lethal)
    lost = []
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.publish("/bad", "Waffenstillstand, tödlich", "x", summary="Was der Feed davon sagt.")
        outlet.pages["/bad"] = KILLING
        outlet.publish("/good", "Waffenstillstand", sentences("good", 12))
        path = town.config(tmp_path)
        counted = Workers._count
        monkeypatch.setattr(Workers, "_count", lambda self, body: lost.append(1) or counted(self, body))
        for _ in range(3):
            await poll(path)

    found = {row["title"]: row for row in rows(path, "select * from entries")}
    bad = found["Waffenstillstand, tödlich"]
    assert "stored" == found["Waffenstillstand"]["state"]
    assert ("waiting", "Was der Feed davon sagt.", 1) == (bad["state"], bad["summary"], bad["tries"])
    assert "crashed the worker process (SIGSEGV). It cost 2 worker processes." in bad["because"]
    assert bad["next_try_at"] > daemon.now().isoformat()
    assert 2 == len(lost)
    assert 1 == outlet.paths_asked().count("/bad")


async def test_r41_reading_pages_leaves_nothing_behind_in_the_daemon():
    """Blocks of memory in use, counted after as many pages again and again: a leak would be at least one for each page, every time.

    Counted by the allocator: `gc.get_objects` would hand this thread a tuple that the pool's own is still building.
    """
    pool = Workers(2, max_tasks=40)
    await pool.start()
    pages = [ARTICLE.replace(b"Old quay", f"Quay {n}".encode()) for n in range(80)]

    async def all_of_them():
        await asyncio.gather(*(read(pool, body) for body in pages))
        gc.collect()
        return sys.getallocatedblocks()

    counts = [await all_of_them() for _ in range(6)]
    await pool.close()

    growth = [after - before for before, after in itertools.pairwise(counts)]
    assert min(growth) < len(pages) / 2, growth


def test_r44_what_the_extractor_needs_is_named_by_us_and_imports():
    """pip 23, which Python 3.11 brings, does not understand how trafilatura asks for it."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    done = subprocess.run([sys.executable, "-c", "import lxml_html_clean, trafilatura"], capture_output=True, text=True, check=False)  # fmt: skip

    assert [True] == [True for one in wanted if one.startswith("lxml_html_clean")]
    assert (0, "") == (done.returncode, done.stderr)


def test_r42_an_empty_answer_is_an_outcome():
    with pytest.raises(ExtractError, match=r"(?i)empty"):
        read_page(page(b""), None)
