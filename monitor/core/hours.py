"""Hours of the day in a time zone: when it is quiet, until when, and when a digest was due.

Times of the day are `HH:MM`. In the night in which clocks go forward, a time that does not exist counts
as the moment an hour later; in the one in which they go back, the first of two equal times counts
(PEP 495, fold=0), so that every local day has each time exactly once.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def is_quiet(hours: tuple[str, str] | None, zone: str, now: datetime) -> bool:
    """Whether it is now within these hours; the first belongs to them, the last does not."""
    if hours is None:
        return False
    begin, end = map(time.fromisoformat, hours)
    here = now.astimezone(ZoneInfo(zone)).time()
    return begin <= here < end if begin < end else here >= begin or here < end


def length(hours: tuple[str, str]) -> timedelta:
    """How long these hours are, on a day on which no clock is changed."""
    begin, end = (timedelta(hours=at.hour, minutes=at.minute) for at in map(time.fromisoformat, hours))
    return (end - begin) % DAY


def last_due(at: str, zone: str, now: datetime) -> datetime:
    """The last moment, now or earlier, at which this time of the day came, in UTC."""
    today = now.astimezone(ZoneInfo(zone)).date()
    for days in range(3):
        due = datetime.combine(today - days * DAY, time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC)
        if due <= now:
            return due
    raise ValueError(f"no {at} in {zone} before {now}")
