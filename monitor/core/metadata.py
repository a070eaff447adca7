"""What a page says of itself: title, byline, dates, language, addresses, access.

Bounded by our own rules and never by a regular expression over the page. Everything here is the page's
claim: nothing is checked against anything but the clock that comes in as `now`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from monitor.core import jsonld
from monitor.core.byline import LONGEST as LONGEST_BYLINE
from monitor.core.byline import byline, clean, organisations
from monitor.core.head import LONGEST_ADDRESS, Head, named, one_line, own_names, values
from monitor.core.pagedates import first_date, searched, times
from monitor.model import Access, Task

LONGEST_TITLE = 500  # characters

_BETWEEN = re.compile(r"\s[|–—·•»«:-]{1,2}\s")
_LETTERS = re.compile(r"\w+")
_DATES_OF_PAGE = ("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
                  "dc.date.issued", "dcterms.created", "dc.date", "date", "pubdate", "publishdate",
                  "sailthru.date", "last-modified-at")  # fmt: skip
_DATES_OF_CHANGE = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified",
                    "last-modified")  # fmt: skip
_SOURCES = (
    "source",
    "article:source",
    "news_source",
    "dcterms.source",
    "dc.source",
    "syndication-source",
    "agency",
)
_TIERS: dict[str, Access] = {"free": "free", "metered": "metered", "locked": "paywall"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page claims. `headline` is what it calls its subject; None and "unknown" mean it does not say."""

    title: str
    byline: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    declared: str | None = None  # language, as declared
    canonical: str | None = None
    og_url: str | None = None
    access: Access = "unknown"
    is_article: bool = False  # it calls itself one
    description: str = ""
    sources: tuple[str, ...] = ()  # who supplied the text, as the page tells machines


def read_metadata(
    head: Head, *, url: str, hint: Task, now: datetime, subject: Metadata | None = None
) -> Metadata:
    """Choose among the page's claims, then the feed's (`hint`); `now` is when the page was read.

    `subject` is what `read_subject` gave, where that is known already.
    """
    article, meta = head.article, head.meta
    return replace(
        subject or read_subject(head, url=url, hint=hint),
        byline=byline(head) or clean([hint.author or ""]),
        published=_published(head, hint, url, now),
        modified=first_date([*values(article, "dateModified"), *named(meta, _DATES_OF_CHANGE)], now),
        sources=_sources(head),
    )


def read_subject(head: Head, *, url: str, hint: Task) -> Metadata:
    """The claims without those that take a search: who wrote it, when, and who supplied it."""
    article, meta = head.article, head.meta
    kind = meta.get("og:type", "").lower()
    return Metadata(
        title=_title(head) or one_line(hint.title, LONGEST_TITLE),
        declared=_declared_language(head) or hint.language,
        canonical=_address(_canonical(head.tree), url),
        og_url=_address(meta.get("og:url"), url),
        access=_access(head),
        is_article=bool(article) or kind == "article" or "article:published_time" in meta,
        description=one_line(meta.get("og:description") or meta.get("description"), 2_000),
    )


# ── title ────────────────────────────────────────────────────────────────────────────────────────


def _title(head: Head) -> str:
    """The headline as published: JSON-LD's, the page's `<h1>`, Open Graph's, `<title>`'s."""
    told = one_line(jsonld.first_string(head.article.get("headline")), LONGEST_TITLE)
    window = one_line(head.tree.findtext(".//title"), LONGEST_TITLE)
    shared = one_line(head.meta.get("og:title") or head.meta.get("twitter:title"), LONGEST_TITLE)
    names = own_names(head)
    # schema.org asks for at most 110 characters, so a long headline may have been cut.
    if told and not told.endswith(("…", "...")):
        return _without_outlet(told, names)
    whole = shared or window
    shared = _without_outlet(whole, names)
    return _heading(head.tree, shared or window, whole) or shared or told or window


