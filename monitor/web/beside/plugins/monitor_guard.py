"""Keeps these pages to those they are meant for: a Datasette plugin for 0.65 and 1.0.

Adds headers that confine what a page may load and who may frame it, and answers only to names that
are ours: a page of the web that points its own name at 127.0.0.1 (DNS rebinding) could otherwise read
everything here. IP addresses and localhost always pass; further names stand in metadata.yaml under
`plugins: monitor: hosts:` or, separated by commas, in the environment variable MONITOR_HOSTS.
A host of "*" lets every name pass; behind a proxy that checks it, that is right.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from datasette import hookimpl  # type: ignore[import-untyped]

App = Callable[[Any, Any, Any], Awaitable[None]]

# Datasette's own pages hold scripts and styles inline; nothing may come from, or go to, elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
REFUSED = (
    "These pages are not served under this name. If it is yours, add it to metadata.yaml under\n"
    "plugins: monitor: hosts:, or to the environment variable MONITOR_HOSTS, and start again.\n"
)


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Wrap the whole application."""
    names = frozenset(hosts(datasette))

    def wrap(app: App) -> App:
        async def guarded(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif is_ours(host_of(scope), names):
                await app(scope, receive, with_headers(send))
            else:
                await refuse(with_headers(send))

        return guarded

    return wrap


def hosts(datasette: Any) -> Iterable[str]:
    """Names that may be asked for, lower-case."""
    settings = datasette.plugin_config("monitor") or {}
    listed = settings.get("hosts") if isinstance(settings, dict) else None
    for name in [*(listed or []), *os.environ.get("MONITOR_HOSTS", "").split(",")]:
        yield str(name).strip().lower()


def host_of(scope: Any) -> str:
    """The Host header's name without its port; empty when there is none, or more than one."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    host = found[0].decode("latin-1").strip().lower() if len(found) == 1 else ""
    return host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]


def is_ours(host: str, names: frozenset[str]) -> bool:
    """Whether a browser that asks for this host means us. Nobody can point an IP address elsewhere."""
    host = host.removesuffix(".")
    return (
        "*" in names
        or host == "localhost"
        or host.endswith(".localhost")
        or host in names - {""}
        or is_ip(host)
    )


def is_ip(host: str) -> bool:
    """Whether the host is an address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def with_headers(send: Any) -> Any:
    """The same `send`, with our headers on every answer that has not set its own."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers") or [])
            names = {bytes(name).lower() for name, _ in given}
            missing = [header for header in HEADERS if header[0] not in names]
            message = {**message, "headers": [*given, *missing]}
        await send(message)

    return sending


async def refuse(send: Any) -> None:
    """421 Misdirected Request (RFC 9110, 15.5.20): this name is not served here."""
    body = REFUSED.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body})
