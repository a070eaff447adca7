"""Dates as outlets write them where they keep to no standard: zones by name, months in their own language.

RFC 5322 knows ten names of zones, and parsers that follow it take the time of every other one for UTC: "10:00 CEST"
would be two hours late. Knows nothing of feeds or pages; what is written as the standards ask is read elsewhere.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LONGEST = 80  # characters of a date

# Hours east of Greenwich. A name that several zones have is that of the one most news is written in: India's
# IST, Britain's BST, America's CST and AST.
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3,
    "art": -3, "uyt": -3, "clt": -4, "clst": -3, "bst": 1, "west": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "mez": 1,
    "mesz": 2, "eet": 2, "eest": 3, "oez": 2, "oesz": 3, "msk": 3, "мск": 3, "msd": 4, "trt": 3, "idt": 3, "irst": 3.5,
    "gst": 4, "wat": 1, "cat": 2, "sast": 2, "eat": 3, "pkt": 5, "ist": 5.5, "npt": 5.75, "ict": 7, "wib": 7, "wita": 8,
    "sgt": 8, "hkt": 8, "pht": 8, "myt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10,
    "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_OFFSET = re.compile(r"(?:gmt|utc)? ?([+-])(\d{1,2})(?::?(\d{2}))?")

# How the months begin, January first; what begins two months in two languages (lip, srp, lis) is left out.
_MONTHS = (
    "jan jän ene gen sty led янв січ oca ιαν",
    "feb fév fev lut úno фев лют şub φεβ",
    "mar mär maa mrz bře мар бер μαρ",
    "apr avr abr kwi апр кві nis απρ",
    "may mai mag maj mei kvě май мая тра μαϊ μαΐ",
    "jun juin giu cze июн чер haz ιουν ιούν",
    "jul juil lug lipc июл лип tem ιουλ ιούλ",
    "aug aoû aou ago sie srpna авг сер ağu αυγ αύγ",
    "sep set wrz zář сен вер eyl σεπ",
    "oct okt ott out paź říj окт жов eki οκτ",
    "nov ноя лис kas νοε νοέ",
    "dec dez déc dic gru prosin дек гру ara δεκ",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

_TIME = r"(?:[\s,T-]+(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?(?:\s?(?P<half>[ap])\.?m\.?)?)?"
_WEEKDAY = r"(?:[^\W\d_]+\.?,?\s+)?"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"{_WEEKDAY}(?P<day>\d\d?)\.?[\s-]+(?:de\s+)?(?P<month>[^\W\d_]+)\.?,?[\s-]+(?:de\s+)?(?P<year>\d{{4}}){_TIME}(?P<zone>.*)",
        rf"{_WEEKDAY}(?P<month>[^\W\d_]+)\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME}(?P<zone>.*)",
        rf"{_WEEKDAY}(?P<month>[^\W\d_]+)\s+(?P<day>\d\d?){_TIME}\s(?P<zone>\D*)(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[-/.年](?P<number>\d\d?)[-/.月](?P<day>\d\d?)日?{_TIME}(?P<zone>.*)",
        rf"{_WEEKDAY}(?P<day>\d\d?)\.\s?(?P<number>\d\d?)\.\s?(?P<year>\d{{4}}){_TIME}(?P<zone>.*)",
    )
)


def moment(text: str) -> datetime | None:
    """The moment that `text` names, in UTC; None where it is not wholly understood.

    A time without a zone is taken as UTC, a date without a time as its midnight.
    """
    if len(text) > LONGEST:
        return None
    words = " ".join(text.split())
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(words))), None)
    if found is None:
        return None
    told = found.groupdict()
    month = int(told["number"]) if "number" in told else month_of(told["month"])
    offset = offset_of(told["zone"])
    if month is None or offset is None:
        return None
    try:
        day = datetime(int(told["year"]), month, int(told["day"]), tzinfo=UTC)
        return day + _time_of(told) - offset
    except (ValueError, OverflowError):
        return None


def month_of(name: str) -> int | None:
    """The number of a month, 1–12, by how its name begins in one of the languages known here."""
    name = name.casefold()
    ends = range(len(name), 2, -1)
    return next((_MONTH[name[:end]] for end in ends if name[:end] in _MONTH), None)


def offset_of(zone: str) -> timedelta | None:
    """How far a zone is ahead of UTC: `CEST`, `+0200`, `GMT+2`, `+02:00 (CEST)`; none is UTC; None: unknown."""
    before, _, inside = zone.partition("(")
    name = (before.strip() or inside.rstrip(") ")).casefold().removeprefix("uhr").strip()
    if not name:
        return timedelta(0)
    if name in _ZONES:
        return timedelta(hours=_ZONES[name])
    match = _OFFSET.fullmatch(name)
    if match is None:
        return None
    sign, hours, minutes = match.groups(default="0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return (ahead if sign == "+" else -ahead) if ahead < timedelta(hours=15) else None


def _time_of(told: dict[str, str | None]) -> timedelta:
    """The time of day; 24:00 is the next one's beginning. Raises ValueError where there is no such time."""
    hour, minute, second = (int(told[name] or 0) for name in ("hour", "minute", "second"))
    half = (told["half"] or "").lower()
    if half and hour <= 12:  # noqa: PLR2004  "22:00 PM" is written too
        hour = hour % 12 + (12 if half == "p" else 0)
    of_day = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    if minute > 59 or second > 60 or of_day > timedelta(days=1):  # noqa: PLR2004
        raise ValueError("no time of day")
    return of_day
