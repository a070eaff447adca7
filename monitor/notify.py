"""What systemd is told: ready, how it goes, reloading, stopping, and that the watch makes progress.

One datagram each to the socket that `NOTIFY_SOCKET` names (sd_notify(3)); without one, nothing happens. A
message that cannot be sent is not worth a failure.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import MutableMapping


class Notifier:
    """The service manager, if there is one."""

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        self.watchdog_seconds = watchdog  # silent for longer than that, we are killed; None: nobody watches
        self._address = address

    @classmethod
    def of(cls, environ: MutableMapping[str, str], process: int) -> Notifier:
        """The notifier of this environment. Its variables are taken out: our children are not the service."""
        address = environ.pop("NOTIFY_SOCKET", None)
        usec, meant = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        ours = not meant or meant == str(process)
        return cls(address, int(usec) / 1e6 if usec.isdecimal() and ours else None)

    def ready(self) -> None:
        """The service is up, or up again after a reload."""
        self._send("READY=1")

    def reloading(self) -> None:
        """A reload begins. Both lines in one datagram, or systemd does not count it (Type=notify-reload)."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end begins."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """There was progress: the watchdog's clock starts afresh."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # "@" stands for the NUL of an abstract address.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.setblocking(False)
            to.sendto("\n".join(lines).encode(), address)


def from_environment() -> Notifier:
    """The notifier of this process."""
    return Notifier.of(os.environ, os.getpid())
