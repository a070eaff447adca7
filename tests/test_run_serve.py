"""What stands in the way of Datasette beside the watch, and of what a command prints, is said in a sentence."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.processes import beside


def run(folder, *words, out=subprocess.PIPE):
    command = [sys.executable, "-m", "monitor", *words]
    return subprocess.run(
        command, cwd=folder, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )


async def test_a_port_that_is_taken_is_told_before_the_watch_begins(tmp_path):
    path = tmp_path / "monitor.yaml"
    path.write_text("version: 1\ndatabase: data/monitor.db\n")
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        done = await asyncio.to_thread(run, tmp_path, "run", "--serve", "--port", port)

    assert 1 == done.returncode
    assert f"monitor: 127.0.0.1:{port} is taken by another program" in done.stderr
    assert not (tmp_path / "data" / "monitor.db").exists()


async def test_a_program_beside_the_watch_that_ends_by_itself_is_told(caplog):
    async with beside([sys.executable, "-c", "raise SystemExit(7)"], quiet=True):
        async with asyncio.timeout(20):
            while not caplog.messages:  # noqa: ASYNC110  a log tells nobody
                await asyncio.sleep(0.01)

    assert [
        "Datasette ended (exit code 7); the watch goes on, and `monitor serve` starts it again"
    ] == caplog.messages


async def test_a_program_that_we_end_ourselves_is_not(caplog):
    async with beside([sys.executable, "-c", "import time; time.sleep(60)"], quiet=True):
        await asyncio.sleep(0.05)

    assert [] == caplog.messages


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["schema"], ["--help"]])
def test_where_there_is_no_room_for_what_is_printed_no_stack_is(tmp_path, words):
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, *words, out=full)

    assert done.returncode
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr
