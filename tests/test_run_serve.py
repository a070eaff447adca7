"""What stands in the way of Datasette beside the watch, and of what a command prints, is said in a sentence."""

import asyncio
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from monitor.processes import answers, beside, free_port


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


async def test_a_program_is_waited_for_until_it_listens():
    port = free_port(0)
    waiting = asyncio.create_task(answers(port))
    await asyncio.sleep(0.05)
    early = waiting.done()
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
        await asyncio.wait_for(waiting, 10)

    assert not early


async def test_the_demo_says_where_to_look_when_there_is_something_to_see(tmp_path):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "demo", "--folder", str(tmp_path), "--for", "60s"),
        *("--port", str(free_port(0))),
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told = []
    try:
        async with asyncio.timeout(50):
            while not told or not told[-1].startswith("Look at it:"):
                told.append((await process.stdout.readline()).decode().strip())
                assert process.returncode is None, told
        address = told[-1].removeprefix("Look at it:").strip()
        with await asyncio.to_thread(urllib.request.urlopen, address) as page:
            assert 200 == page.status
    finally:
        process.terminate()
        await process.communicate()

    assert "Datasette is starting; where to look is said when it answers." in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["schema"], ["--help"]])
def test_where_there_is_no_room_for_what_is_printed_no_stack_is(tmp_path, words):
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, *words, out=full)

    assert done.returncode
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr
