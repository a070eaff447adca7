"""Twenty hosts that stall, drip and never end, and a healthy one: a real daemon, for some seconds.

`tests/hostile.py` does the same for as long as one likes.
"""

from pathlib import Path

import hostile
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="memory and processes are read from /proc"
)


async def test_among_twenty_bad_hosts_the_healthy_feed_is_read_and_memory_stays_bounded(tmp_path):
    told = await hostile.run(tmp_path, seconds=9, every=1, deadline=1)

    assert 20 == told["bad hosts asked"]
    assert told["items published in time"] == told["of them seen"] > 0
    assert told["items read"] > 0
    assert 0 == told["of them failed"]
    assert told["polls that failed elsewhere"] > 0
    assert told["PSS MB"] < hostile.LIMIT
    assert 0 == told["exit code"]


def test_each_of_the_twenty_is_bad_in_a_way_of_its_own():
    class Anywhere:
        def url(self, path):
            return f"http://127.0.0.1{path}"

    assert 20 == len(hostile.scripts(Anywhere()))
