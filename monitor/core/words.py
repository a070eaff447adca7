"""Times, spans and answers in words that a journalist reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_ANSWERS = {
    401: "it asks for a password",
    402: "it wants to be paid",
    403: "access is refused",
    404: "there is nothing at this address",
    410: "it is gone for good",
    429: "too many requests, says its server",
    451: "withheld for legal reasons",
    500: "its server has a fault",
    502: "its server is out of order",
    503: "its server is out of service for now",
    504: "its server is too slow",
}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def answered(status: int) -> str:
    """An HTTP status as `HTTP 404: there is nothing at this address`; the bare number where it tells no more."""
    meaning = _ANSWERS.get(status)
    return f"HTTP {status}: {meaning}" if meaning else f"HTTP {status}"


def clock(time: datetime) -> str:
    """A moment as `2026-03-01 14:05 UTC`."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(time: datetime) -> str:
    """A day as `6 August 2026`, in UTC."""
    utc = time.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def span(length: timedelta) -> str:
    """A length of time in its two largest units that count: `3 days`, `1 hour 30 minutes`, `0 seconds`."""
    left = max(0, round(length.total_seconds()))
    parts = []
    for name, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 seconds"
