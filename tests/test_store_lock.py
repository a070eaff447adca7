"""One daemon per database: the kernel's lock decides, the file only tells who."""

import os
import signal
import subprocess
import sys

import pytest

from monitor.errors import LockedError, StoreError
from monitor.store import lock

HOLD = """
import sys, time
from pathlib import Path
from monitor.store import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(30)
"""


@pytest.fixture
def database(tmp_path):
    return tmp_path / "data" / "monitor.db"


@pytest.fixture
def other(database):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_kept_out_and_told_who_is_there(database, other):
    with pytest.raises(LockedError, match=f"process {other.pid} is at work") as caught, lock.hold(database):
        pass

    assert caught.value.exit_code == 11
    assert other.pid == lock.holder(database)


def test_a_second_attempt_in_the_same_process_is_kept_out_too(database):
    with lock.hold(database):
        with pytest.raises(LockedError, match=str(os.getpid())), lock.hold(database):
            pass

        assert os.getpid() == lock.holder(database)


def test_r48_what_a_killed_process_left_behind_is_no_obstacle(database, other):
    other.send_signal(signal.SIGKILL)
    other.wait()

    assert str(other.pid) == lock.lock_of(database).read_text().strip()
    assert lock.holder(database) is None
    with lock.hold(database):
        assert os.getpid() == lock.holder(database)


def test_after_the_work_nobody_holds_it(database):
    assert lock.holder(database) is None
    with lock.hold(database):
        pass

    assert lock.holder(database) is None


def test_it_is_let_go_when_the_work_fails(database):
    with pytest.raises(ValueError, match="on purpose"), lock.hold(database):
        raise ValueError("on purpose")

    assert lock.holder(database) is None


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "data").write_text("a file, not a directory")

    with (
        pytest.raises(StoreError, match="lock cannot be written"),
        lock.hold(tmp_path / "data" / "monitor.db"),
    ):
        pass


def test_r43_the_lock_is_not_handed_down_to_programs_we_start(database):
    with lock.hold(database):
        child = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        assert lock.holder(database) is None
    finally:
        child.kill()
        child.wait()
