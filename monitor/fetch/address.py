"""An address taken apart once: the octets for the wire, the host for politeness, the secret for nobody."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, unquote, urljoin

from yarl import URL

from monitor.core.urls import redacted
from monitor.errors import RefusedError

LONGEST = 8192  # octets of an address that we would send
LONGEST_NAME = 253  # characters of a host name, RFC 1035 section 2.3.4
LONGEST_SHOWN = 500  # characters of an address in an error

_SHAPE = re.compile(r"(https?)://([^/?#\\]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_PORT = re.compile(r"[0-9]{1,5}")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")  # the URL standard: "ends in a number"
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address without user, password and fragment. `key` is `host:port`, the unit of politeness.

    `url` sends exactly the octets that were given: nothing is re-encoded but blanks, non-ASCII
    characters and the host's name (IDNA).
    """

    text: str
    url: URL
    scheme: str
    host: str  # lower case, ASCII, no brackets, no final dot
    port: int
    key: str
    authorization: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The host as people write it: without the port that its scheme implies."""
        return self.host if self.port == _PORTS[self.scheme] else self.key

    @property
    def origin(self) -> tuple[str, str]:
        """Scheme and `host:port`: who may be given the password (RFC 6454 section 4)."""
        return self.scheme, self.key


@lru_cache(maxsize=2048)
def parse(url: str) -> Address:
    """Take an address apart. RefusedError when it is none that we ask."""
    text = url.strip()
    if len(text) > LONGEST or _CONTROL.search(text):
        raise _refused(url, "the address is too long or holds control characters")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise _refused(url, "only http and https addresses are asked")
    scheme, authority, rest = shape[1].lower(), shape[2], shape[3]
    user, _, place = authority.rpartition("@")
    host, port = _host_and_port(url, place, _PORTS[scheme])
    shown = f"[{host}]" if ":" in host else host
    key = f"{shown}:{port}"
    where = shown if port == _PORTS[scheme] else key
    sent = f"{scheme}://{where}{_octets(rest)}"
    return Address(sent, URL(sent, encoded=True), scheme, host, port, key, _basic(user))


def target(base: Address, location: str) -> Address:
    """Where a Location header points (RFC 9110 section 10.2.2), relative ones against `base`.

    RefusedError when that is no http(s) address.
    """
    try:
        absolute = urljoin(base.text, location.strip())
    except ValueError:
        raise _refused(location, "the redirect leads to no address") from None
    return parse(absolute)


def shown(url: str) -> str:
    """An address for errors: without secrets, and not longer than a reader reads."""
    return redacted(url[:LONGEST])[:LONGEST_SHOWN]


def _refused(url: str, because: str) -> RefusedError:
    return RefusedError(shown(url), because)


def _host_and_port(url: str, place: str, default: int) -> tuple[str, int]:
    """The host in its one spelling, and the port."""
    if place.startswith("["):
        literal, _, port = place[1:].partition("]")
        host, port = _ipv6(url, literal), port.removeprefix(":")
    else:
        name, _, port = place.partition(":")
        host = _name(url, name)
    if not port:
        return host, default
    if not _PORT.fullmatch(port) or int(port) not in range(1, 65_536):
        raise _refused(url, "the address has no valid port")
    return host, int(port)


def _ipv6(url: str, literal: str) -> str:
    try:
        address = IPv6Address(literal)
    except AddressValueError:
        raise _refused(url, "the address has no valid host") from None
    if address.scope_id:
        raise _refused(url, "the address names a network interface")
    return address.compressed


def _name(url: str, name: str) -> str:
    """A host name in ASCII. Numbers that only some systems read as an address are refused (127.1, 0x7f.1)."""
    try:
        host = name.lower() if name.isascii() else URL.build(scheme="http", host=name).raw_host or ""
    except ValueError:
        host = ""
    host = host.removesuffix(".")
    if len(host) > LONGEST_NAME or not _NAME.fullmatch(host):
        raise _refused(url, "the address has no valid host")
    if _NUMERIC.fullmatch(host) and not _is_ipv4(host):
        raise _refused(url, f"{host} is no proper spelling of an address")
    return host


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _octets(rest: str) -> str:
    """Path and query as given; blanks and what is not ASCII are percent-encoded, as UTF-8 or as received."""
    rest = rest if rest.startswith("/") else f"/{rest}"
    if rest.isascii() and " " not in rest:
        return rest
    return quote(rest.encode("utf-8", "surrogateescape"), safe=_VISIBLE)


def _basic(user: str) -> str | None:
    """The Authorization header of `user:password` (RFC 7617), percent-decoded."""
    if not user:
        return None
    name, _, password = user.partition(":")
    return "Basic " + b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode("ascii")
