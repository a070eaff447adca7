"""Deadlines interrupt what waits too long, and nothing else."""

import asyncio

import pytest

from monitor.fetch.deadline import Deadlines


async def test_what_is_done_in_time_is_left_alone():
    deadlines = Deadlines(0.1)

    with deadlines.of(0.1):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.12)

    assert asyncio.current_task().cancelling() == 0


async def test_what_takes_longer_ends_with_a_timeout_and_the_task_goes_on():
    deadlines = Deadlines(0.1)

    with pytest.raises(TimeoutError), deadlines.of(0.05):
        await asyncio.sleep(5)

    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


async def test_every_one_of_many_is_interrupted_at_its_own_time():
    deadlines = Deadlines(0.2)
    loop = asyncio.get_running_loop()

    async def took(seconds):
        began = loop.time()
        with pytest.raises(TimeoutError), deadlines.of(seconds):
            await asyncio.sleep(5)
        return loop.time() - began

    first, second = await asyncio.gather(took(0.05), took(0.15))

    assert 0.049 < first < 0.149 < second


async def test_an_error_of_the_block_passes_through():
    with pytest.raises(KeyError), Deadlines(1).of(1):
        raise KeyError


async def test_whoever_cancels_from_outside_wins_over_a_deadline_in_the_same_moment():
    deadlines = Deadlines(1)

    async def wait():
        with deadlines.of(60):
            await asyncio.sleep(5)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    next(iter(deadlines._running)).interrupt()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_in_place_of_the_interruption_leaves_no_cancellation_behind():
    deadlines = Deadlines(0.02)

    async def stubborn():
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            raise KeyError from None

    with pytest.raises(KeyError), deadlines.of(0.02):
        await stubborn()

    assert asyncio.current_task().cancelling() == 0


async def test_nobody_looks_at_the_clock_when_nothing_runs():
    deadlines = Deadlines(0.02)

    with deadlines.of(0.02):
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)

    assert deadlines._timer is None
