"""The dates that pages write, and where: aware datetimes in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import htmldate
from lxml.html import HtmlElement

from monitor.core import moments

# Before the web's first news sites a date is a default, a typo or an archive's own puzzle.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LONGEST = 64  # characters


def read_date(text: str | None, now: datetime) -> datetime | None:
    """Give the moment that `text` names, in UTC, not after `now`; None when it names none or an absurd one.

    Understood are ISO 8601 as `datetime.fromisoformat` reads it, the dates of RFC 5322, what
    JavaScript prints, and what `moments` knows. A time without a zone is taken as UTC, a date without a time as its midnight.
    """
    if not text or len(text) > _LONGEST:
        return None
    text = " ".join(text.split())
    moment = _iso(text) or moments.moment(text) or _internet(text)
    if moment is None:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # year 1 or 9999 at the edge of a zone
        return None
    if moment < EARLIEST:
        return None
    return min(moment, now).replace(microsecond=0)


def times(tree: HtmlElement) -> tuple[list[str], list[str]]:
    """What `<time>` says: those marked as the article's own publication, and the rest.

    A bare `<time>` may belong to a teaser beside the article, so the feed's date is asked before it.
    """
    own: list[str] = []
    others: list[str] = []
    for element in list(tree.iter("time"))[:20]:
        value = element.get("datetime") or ""
        says = f"{element.get('itemprop')} {element.get('class')}".lower()
        is_own = element.get("pubdate") is not None or "publi" in says
        (own if is_own else others).append(value)
    own += [
        e.get("content") or e.get("datetime") or "" for e in tree.iterfind(".//*[@itemprop='datePublished']")
    ][:3]
    return own, others


def first_date(claims: Iterable[str], now: datetime) -> datetime | None:
    """The first of these that is a date."""
    return next((date for claim in claims if (date := read_date(claim.strip(), now)) is not None), None)


def searched(tree: HtmlElement, url: str, now: datetime) -> datetime | None:
    """What htmldate finds in the address and the text: slow, so the last resort."""
    try:
        found = htmldate.find_date(
            tree, url=url, extensive_search=False, original_date=True, max_date=now.strftime("%Y-%m-%d")
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    return read_date(found, now)


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
