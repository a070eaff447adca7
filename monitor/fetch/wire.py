"""What comes over the wire, watched where it comes in: small things without end cost more than big ones.

Interim answers (1xx) cost nothing to send, and each becomes an object here; so does each chunk of a body
that comes octet by octet. One such host could keep the loop of the daemon from all others.
"""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError

MOST_INTERIM = 16  # answers before the answer; honest servers send one or two (RFC 8297)
UNCOUNTED = 65_536  # octets of one answer, before their wrapping is held against their content
MOST_WRAPPING = 4  # octets on the wire for one of content: chunks of two octets have that


class Handler(ResponseHandler):
    """aiohttp's own, which also counts: `octets` is what came for the request in hand."""

    octets = 0
    _interim = 0

    def set_response_params(self, **params: Any) -> None:
        """A new request begins on this connection."""
        self.octets = self._interim = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Count, and hand on."""
        self.octets += len(data)
        super().data_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Queue an answer; an endless row of interim ones ends the connection."""
        if data[0].code < HTTPStatus.OK:
            self._interim += 1
            if self._interim == MOST_INTERIM + 1 and self.transport is not None:
                self.transport.close()
                self.set_exception(HttpProcessingError(code=0, message="interim answers without end"))
            if self._interim > MOST_INTERIM:
                return
        super().feed_data(data, size)


def _handler(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return Handler(loop)


class Connector(aiohttp.TCPConnector):
    """Connections that count."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = partial(_handler, loop=asyncio.get_running_loop())


def is_mostly_wrapping(response: aiohttp.ClientResponse) -> bool:
    """Whether what came of a body so far was nearly all framing."""
    protocol = response.connection.protocol if response.connection else None
    if not isinstance(protocol, Handler) or protocol.octets <= UNCOUNTED:
        return False
    return protocol.octets > MOST_WRAPPING * response.content.total_bytes
