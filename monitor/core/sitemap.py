"""Sitemaps: which there may be, what one lists, which of an index are worth a request.

Formats are those of sitemaps.org and of Google's news extension (`news:publication_date`, `news:title`).
Elements go by their local names: outlets misspell the namespaces. No entity is resolved, no DTD loaded.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin, urlsplit

from lxml import etree

from monitor.core import plain, urls
from monitor.core.feedbytes import ampersands_told
from monitor.core.moments import moment
from monitor.errors import ParseError
from monitor.model import Listing, Sitemap, Submap

MOST_LISTED = 10_000  # pages or sitemaps read of one sitemap; a news sitemap has at most 1,000
LONGEST = 20_000_000  # bytes of an unpacked sitemap
MOST_SUBMAPS = 3  # of one index that are asked
MOST_OF_ROBOTS = 4  # sitemaps of one robots.txt that are asked
TITLE = 500  # characters

# Where outlets put their news sitemap when robots.txt names none, most likely first.
USUAL_PLACES = ("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap.xml")

# By how such files are called: English, German, French, Spanish, Italian, Dutch, Nordic, Polish, Russian, Turkish.
_NEWS = re.compile(
    r"news(?!letter)|google|latest|48h?ours|nachrichten|aktuell|actualit|noticias|notizie|nieuws|nyhe[dt]er"
    r"|wiadomosci|novosti|haber",
    re.IGNORECASE,
)
_SURELY_NEWS = re.compile(
    r"google|latest|48h?ours|news[-_]?(?:site)?map|map[-_]?news|/news\.|=news", re.IGNORECASE
)
_OTHER_MEDIA = re.compile(
    r"image|video|photo|bilder|podcast|(?<![a-z])(?:authors?|tags?|topics?|categor(?:y|ies)|sections?)(?![a-z])",
    re.IGNORECASE,
)
_GZIP = b"\x1f\x8b"
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def usual_places(site: str) -> list[str]:
    """Addresses that are worth a request where robots.txt names no sitemap. `site` is any address of the host."""
    return [urljoin(site, place) for place in USUAL_PLACES]


def promising(named: Iterable[str], site: str) -> list[str]:
    """The sitemaps of a robots.txt to ask: those whose path speaks of news, the surest first; else the first ones.

    Sitemaps of pictures, videos and sections are left out. `site` resolves relative addresses, which the
    protocol forbids and outlets write.
    """
    known = dict.fromkeys(address for name in named if (address := urls.resolved(name, site)))
    fitting = [address for address in known if not _OTHER_MEDIA.search(_path(address))]
    news = sorted(filter(_is_news, known), key=lambda address: not _SURELY_NEWS.search(_path(address)))
    return (news or fitting)[:MOST_OF_ROBOTS]


def worth_asking(submaps: Sequence[Submap], since: datetime) -> list[str]:
    """The sitemaps of an index that may list news since then: by name, else the last modified ones."""
    fresh = [one for one in submaps if one.modified is None or one.modified >= since]
    news = [one for one in fresh if _is_news(one.url)]
    dated = [one for one in fresh if one.modified and not _OTHER_MEDIA.search(_path(one.url))]
    chosen = sorted(news or dated, key=lambda one: one.modified or _EARLIEST, reverse=True)
    return [one.url for one in chosen[:MOST_SUBMAPS]]


def parse_sitemap(body: bytes, *, url: str) -> Sitemap:
    """Read a sitemap or an index of sitemaps that came from `url`; gzipped or plain.

    Raises ParseError when it is neither. What is broken off is read up to where it breaks.
    """
    data = _unpacked(body)
    listings, submaps, undated = [], [], 0
    for kind, told in _elements(ampersands_told(data)):
        address = urls.resolved(told.get("loc", ""), url)
        if address is None:
            continue
        if kind == "sitemap":
            submaps.append(Submap(address, time_of(told.get("lastmod", ""))))
        elif (published := time_of(told.get("publication_date", ""))) is not None:
            title = plain.one_line(told.get("title", ""), TITLE)
            listings.append(Listing(address, published, title, told.get("language") or None))
        else:
            undated += 1
        if len(listings) + len(submaps) + undated >= MOST_LISTED:
            break
    if not (listings or submaps or undated) and not _ROOT.search(data[:5000]):
        raise ParseError("no sitemap")
    return Sitemap(tuple(listings), tuple(submaps), undated)


def time_of(text: str) -> datetime | None:
    """A W3C date and time (a profile of ISO 8601) in UTC, or what is written instead; a day is its midnight."""
    found: datetime | None
    try:
        time = datetime.fromisoformat(text.strip())
        found = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        found = moment(text)
    return found if found and found >= _EARLIEST else None


# ── the document ─────────────────────────────────────────────────────────────────────────────────

_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:urlset|sitemapindex)[\s>/]")
_INSIDE = {"news", "publication"}  # whose children belong to the page as well


def _elements(data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Every `url` and `sitemap` of the document with the texts of its children, by local name."""
    parsing = etree.iterparse(
        BytesIO(data), events=("end",), recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for _, element in parsing:
            name = _local(element)
            if name not in {"url", "sitemap"}:
                continue
            yield name, dict(_texts(element))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        return


def _texts(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Name and text of the children; pictures and videos have a `loc` and a `title` of their own."""
    for child in element:
        name = _local(child)
        if name in _INSIDE:
            yield from _texts(child)
        elif name:
            yield name, (child.text or "").strip()


def _local(element: etree._Element) -> str:
    """The name without its namespace; empty for comments. `image:loc` is not `loc`."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    space, _, name = tag.rpartition("}")
    return name if not space or _is_ours(space) else f"other:{name}"


def _is_ours(space: str) -> bool:
    return "sitemap-image" not in space and "sitemap-video" not in space and "xhtml" not in space


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body.lstrip()[:LONGEST]
    try:
        return zlib.decompressobj(wbits=31).decompress(body, LONGEST).lstrip()
    except zlib.error as error:
        raise ParseError("a packed sitemap that cannot be unpacked") from error


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def _is_news(address: str) -> bool:
    path = _path(address)
    return bool(_NEWS.search(path)) and not _OTHER_MEDIA.search(path)
