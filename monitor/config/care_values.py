"""The values that say how monitor looks after itself: when to copy the database, where to tell how it does.

Like `values`: each function reads a text, or raises ValueError with a sentence.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta

from monitor.config.findings import number, shown
from monitor.config.values import duration, host_port

_RHYTHM = re.compile(
    r"""(?:every\s+)?(?P<span>.+?)(?:\s+at\s+(["']?)(?P<hour>\d{1,2}):(?P<minute>\d{2})\2)?""", re.IGNORECASE
)
_LEAST, _MOST = timedelta(hours=1), timedelta(days=31)
_MOST_COPIES = 1000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every so often; with `at` (HH:MM), at that time of a day."""

    every: timedelta
    at: str | None = None


DAILY = Rhythm(_DAY)


def rhythm(value: str) -> Rhythm:
    """`1 day at "03:00"`, `day`, `12 hours`: one hour to 31 days; a time of day goes with whole days."""
    found = _RHYTHM.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{shown(value)} is not understood; write '1 day at \"03:00\"' or '12 hours'")
    span = found["span"].strip()
    every = duration(span if span[0].isdigit() else f"1 {span}")
    if not _LEAST <= every <= _MOST:
        raise ValueError(f"{shown(value)} is not between 1 hour and 31 days")
    if found["hour"] is None:
        return Rhythm(every)
    if int(found["hour"]) > 23 or int(found["minute"]) > 59:  # noqa: PLR2004  hours and minutes
        raise ValueError(f"{shown(value)}: there is no such time of day")
    if every % _DAY:
        raise ValueError(f"{shown(value)}: a time of day goes with whole days")
    return Rhythm(every, f"{int(found['hour']):02}:{found['minute']}")


def count(value: str) -> int:
    """How many copies: 1 to 1000."""
    if not value.strip().isdecimal() or not 1 <= number(value.strip()) <= _MOST_COPIES:
        raise ValueError(f"{shown(value)} is no number from 1 to {_MOST_COPIES}")
    return int(value)


def loopback(value: str) -> str:
    """`host:port` of this machine alone: metrics tell what is watched, and nobody is asked who he is."""
    found = host_port(value)
    host, _, port = found.rpartition(":")
    if port == "*":
        raise ValueError(f"{shown(value)} needs its port, as in 127.0.0.1:9100")
    if host != "localhost":
        try:
            local = ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            local = False
        if not local:
            raise ValueError(f"{shown(value)} is no address of this machine alone, such as 127.0.0.1:9100")
    return found
