"""Sending: one POST to an address that the configuration names, past the same guard as every request.

No redirect is followed, nothing is sent twice, no robots.txt is asked: the address was given to us to be
used. Of the answer only what a reader needs is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from monitor.errors import FetchError
from monitor.fetch import body, trouble
from monitor.fetch.address import Address, parse
from monitor.fetch.deadline import Deadlines
from monitor.fetch.guard import ATTEMPT, Guard
from monitor.fetch.headers import plain
from monitor.model import Page


@dataclass(frozen=True, slots=True)
class Way:
    """What a POST goes through. `timeout` is its whole deadline in seconds."""

    session: aiohttp.ClientSession  # whose connections close after each request
    guard: Guard
    deadlines: Deadlines
    clock: Callable[[], datetime]
    timeout: float


async def send(way: Way, url: str, content: bytes, headers: Mapping[str, str]) -> Page | FetchError:
    """Send `content` once. Whatever the status, the answer is a Page, with the first 64 kB of its body."""
    try:
        return await _sent(way, parse(url), content, headers)
    except FetchError as error:
        return trouble.alone(error)
    except Exception as error:  # noqa: BLE001  the promise of this door: a failure is a value
        return trouble.alone(trouble.unexpected(url, error))


async def _sent(way: Way, here: Address, content: bytes, headers: Mapping[str, str]) -> Page:
    attempt = way.guard.attempt(here)
    ATTEMPT.set(attempt)
    own = {"Authorization": here.authorization} if here.authorization else {}
    began = asyncio.get_running_loop().time()
    try:
        with way.deadlines.of(way.timeout):
            response = await way.session.post(
                here.url, data=content, headers={**headers, **own}, allow_redirects=False
            )
            try:
                said = await body.some(response, here)
            finally:
                response.release()
    except TimeoutError:
        raise trouble.slow(here, way.timeout) from None
    except (aiohttp.ClientError, OSError) as error:
        raise trouble.explained(error, here, attempt) from None
    ms = round((asyncio.get_running_loop().time() - began) * 1000)
    return Page(here.text, here.text, response.status, plain(response.headers), said, way.clock(), ms=ms)
