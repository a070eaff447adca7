"""What went wrong on the way, in words: the errors of the network as errors of ours.

Sentences name hosts, never whole addresses: those may hold secrets.
"""

from __future__ import annotations

import os
import socket
import ssl
import traceback

import aiohttp

from monitor.errors import BadAnswerError, FetchError, SlowError, UnreachableError
from monitor.fetch.address import Address, shown
from monitor.fetch.guard import Attempt, refused


def explained(error: Exception, here: Address, attempt: Attempt) -> FetchError:
    """The error of ours for an error of aiohttp or of the operating system."""
    url = shown(here.text)
    if attempt.refused and not attempt.opened:
        return refused(here, attempt.refused)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return UnreachableError(url, f"the proxy does not lead to {here.host}: HTTP {error.status}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return UnreachableError(url, _unconnected(error, here))
    if isinstance(error, aiohttp.ClientPayloadError):
        return BadAnswerError(url, f"the answer of {here.host} was cut short")
    if isinstance(error, aiohttp.ClientResponseError):
        return BadAnswerError(url, f"what {here.host} sent is no proper HTTP: {_line(error.message)}")
    return UnreachableError(url, f"{here.host} closed the connection without an answer")


def slow(here: Address, timeout: float) -> SlowError:
    """The error for an answer that was not whole in time. `timeout` in seconds."""
    return SlowError(shown(here.text), f"{here.host} gave no whole answer within {timeout:g} s")


def unexpected(url: str, error: Exception) -> BadAnswerError:
    """The error for what nobody thought of: its kind and place, not its text, which may hold an address."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return BadAnswerError(shown(url), f"the request failed unexpectedly ({type(error).__name__}{place})")


def alone(error: FetchError) -> FetchError:
    """The error as a value: without the frames it was raised in, which would keep whole answers in memory."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _unconnected(error: aiohttp.ClientConnectorError, here: Address) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {here.host} could not be resolved: {_reason(error)}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy cannot be reached: {_reason(error)}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {here.host} is not valid: {_reason(error)}"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"no TLS with {here.host}: {_reason(error)}"
    return f"{here.host}:{here.port} cannot be reached: {_reason(error)}"


def _reason(error: aiohttp.ClientConnectorError) -> str:
    """The words of the operating system or of TLS, without their numbers."""
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return _line(
            getattr(cause, "verify_message", "") or (cause.reason or str(cause)).replace("_", " ").lower()
        )
    if cause.errno and not isinstance(cause, socket.gaierror):
        return os.strerror(cause.errno)
    return _line(cause.strerror or str(cause))


def _line(text: str) -> str:
    """The first line of foreign text, printable and short."""
    first = (text.strip().splitlines() or [""])[0]
    return "".join(c if c.isprintable() else "?" for c in first)[:120]
