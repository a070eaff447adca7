"""Headers, sent and received: who we say we are, which validators may travel, what is kept of an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_NOT_IN_CONTACT = re.compile(r"[^\x21-\x7e]|[()\\]")


def user_agent(version: str, contact: str | None) -> str:
    """Who asks, and where to complain: `monitor/1.0 (+desk@example.org)`."""
    reachable = _NOT_IN_CONTACT.sub("", contact or "")
    return f"monitor/{version} (+{reachable})" if reachable else f"monitor/{version}"


def validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110 section 13.1), values exactly as they were received.

    A value that is not visible ASCII cannot be sent back unchanged, so it is not sent at all.
    """
    pairs = (("If-None-Match", etag), ("If-Modified-Since", last_modified))
    return {name: value for name, value in pairs if value and _SENDABLE.fullmatch(value)}


def plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as a dictionary: names in lower case, repeated ones joined (RFC 9110 section 5.3).

    `headers` may hold a name several times, as aiohttp's do. Octets that are not UTF-8 are read as
    Latin-1, so that every value can be stored. Cookies stay out: nobody needs them, and they would be
    secrets in the archive.
    """
    found: dict[str, str] = {}
    for name, received in headers.items():
        key = name.lower()
        value = received if received.isascii() else _storable(received)
        found[key] = f"{found[key]}, {value}" if key in found else value
    found.pop("set-cookie", None)
    return found


def _storable(value: str) -> str:
    """A value without the lone surrogates that stand for octets which are not UTF-8."""
    octets = value.encode("utf-8", "surrogateescape")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
