"""R01, R03, R04: ended or hindered at a write or a sync, the play comes to the same end. `make sweep` does every call."""

import asyncio
import inspect
import shutil

import pytest
from crash_scene import play, told
from crash_sweep import calls, sweep

from monitor.errors import StoreError
from monitor.store import Store

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="needs strace (Debian: apt-get install strace)"
)


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """How many calls of each kind there are to fail at; the play itself must be worth it."""
    folder = tmp_path_factory.mktemp("count") / "play"
    folder.mkdir()
    found = calls(folder)
    said = told(folder)
    assert {"stored", "quarantined"} <= {row[3] for row in said["entries"]}
    assert len(said["copies"]) > 5
    assert any(row[1] == 2 for row in said["revisions"])
    return found


@pytest.mark.parametrize("fault", ["kill", "eio", "enospc"])
def test_r01_r03_r04_the_same_end_whatever_happened_on_the_way(tmp_path, counted, fault):
    count = counted[fault]
    assert count > 15
    points = [(fault, 1 + index * (count - 1) // 7) for index in range(8)]

    assert [] == sweep(tmp_path, points)


@pytest.mark.parametrize("number", range(4))
def test_the_end_is_the_same_where_one_feed_alone_could_not_be_written(tmp_path, monkeypatch, number):
    """The disk refuses one commit and takes the next: the feeds of a round are not stored in their order."""
    quiet, home = tmp_path / "quiet", tmp_path / "home"
    quiet.mkdir(), home.mkdir()
    asyncio.run(play(quiet))
    refused = []

    async def write(store, work):
        inside = inspect.getclosurevars(work).nonlocals if inspect.isfunction(work) else {}
        first = "found" in inside and inside["found"].poll.feed.id == 1
        if first and not refused and (home / "round").read_text() == str(number):
            refused.append(number)
            await asyncio.sleep(0.05)
            raise StoreError("no room")
        return await plain(store, work)

    plain = Store.write
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", write)
        with pytest.raises(StoreError, match="no room"):
            asyncio.run(play(home))
    asyncio.run(play(home))

    assert [number] == refused
    assert told(quiet) == told(home)
