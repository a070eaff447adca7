"""What a feed says about how often to ask: ttl, skipHours, skipDays, sy:updatePeriod.

Hints only ever lengthen, so a hint that cannot be understood is no hint.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from xml.parsers import expat

from monitor.model import Hints

LONGEST = timedelta(days=31)  # of any one hint; `cadence` caps their sum of advice more tightly
_READ = 1_000_000  # bytes: hints stand at the top of a channel
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def hints_of(body: bytes, ttl: object, period: object, frequency: object) -> Hints:
    """The hints of a feed: `body` is its XML in UTF-8, the others are element texts as found, or None."""
    hours, days = _skips(body)
    return Hints(
        ttl=_ttl(ttl),
        skip_hours=hours,
        skip_days=days,
        update_period=_update_period(period, frequency),
    )


def _ttl(text: object) -> timedelta | None:
    """Minutes, as RSS 2.0 has them; zero, negative and nonsense are no hint."""
    minutes = _number(text)
    return min(timedelta(minutes=min(minutes, 1e6)), LONGEST) if minutes else None


def _update_period(period: object, frequency: object) -> timedelta | None:
    """The period divided by how often in it (RSS 1.0 syndication module); once where that is nonsense."""
    span = _PERIODS.get(str(period).strip().casefold()) if period else None
    return min(span / max(_number(frequency) or 1.0, 0.001), LONGEST) if span else None


def _number(text: object) -> float | None:
    """A number above zero, or None."""
    try:
        number = float(str(text).strip()) if text is not None else 0.0
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def _skips(body: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Hours (0–23, GMT) and days (Monday is 0) at which not to ask.

    A pass of our own, because the feed parser keeps only the last of several `<hour>` elements. 24 means
    midnight (RSS 0.91). A feed that names every hour or every day means none of them.
    """
    if b"skiphours" not in (lower := body[:_READ].lower()) and b"skipdays" not in lower:
        return frozenset(), frozenset()
    hours, days = _Skips().read(body[:_READ])
    return (
        hours if len(hours) < 24 else frozenset(),  # noqa: PLR2004  a day
        days if len(days) < len(_DAYS) else frozenset(),
    )


class _Skips:
    """Collects `skipHours/hour` and `skipDays/day` while expat walks the feed."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.text = ""
        self.hours: set[int] = set()
        self.days: set[int] = set()

    def read(self, body: bytes) -> tuple[frozenset[int], frozenset[int]]:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.data
        parser.EntityDeclHandler = self.refuse
        # Where the document is malformed, what was read before stands.
        with suppress(expat.ExpatError, ValueError, LookupError):
            parser.Parse(body, False)
        return frozenset(self.hours), frozenset(self.days)

    def start(self, name: str, _: dict[str, str]) -> None:
        self.path.append(name.rpartition(":")[2].casefold())
        self.text = ""

    def data(self, text: str) -> None:
        if len(self.text) < 100:  # noqa: PLR2004  no hour and no day is longer
            self.text += text

    def end(self, _: str) -> None:
        inner, outer = self.path.pop(), self.path[-1] if self.path else ""
        word = self.text.strip().casefold()
        if (outer, inner) == ("skiphours", "hour") and word.isdecimal() and int(word) <= 24:  # noqa: PLR2004
            self.hours.add(int(word) % 24)
        elif (outer, inner) == ("skipdays", "day") and word in _DAYS:
            self.days.add(_DAYS.index(word))

    def refuse(self, *_: object) -> None:
        """Entities are how small documents become large ones: no hint is worth them."""
        raise ValueError("the document declares entities")
