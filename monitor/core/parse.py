"""Feed bytes → entries: RSS, RDF and Atom through feedparser, JSON Feed by hand.

feedparser gets a stream and nothing else: given bytes or text it opens the file or the address that they
name. Its own passes over embedded markup are off (they cost more than the parsing); what the journey
keeps is cleaned in `items`. It is told no base address, so that guids stay as they were served; links are
resolved against xml:base by it, and against the feed's address by us.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from monitor.core import feedbytes, jsonfeed, plain, urls
from monitor.core.hints import hints_of
from monitor.core.items import RawItem, entries_of, language_of
from monitor.core.moments import moment
from monitor.errors import ParseError
from monitor.model import FeedDocument

SAX_DRIVER = "monitor.core.saxdriver"
_LONG_SUMMARY = 2000  # characters of a description that holds the whole text, for want of a content element

_AS_STANDARDS_ASK = re.compile(
    r"(?:\w{3}, )?\d\d? \w{3} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|Z|[+-]\d{4})"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_OLDER = ("prev-archive", "next", "previous")

# Where feeds are hosted for others: relative links there mean the site, not the relay.
_RELAYS = frozenset({"feedburner.com", "feedpress.me", "feedblitz.com", "rss.app"})


def parse_feed(body: bytes, *, url: str, content_type: str = "", now: datetime) -> FeedDocument:
    """Read a feed that came from `url` (after redirects) with this Content-Type; `now` caps its dates.

    Raises ParseError, saying what the bytes look like instead. A single bad item is dropped with a
    warning and costs no other.
    """
    data = feedbytes.readable(body, content_type)
    if data[:1] in (b"{", b"["):
        return _from_json(jsonfeed.read_json(data), url, now)
    if not data or feedbytes.is_html(data):
        raise ParseError(f"no feed but {feedbytes.looks_like(body, content_type)}")
    data, cut = feedbytes.thinned(data)
    data = feedbytes.without_captions(data)
    parsed = _parsed(data)
    if not parsed["entries"] and not parsed.get("version"):
        raise ParseError(f"no feed but {feedbytes.looks_like(body, content_type)}")
    document = _from_xml(parsed, data, url, now)
    if not cut:
        return document
    warning = f"{cut} items in the middle of a very long feed were not read"
    return replace(document, warnings=(warning, *document.warnings))


def _from_json(feed: jsonfeed.JsonFeed, url: str, now: datetime) -> FeedDocument:
    language = language_of(feed.language)
    entries, warnings = entries_of(feed.items, base=url, now=now, language=language)
    if feed.items and not entries:
        raise ParseError("no feed but JSON whose items have no id, url, title or text")
    return FeedDocument(
        title=plain.one_line(feed.title, 500),
        entries=entries,
        link=urls.resolved(feed.link, url) if feed.link else None,
        language=language,
        warnings=(*feed.warnings, *warnings),
        older=urls.resolved(feed.older, url) if feed.older else None,
    )


# ── feedparser ───────────────────────────────────────────────────────────────────────────────────


def _parsed(data: bytes) -> Any:
    """The result of feedparser; where it raises or finds broken XML, that of a second try on better bytes."""
    with suppress(Exception):  # it raises a dozen kinds on hostile input, none of them documented
        return _better(_fed(data), data)
    try:
        return _fed(feedbytes.repaired(data))
    except Exception as error:
        raise ParseError(f"a feed that cannot be read: {type(error).__name__}: {error}") from error


def _better(parsed: Any, data: bytes) -> Any:
    """What was parsed, or the same from mended bytes where the XML was broken in a way that can be mended."""
    is_broken = parsed.get("bozo") and _trouble(parsed.get("bozo_exception"))
    mended = feedbytes.mended(data) if is_broken else data
    if mended == data:
        return parsed
    with suppress(Exception):
        return _fed(mended)
    return parsed


def _fed(data: bytes) -> Any:
    import feedparser
    from feedparser.api import PREFERRED_XML_PARSERS

    if SAX_DRIVER not in PREFERRED_XML_PARSERS:
        PREFERRED_XML_PARSERS.insert(0, SAX_DRIVER)
    return feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)


def _from_xml(parsed: Any, data: bytes, url: str, now: datetime) -> FeedDocument:
    feed = parsed["feed"]
    link = urls.resolved(str(_get(feed, "link") or ""), url)
    language = language_of(_get(feed, "language"))
    base = link if link and urls.registrable(url) in _RELAYS else url
    warnings: list[str] = []
    # RFC 4287, 4.2.1: the authors of an Atom feed are those of its entries without any. RSS has an editor there.
    shared = _author(feed) if str(parsed.get("version", "")).startswith("atom") else None
    entries, dropped = entries_of(
        _items(parsed["entries"], shared, warnings), base=base, now=now, language=language
    )
    if parsed.get("bozo") and (trouble := _trouble(parsed.get("bozo_exception"))):
        warnings.append(f"not well-formed, so items may be missing: {trouble}")
    return FeedDocument(
        title=plain.one_line(str(_get(feed, "title") or ""), 500),
        entries=entries,
        link=link,
        language=language,
        hints=hints_of(
            data, _get(feed, "ttl"), _get(feed, "sy_updateperiod"), _get(feed, "sy_updatefrequency")
        ),
        warnings=(*warnings, *dropped),
        older=_older(list(_get(feed, "links") or ()), url),
    )


def _older(links: list[Any], url: str) -> str | None:
    """Where the feed says that its older entries are: RFC 5005, archived feeds first, then paged ones."""
    named = {str(_get(link, "rel")).lower(): _get(link, "href") for link in reversed(links)}
    href = next((named[rel] for rel in _OLDER if named.get(rel)), None)
    return urls.resolved(str(href), url) if href else None


def _trouble(error: object) -> str:
    """What is wrong with the XML; remarks about encodings are none, because they are dealt with before."""
    name = type(error).__name__
    return (
        ""
        if name in {"CharacterEncodingOverride", "NonXMLContentType"}
        else str(error).removeprefix("<unknown>:")
    )


def _items(entries: list[Any], shared: str | None, warnings: list[str]) -> Iterator[RawItem]:
    for place, entry in enumerate(entries, 1):
        try:
            yield _item(place, entry, shared)
        except Exception as error:  # noqa: BLE001  one bad item never costs its siblings
            warnings.append(f"item {place} dropped: {type(error).__name__}: {error}")


def _item(place: int, entry: Any, shared: str | None) -> RawItem:
    guid, link = _get(entry, "id"), _link(entry)
    summary, content = str(_get(entry, "summary") or ""), _content(entry)
    link = None if link == guid else link  # feedparser takes any guid for a link where there is none
    if not content and (len(summary) > _LONG_SUMMARY or not link):
        content = summary  # without a link it is all there is to read
    published, raw = _claimed(entry, "published", "created")
    updated, updated_raw = _claimed(entry, "updated")
    detail = _get(entry, "title_detail") or {}
    return RawItem(
        place=place,
        guid=guid,
        link=link,
        title=str(_get(entry, "title") or ""),
        summary=summary or content,
        content=content,
        author=_author(entry) or shared,
        published=published or updated,
        published_raw=raw or updated_raw,
        updated=updated,
        language=detail.get("language"),
    )


def _get(mapping: Any, name: str) -> Any:
    """A value as stored. feedparser's own look-up answers for missing keys with others, and warns."""
    return dict.get(mapping, name)


