"""When a topic's feeds are asked, as the user writes it: `every 10 minutes`, or a line of crontab(5).

Everything here reads a text and gives a value, or raises ValueError with a sentence.
"""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from monitor.config.findings import did_you_mean, number, shown
from monitor.model import Schedule

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_EVERY = re.compile(r"(?:every\s+)?(?:(\d+)\s*)?([a-z]+?)s?", re.IGNORECASE)
_CRON = re.compile(r"""cron:\s*(["']?)(.*)\1""", re.IGNORECASE | re.DOTALL)
_PART = re.compile(r"(\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/(\d+))?")
_LONGEST = 31 * 86400

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))


def schedule(text: str) -> Schedule:
    """`every N seconds|minutes|hours|days`, `cron: LINE`, or a cron line alone."""
    if found := _CRON.fullmatch(text.strip()):
        return Schedule(text, cron=cron(found[2]))
    if re.match(r"[0-9*]\S*\s+[0-9*]", text.strip()):
        return Schedule(text, cron=cron(text))
    return Schedule(text, every=interval(text))


def every(text: str) -> Schedule:
    """`10 minutes`, under the key that says `every` already."""
    said = " ".join(text.split())
    said = said if said.lower().startswith("every") else f"every {said}"
    return Schedule(said, every=interval(said))


def interval(text: str) -> timedelta:
    """`every 10 minutes`, `every minute`."""
    found = _EVERY.fullmatch(text.strip())
    seconds = _UNITS.get(found[2].lower()) if found else None
    if found is None or seconds is None or not (found[1] or text.lower().split()[0] == "every"):
        unit = (
            did_you_mean(text.rsplit(maxsplit=1)[-1], [*_UNITS, *(f"{u}s" for u in _UNITS)]) if found else ""
        )
        raise ValueError(f"{shown(text)} is no schedule; write 'every 10 minutes' or a cron line{unit}")
    total = number(found[1] or "1") * seconds
    if not 0 < total <= _LONGEST:
        raise ValueError(f"{shown(text)} is not between 1 second and 31 days")
    return timedelta(seconds=total)


def timezone(text: str) -> str:
    """The name of a time zone that this system knows."""
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:
        advice = did_you_mean(text, available_timezones())
        raise ValueError(f"{shown(text)} is no time zone{advice or ', such as Europe/Berlin'}") from error
    return text


def cron(text: str) -> str:
    """A crontab(5) line of five fields, in lower case, months as numbers."""
    fields = text.lower().split()
    if len(fields) != len(FIELDS):
        raise ValueError(
            f"a cron line has five fields: minute hour day month weekday; {shown(text)} has {len(fields)}"
        )
    months = _named(fields[3], MONTHS, first=1)
    fields[3] = months
    allowed = [_allowed(field, *rule) for field, rule in zip(fields, FIELDS, strict=True)]
    if fields[4] == "*" and min(allowed[2]) > max(DAYS[month - 1] for month in allowed[3]):
        raise ValueError(f"cron {shown(text)} never comes due: its months have no such day")
    return " ".join(fields)


def _allowed(field: str, name: str, low: int, high: int) -> set[int]:
    """The numbers that a field allows."""
    numbers: set[int] = set()
    for part in field.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f"cron: {shown(part)} is no {name}; write a number, a-b, */n or a list of them")
        numbers |= _span(found, name, low, high)
    return numbers


def _span(found: re.Match[str], name: str, low: int, high: int) -> set[int]:
    star, step = found[1] == "*", number(found[4] or "1")
    first = low if star else _number(found[2], name, low, high)
    open_ended = star or (found[4] is not None and found[3] is None)
    last = high if open_ended else _number(found[3] or found[2], name, low, high)
    if name == "weekday" and last < first:
        last += 7  # sat-mon runs over the end of the week
    if last < first:
        raise ValueError(f"cron: the {name}s {shown(found[0])} run backwards")
    if step < 1 or (found[4] and step > max(last - first, 1)):
        raise ValueError(f"cron: a step of {step} does not fit into the {name}s {shown(found[0])}")
    return set(range(first, last + 1, step))


def _number(word: str, name: str, low: int, high: int) -> int:
    if name == "weekday" and word in WEEKDAYS:
        return WEEKDAYS.index(word)
    if not word.isdecimal():
        names = WEEKDAYS if name == "weekday" else MONTHS if name == "month" else ()
        raise ValueError(f"cron: {shown(word)} is no {name}{did_you_mean(word, names)}")
    if not low <= number(word) <= high:
        raise ValueError(f"cron: the {name} {number(word)} is not between {low} and {high}")
    return int(word)


def _named(field: str, names: tuple[str, ...], *, first: int) -> str:
    """A field with names replaced by their numbers."""
    return re.sub(r"[a-z]+", lambda f: str(names.index(f[0]) + first) if f[0] in names else f[0], field)
