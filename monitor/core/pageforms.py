"""The dresses of one page: AMP, mobile, print, the parts of a long article, and the wrappers of link services.

Pure rules over paths, queries and hosts. They err on the side of keeping two addresses apart; which of the
forms is an article's own address is the business of `urls`.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from urllib.parse import parse_qsl

DRESS = ("www.", "m.", "mobile.", "amp.")  # labels before a host that are tried when looking one up
_RARE_DRESS = ("mobil.", "touch.", "wap.")  # taken off where they stand, never tried

_MARKS = re.compile(
    r"/(?:amp|print|drucken|druckversion|druckansicht|komplettansicht|seite-\d{1,2}|(?:page|seite)/\d{1,2})/?$"
    r"|[~,](?:amp|print)(?=\.html?$|$)|\.amp(?=\.html?$)|\.(?:amp|amphtml|print)$|(?<=.)/index\.html?$"
)
_HEAD = re.compile(r"^/(?:amp|mobile)(?=/.)")
_QUERY = re.compile(
    r"(?:amp|print|printable|printview|drucken|mobile|singlepage|fullpage|printpagedarticle)(?:=(?:1|true|yes|on|amp)?)?"
    r"|(?:view|output|outputtype|format|mode|service|layout|pagewanted)=(?:amp|print|mobile|all)"
    r"|(?:page|seite|pagina)=(?:all|alle)|(?:page|seite|pagina)=\d{1,2}|m=1",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"(?:index|article|artikel|news|story|show|view|page|default)\.\w+", re.IGNORECASE)
_ARTICLE = re.compile(r"\d|[-_][^-_]+[-_]|\.(?:html?|php|aspx?)$|.{25}")
ID_SEGMENT = re.compile(r"^/[^/]+(/![0-9]{4,})/?$")

# Places with a number that is no article's: a day written in one.
_NUMBER = re.compile(r"(?<![0-9])[0-9]{5,}(?![0-9])|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")

_AMP_CACHE = re.compile(r"^https?://[^/]+\.cdn\.ampproject\.org/(?:[cvi]|wp)/(s/)?([^?#]+)")
_AMP_VIEWER = re.compile(r"^https?://(?:www\.)?google\.[a-z.]{2,6}/amp/(s/)?([^?#]+)")
_LINK_SERVICE = re.compile(
    r"^https?://(?:www\.google\.[a-z.]{2,6}/url|l\.facebook\.com/l\.php|news\.url\.google\.com/url|www\.bing\.com/news/apiclick\.aspx)\?([^#]+)"
)
# Google News packed the address itself into its links until 2024; what it packs now is a number of its own.
_PACKED = re.compile(
    r"^https?://news\.google\.com/(?:rss/)?(?:articles|read)/(CBM[\w-]{20,2000})={0,2}(?:[?#]|$)"
)
_ADDRESS = re.compile(rb"https?://[\x21-\x7e]{4,}")
_LINK_NAMES = ("url", "q", "u")


def is_article(path: str) -> bool:
    """Whether a path looks like one article: its last segment holds a digit, several words or a file."""
    return bool(_ARTICLE.search(_last(path)))


def same_page(path: str, query: str) -> Iterator[tuple[str, str]]:
    """The page as it is, then without the marks of AMP, print and parts, then by its id alone."""
    yield path, query
    bare, plain = undressed(path, query)
    if (bare, plain) != (path, query):
        yield bare, plain
    if short := ID_SEGMENT.match(bare):
        yield short.group(1) + "/", plain


def undressed(path: str, query: str) -> tuple[str, str]:
    """Path and query without the marks of AMP, print and of the parts of one article.

    Only where an article is left: `/guitars/amp` and `/politics?page=2` are pages of their own, and so
    is what a script shows by number (`/index.php?page=7`).
    """
    bare = _HEAD.sub("", _MARKS.sub("", path))
    if bare == path or not is_article(bare):
        bare = path
    named = is_article(bare) and not _SCRIPT.fullmatch(_last(bare))
    plain = "&".join(part for part in query.split("&") if not (named and _QUERY.fullmatch(part)))
    return bare, plain


def amp_forms(path: str, query: str) -> Iterator[tuple[str, str]]:
    """Where the AMP form of this page usually is, when this is not one already."""
    if query or _MARKS.search(path) or not is_article(path):
        return
    yield path.rstrip("/") + "/amp", ""
    yield path, "amp=1"
    stem, dot, kind = path.rpartition(".")
    if dot and kind in {"html", "htm"}:
        yield f"{stem}~amp.{kind}", ""


def slashes(path: str) -> tuple[str, ...]:
    """The path with and without its final slash; a file has none, the root always has one."""
    if path == "/" or re.search(r"\.[a-z]{2,5}$", _last(path)):
        return (path,)
    return (path, path.rstrip("/") if path.endswith("/") else path + "/")


def undressed_host(netloc: str) -> str:
    """The host without the label that only chooses a dress, `de.m.example.org` included."""
    for label in (*DRESS, *_RARE_DRESS):
        if netloc.startswith(label):
            return netloc.removeprefix(label)
    language, middle, rest = netloc.partition(".m.")
    return f"{language}.{rest}" if middle and len(language) == 2 else netloc  # noqa: PLR2004  ISO 639-1


def unwrapped(url: str) -> str:
    """The address inside one of an AMP cache or viewer, or of a link service that counts clicks; else as it is."""
    if found := _AMP_CACHE.match(url) or _AMP_VIEWER.match(url):
        return f"http{'s' if found[1] else ''}://{found[2]}"
    if found := _LINK_SERVICE.match(url):
        given = dict(parse_qsl(found[1]))
        inner = next((given[name] for name in _LINK_NAMES if name in given), "")
        return inner if inner.startswith(("http://", "https://")) else url
    return _unpacked(url) or url


def _unpacked(url: str) -> str | None:
    """The address inside a link of Google News that holds one: base64 of a few octets, the address, and more."""
    packed = _PACKED.match(url)
    if packed is None:
        return None
    try:
        inner = _ADDRESS.search(urlsafe_b64decode(packed[1] + "=" * (-len(packed[1]) % 4)))
    except ValueError:
        return None
    return inner[0].decode("ascii") if inner else None


def numbers(path: str) -> frozenset[str]:
    """The numbers (five digits and more, or a UUID) that may say which article a path means; no days.

    Only those of the last two segments: further up, a number is a section's.
    """
    last = "/".join(path.lower().rstrip("/").rsplit("/", 2)[-2:])
    return frozenset(found for found in _NUMBER.findall(last) if not _DAY.fullmatch(found))


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
