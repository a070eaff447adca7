"""R01, R03, R04: ended or hindered at a write or a sync, the play comes to the same end. `make sweep` does every call."""

import shutil

import pytest
from crash_scene import told
from crash_sweep import calls, sweep

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
