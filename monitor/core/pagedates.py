"""The dates that pages write → aware datetimes in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Before the web's first news sites a date is a default, a typo or an archive's own puzzle.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LONGEST = 64  # characters


def read_date(text: str | None, now: datetime) -> datetime | None:
    """Give the moment that `text` names, in UTC, not after `now`; None when it names none or an absurd one.

    Understood are ISO 8601 as `datetime.fromisoformat` reads it, the dates of RFC 5322, and what
    JavaScript prints. A time without a zone is taken as UTC, a date without a time as its midnight.
    """
    if not text or len(text) > _LONGEST:
        return None
    text = " ".join(text.split())
    moment = _iso(text) or _internet(text)
    if moment is None:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # year 1 or 9999 at the edge of a zone
        return None
    if moment < EARLIEST:
        return None
    return min(moment, now).replace(microsecond=0)


def _iso(text: str) -> datetime | None:
    for form in (text, text.replace(" +", "+").replace(" Z", "Z").replace(" UTC", "Z")):
        try:
            return datetime.fromisoformat(form)
        except ValueError:
            continue
    return None


def _internet(text: str) -> datetime | None:
    # "Mon Jan 29 2024 10:00:00 GMT+0100 (CET)": the zone's name stands before its offset.
    text = text.partition(" (")[0].replace("GMT+", "+").replace("GMT-", "-")
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