def _heading(tree: HtmlElement, title: str, whole: str) -> str:
    """The `<h1>` that says what the title says; others are logos and invitations to log in.

    `whole` is the title with what was taken for the outlet's name or a section at its end.
    """
    about = _words(title)
    headings = [one_line(heading.text_content(), LONGEST_TITLE) for heading in list(tree.iter("h1"))[:10]]
    if not about:
        return next(filter(None, headings), "")
    best, most = "", 0.0
    for text in headings:
        words = _words(text)
        shared = len(words & about) / max(1, min(len(words), len(about)))
        if words and shared > most and len(words) <= 2 * len(about) + 4:
            best, most = text, shared
    if len(about) >= 3 and about < _words(best) and best not in whole:  # noqa: PLR2004 (a kicker and its headline in one)
        return title
    return best if most >= 0.5 else ""  # noqa: PLR2004 (half of the shorter one's words)


def _without_outlet(title: str, names: list[str]) -> str:
    """The title without the outlet's name at its end ("… | taz.de", "… - BBC News")."""
    for _ in range(3):
        breaks = list(_BETWEEN.finditer(title))
        if not breaks:
            break
        rest, last = title[: breaks[-1].start()], title[breaks[-1].end() :]
        is_name = any(_words(last) & _words(name) for name in names)
        is_short = len(last.split()) <= 3 and (not names or "|" in breaks[-1].group())  # noqa: PLR2004 (a section)
        if not (is_name or is_short) or len(rest) < 10:  # noqa: PLR2004 (then the outlet is the subject)
            break
        title = rest
    return title


def _sources(head: Head) -> tuple[str, ...]:
    """Who supplied the text: schema.org's `sourceOrganization`, `provider`, `copyrightHolder`; `<meta>`."""
    told = [
        *values(head.article, "sourceOrganization", "provider", "copyrightHolder"),
        *named(head.meta, _SOURCES),
        *organisations(head),
    ]
    return tuple(dict.fromkeys(line for name in told if (line := one_line(name, LONGEST_BYLINE))))


# ── dates ────────────────────────────────────────────────────────────────────────────────────────


def _published(head: Head, hint: Task, url: str, now: datetime) -> datetime | None:
    claims = [
        *values(head.article, "datePublished", "dateCreated", "uploadDate"),
        *named(head.meta, _DATES_OF_PAGE),
    ]
    found = first_date(claims, now)
    if found is not None:
        return found
    own, others = times(head.tree)
    found = first_date(own, now)
    if found is None and hint.published is not None:
        return min(hint.published, now)
    return found or first_date(others, now) or searched(head.tree, url, now)


# ── language, addresses, access ──────────────────────────────────────────────────────────────────


def _declared_language(head: Head) -> str | None:
    root = head.tree if head.tree.tag == "html" else head.tree.find(".//html")
    declared = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        if root is not None
        else None
    )
    told = jsonld.first_string(head.article.get("inLanguage"))
    return declared or told or head.meta.get("og:locale") or head.meta.get("content-language")


def _canonical(tree: HtmlElement) -> str | None:
    links = (link for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    address: str | None = next((link.get("href") for link in links), None)
    return address


def _address(declared: str | None, url: str) -> str | None:
    """The declared address made absolute; None when there is none or it is no web address."""
    if not declared or len(declared) > LONGEST_ADDRESS:
        return None
    try:
        absolute = urljoin(url, declared.strip())
        parts = urlsplit(absolute)
    except ValueError:
        return None
    return absolute if parts.scheme in {"http", "https"} and parts.hostname else None


def _access(head: Head) -> Access:
    """Whether the page says that it can be read without paying (schema.org `isAccessibleForFree`)."""
    tier = _TIERS.get(head.meta.get("article:content_tier", "").strip().lower())
    free = head.article.get("isAccessibleForFree")
    said = str(free).strip().rpartition("/")[2].lower() if isinstance(free, bool | str) else ""
    if tier is None and said in {"false", "no", "0"}:
        return "paywall"
    if tier is None and said in {"true", "yes", "1"}:
        return "free"
    return tier or "unknown"


def _words(text: str) -> set[str]:
    return set(_LETTERS.findall(text.lower()))
