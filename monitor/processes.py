"""Programs that run beside the daemon, and its own end when there is no time for manners."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

log = logging.getLogger("monitor")

LOOK_AGAIN = 0.1  # seconds, whether a program listens by now
ECHO = 0.25  # seconds in which the same word, told again, is the first one's echo
CHILDREN: set[int] = set()  # processes that run beside us: an end at once must not leave them behind


@asynccontextmanager
async def beside(command: Sequence[str] | None, *, quiet: bool) -> AsyncIterator[None]:
    """A program that runs while we are inside; none without a command. Where it ends by itself, that is told."""
    if command is None:
        yield
        return
    output = asyncio.subprocess.DEVNULL if quiet else None
    process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    CHILDREN.add(process.pid)
    witness = asyncio.create_task(told_of_end(process))
    try:
        yield
    finally:
        witness.cancel()
        await end(process)
        CHILDREN.discard(process.pid)


async def told_of_end(process: asyncio.subprocess.Process) -> None:
    """Say that a program beside us has ended, should it."""
    code = await process.wait()
    log.error("Datasette ended (exit code %d); the watch goes on, and `monitor serve` starts it again", code)


@contextmanager
def last_word(seconds: float) -> Iterator[Callable[[], None]]:
    """Gives what begins a countdown, at whose end the process ends at once; leaving this in time calls it off."""
    timer = threading.Timer(seconds, at_once, ["something did not end in time"])
    timer.daemon = True

    def begin() -> None:
        if timer.ident is None:
            timer.start()

    try:
        yield begin
    finally:
        timer.cancel()


def at_once(because: str) -> None:
    """End this process now, and the programs it runs beside it."""
    log.warning("ending now: %s", because)
    for child in CHILDREN:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    os._exit(1)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process that we started: ask, and after five seconds insist."""
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def free_port(port: int, host: str = "127.0.0.1") -> int:
    """This port where nobody listens on it, else any free one."""
    for wanted in (port, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, wanted))
            return int(probe.getsockname()[1])
    return port


async def answers(port: int, host: str = "127.0.0.1") -> None:
    """Wait until a program listens on this port."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(LOOK_AGAIN)
        else:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            return


def on_end(work: Callable[[int], object]) -> None:
    """What SIGTERM and Ctrl-C do from now on; it is given the number of the signal.

    `timeout` and some supervisors signal a process and then its group: that is one word, heard twice.
    """
    loop = asyncio.get_running_loop()
    heard = -math.inf

    def hear(number: int) -> None:
        nonlocal heard
        is_echo, heard = loop.time() - heard < ECHO, loop.time()
        if not is_echo:
            work(number)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, hear, int(name))


@contextmanager
def given_up_on_end() -> Iterator[list[int]]:
    """SIGTERM and Ctrl-C cancel this task; gives the list in which the signal's number then stands.

    Once it was told, what fails while things half open are closed (workers that had the same signal) is no
    failure. `on_end` takes over from it.
    """
    task, told = asyncio.current_task(), list[int]()
    assert task is not None

    def give_up(number: int) -> None:
        told.append(number)
        task.cancel()

    on_end(give_up)
    try:
        yield told
    except asyncio.CancelledError:
        log.info("ended before it had begun")
    except Exception as error:
        if not told:
            raise
        log.info("ended before it had begun: %s", error)


def changed_at(path: Path) -> int | None:
    """When a file was last written, in nanoseconds; None while it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