def _link(entry: Any) -> str | None:
    """The item's page. A feed relay may keep the publisher's own address beside its own."""
    link: str | None = _get(entry, "feedburner_origlink") or _get(entry, "link")
    if link:
        return link
    links = _get(entry, "links") or ()
    return next((other.get("href") for other in links if other.get("rel", "alternate") == "alternate"), None)


def _content(entry: Any) -> str:
    """The longest of the item's contents, as HTML."""
    contents = [part for part in _get(entry, "content") or () if part.get("value")]
    if not contents:
        return ""
    longest = max(contents, key=lambda part: len(part["value"]))
    text = str(longest["value"])
    return plain.html_of(text) if longest.get("type") == "text/plain" and "</" not in text else text


def _author(entry: Any) -> str | None:
    """Who wrote it: every author by name; one alone as written, because names are cut out of that badly."""
    authors = _get(entry, "authors") or ()
    names = [person.get("name") for person in authors if person.get("name")]
    joined = ", ".join(dict.fromkeys(names))
    return joined if len(authors) > 1 and joined else _get(entry, "author") or joined


def _claimed(entry: Any, *names: str) -> tuple[datetime | None, str | None]:
    """The first of these times that the item has, and how it is written.

    feedparser is believed where the date is written as a standard asks: of zones that RFC 5322 does not name it
    takes the time for UTC, and of "Okt" it knows nothing.
    """
    raw = next((str(text) for name in names if (text := _get(entry, name))), None)
    read = next((time for name in names if (time := _time(_get(entry, f"{name}_parsed")))), None)
    if raw is None or (read and _AS_STANDARDS_ASK.fullmatch(raw.strip())):
        return read, raw
    return moment(raw) or read, raw


def _time(parsed: Any) -> datetime | None:
    """A time that feedparser read (a tuple in UTC), or None when it is none on any calendar."""
    if not parsed:
        return None
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
