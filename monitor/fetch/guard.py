"""The guard at the socket: nothing but public addresses, unless the configuration names the place.

The check sits where the socket is made, on the address that will be connected, so neither a redirect
nor a name that resolves differently the second time gets around it. Which place was asked for is known
from `ATTEMPT`, a context variable that is set for each request and inherited by the connecting tasks.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType

from monitor.errors import RefusedError
from monitor.fetch.address import Address, shown

WEB_PORTS = frozenset({80, 443})

# Python's `is_global` calls these public, or did in some version; nobody publishes news there.
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_UNICAST = IPv6Network("2000::/3")  # RFC 4291: all that was ever given to somebody
_V4_NEVER = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
)
_V6_NEVER = (IPv6Network("3fff::/20"),)  # documentation, RFC 9637

# Names that a proxy would look up in its own network.
_LOCAL_NAMES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "home.arpa",
)


class ForbiddenAddressError(OSError):
    """The socket was not made: its address is no public one."""


class Attempt:
    """One request on its way: whether its place is allowed as configured, and what became of its sockets."""

    __slots__ = ("allowed", "opened", "refused")

    def __init__(self, *, allowed: bool) -> None:
        self.allowed = allowed
        self.opened = 0  # sockets made for this request; none when a kept connection was used
        self.refused: str | None = None  # the last address that was not public


ATTEMPT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def open_socket(info: AddrInfoType) -> socket.socket:
    """Make the socket for this resolved address, or raise ForbiddenAddressError.

    `info` is what getaddrinfo gave; aiohttp connects the socket to exactly its last field.
    """
    attempt = ATTEMPT.get()
    host, port = info[4][:2]
    if attempt is None or not (attempt.allowed or (port in WEB_PORTS and is_public(str(host)))):
        if attempt is not None:
            attempt.refused = str(host)
        raise ForbiddenAddressError(f"{host} is no public address")
    attempt.opened += 1
    return socket.socket(info[0], info[1], info[2])


def is_public(address: str) -> bool:
    """Whether a literal address is in the public Internet, whatever it is wrapped in.

    Unwrapped are IPv4-mapped and -compatible, NAT64, 6to4 and Teredo addresses.
    """
    try:
        literal = ip_address(address)
    except ValueError:
        return False
    return all(_is_public(inner) for inner in _unwrapped(literal))


def _unwrapped(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The addresses that packets for this address would really go to."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    elif int(address) < 2**32 or address in _NAT64:
        yield IPv4Address(int(address) % 2**32)
    elif address.sixtofour:
        yield address.sixtofour
    elif address.teredo:
        yield from address.teredo
    else:
        yield address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4_NEVER)
    return address in _UNICAST and not any(address in network for network in _V6_NEVER)


class Guard:
    """Which places may be asked. `allow` holds `host:port` or `host:*`, hosts as addresses write them."""

    def __init__(self, allow: Iterable[str], *, proxied: bool = False) -> None:
        self._allow = frozenset(_entry(text) for text in allow)
        self._proxied = proxied

    def allows(self, here: Address) -> bool:
        """Whether the configuration names this place."""
        return (here.host, str(here.port)) in self._allow or (here.host, "*") in self._allow

    def attempt(self, here: Address) -> Attempt:
        """Check what can be known before a name is resolved. RefusedError when the place is not to be asked.

        With a proxy the socket goes to the proxy, which the configuration allows by naming it; then the
        name is all there is to check.
        """
        if (self._allow and self.allows(here)) or (self._proxied and self._passes_by_name(here)):
            return Attempt(allowed=True)
        if here.port not in WEB_PORTS:
            raise RefusedError(
                shown(here.text),
                f"port {here.port} of {here.host} is not one of the web's (80, 443); to ask it all the same, put {here.key} under allow_private",
            )
        if self._proxied or (_is_literal(here.host) and not is_public(here.host)):
            raise refused(here, here.host)
        return Attempt(allowed=False)

    def _passes_by_name(self, here: Address) -> bool:
        if here.port not in WEB_PORTS:
            return False
        return is_public(here.host) if _is_literal(here.host) else not _is_local(here.host)


def refused(here: Address, address: str) -> RefusedError:
    """The error for a place that is not in the public Internet."""
    leads = here.host if address == here.host else f"{here.host} leads to {address}, which"
    return RefusedError(
        shown(here.text),
        f"{leads} is no public address; to ask it all the same, put {here.key} under allow_private",
    )


def _entry(text: str) -> tuple[str, str]:
    """An entry of the configuration as host and port; brackets and a final dot are only spelling."""
    host, _, port = text.strip().lower().rpartition(":")
    host = host.strip("[]").removesuffix(".")
    return (str(ip_address(host)) if _is_literal(host) else host), port


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_local(host: str) -> bool:
    """Whether a name is one of a private network: a single label, or under a suffix nobody can register."""
    return "." not in host or any(host == name or host.endswith("." + name) for name in _LOCAL_NAMES)
