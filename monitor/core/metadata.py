"""What a page says of itself: title, byline, dates, language, addresses, access.

Bounded by our own rules and never by a regular expression over the page. Everything here is the page's
claim: nothing is checked against anything but the clock that comes in as `now`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from monitor.core import jsonld
from monitor.core.jsonld import Node
from monitor.core.pagedates import first_date, searched, times
from monitor.model import Access, Task

LONGEST_TITLE = 500  # characters
LONGEST_BYLINE = 200
LONGEST_ADDRESS = 2_048
MOST_AUTHORS = 12

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_BETWEEN = re.compile(r"\s[|–—·•»«:-]{1,2}\s")
_LEAD = re.compile(
    r"(?:by|von|par|por|di|door|autor(?:in)?|author|text|av|af|przez|автор|текст)(?::\s?|\s)", re.IGNORECASE
)
_LETTERS = re.compile(r"\w+")
_IN_CLASS = re.compile("byline|author|autor|auteur", re.IGNORECASE)
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


@dataclass(frozen=True, slots=True)
class Head:
    """What metadata is read from, gathered in one walk: the tree, `<meta>` by name, JSON-LD nodes."""

    tree: HtmlElement
    meta: dict[str, str]
    nodes: tuple[Node, ...]
    article: Node  # the node that describes the page's own article; empty when there is none


def read_head(tree: HtmlElement, url: str) -> Head:
    """Gather what the page says of itself. `url` tells its own article from others that it lists."""
    nodes = jsonld.read_nodes(tree)
    return Head(tree, _meta(tree), tuple(nodes), _own_article(nodes, url))


def read_metadata(
    head: Head, *, url: str, hint: Task, now: datetime, subject: Metadata | None = None
) -> Metadata:
    """Choose among the page's claims, then the feed's (`hint`); `now` is when the page was read.

    `subject` is what `read_subject` gave, where that is known already.
    """
    article, meta = head.article, head.meta
    return replace(
        subject or read_subject(head, url=url, hint=hint),
        byline=_byline(head) or _clean_byline([hint.author or ""]),
        published=_published(head, hint, url, now),
        modified=first_date([*_values(article, "dateModified"), *_named(meta, _DATES_OF_CHANGE)], now),
        sources=_sources(head),
    )


def read_subject(head: Head, *, url: str, hint: Task) -> Metadata:
    """The claims without those that take a search: who wrote it, when, and who supplied it."""
    article, meta = head.article, head.meta
    kind = meta.get("og:type", "").lower()
    return Metadata(
        title=_title(head) or _line(hint.title, LONGEST_TITLE),
        declared=_declared_language(head) or hint.language,
        canonical=_address(_canonical(head.tree), url),
        og_url=_address(meta.get("og:url"), url),
        access=_access(head),
        is_article=bool(article) or kind == "article" or "article:published_time" in meta,
        description=_line(meta.get("og:description") or meta.get("description"), 2_000),
    )


# ── gathering ────────────────────────────────────────────────────────────────────────────────────


def _meta(tree: HtmlElement) -> dict[str, str]:
    """`<meta>` by lower-case property, name or itemprop; the first of each name counts."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (
            element.get("property")
            or element.get("name")
            or element.get("itemprop")
            or element.get("http-equiv")
        )
        content = element.get("content")
        if name and content and len(content) <= 10_000:  # noqa: PLR2004 (longer is no claim but a payload)
            found.setdefault(name.strip().lower(), content)
    return found


def _own_article(nodes: list[Node], url: str) -> Node:
    articles = [node for node in nodes if jsonld.is_article(node)]
    path = urlsplit(url).path.rstrip("/")
    own = [
        node
        for node in articles
        if path and any(urlsplit(a).path.rstrip("/") == path for a in _addresses(node))
    ]
    # A page that lists several articles, none of them at its own address, is about none of them.
    if not own and len(articles) > 2:  # noqa: PLR2004 (one twice, by theme and plugin, is common)
        return {}
    return max(own or articles, key=lambda node: ("headline" in node) + ("datePublished" in node), default={})


def _addresses(node: Node) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        value = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(value, str) and len(value) <= LONGEST_ADDRESS and "[" not in value:
            yield value


def _values(node: Node, *keys: str) -> list[str]:
    return [text for key in keys if (text := jsonld.first_string(node.get(key)))]


def _named(meta: dict[str, str], names: Iterable[str]) -> list[str]:
    return [meta[name] for name in names if name in meta]


# ── title ────────────────────────────────────────────────────────────────────────────────────────


def _title(head: Head) -> str:
    """The headline as published: JSON-LD's, the page's `<h1>`, Open Graph's, `<title>`'s."""
    told = _line(jsonld.first_string(head.article.get("headline")), LONGEST_TITLE)
    window = _line(head.tree.findtext(".//title"), LONGEST_TITLE)
    shared = _line(head.meta.get("og:title") or head.meta.get("twitter:title"), LONGEST_TITLE)
    names = _own_names(head)
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
    headings = [_line(heading.text_content(), LONGEST_TITLE) for heading in list(tree.iter("h1"))[:10]]
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


def _own_names(head: Head) -> list[str]:
    publisher = _line(jsonld.first_string(head.article.get("publisher")), 100)
    return [name for name in (_line(head.meta.get("og:site_name"), 100), publisher) if name]


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


# ── byline ───────────────────────────────────────────────────────────────────────────────────────


def _byline(head: Head) -> str | None:
    """Who is named as the author: JSON-LD, `<meta>`, `rel=author`, a class that says byline."""
    for names in (
        _authors_of(head),
        _named(head.meta, ("author", "article:author", "parsely-author", "dc.creator")),
    ):
        byline = _clean_byline(names)
        if byline:
            return byline
    return _byline_shown(head.tree)


def _authors_of(head: Head) -> list[str]:
    authors = head.article.get("author") or head.article.get("creator")
    listed = authors if isinstance(authors, list) else [authors]
    people = {node["@id"]: node for node in head.nodes if isinstance(node.get("@id"), str) and "name" in node}
    named = []
    for author in listed[:MOST_AUTHORS]:
        known = people.get(author.get("@id")) if isinstance(author, dict) and "name" not in author else None
        named += list(jsonld.strings(known or author))
    return named


def _byline_shown(tree: HtmlElement) -> str | None:
    for link in tree.xpath(".//*[@rel='author' or @itemprop='author']")[:5]:
        byline = _clean_byline([link.text_content()])
        if byline and _is_name(byline):
            return byline
    for element in tree.iter("span", "div", "p", "a", "address"):
        classes = element.get("class")
        if classes and _IN_CLASS.search(classes):
            byline = _clean_byline([element.text_content()[: LONGEST_BYLINE * 2]])
            if byline and _is_name(byline):
                return byline
    return None


def _is_name(text: str) -> bool:
    """Whether a text on the page can be a name and not a biography, a date or a reader's comment."""
    is_plain = not any(mark.isdigit() or mark in ":*?!@" for mark in text)
    return is_plain and len(text) <= 80 and not text[0].islower()  # noqa: PLR2004


def _sources(head: Head) -> tuple[str, ...]:
    """Who supplied the text: schema.org's `sourceOrganization`, `provider`, `copyrightHolder`; `<meta>`."""
    told = [
        *_values(head.article, "sourceOrganization", "provider", "copyrightHolder"),
        *_named(head.meta, _SOURCES),
    ]
    return tuple(dict.fromkeys(line for name in told if (line := _line(name, LONGEST_BYLINE))))


def _clean_byline(names: Iterable[str]) -> str | None:
    """The names without "By", addresses and repetitions; `ann-onym` beside Ann Onym is the name of her page."""
    cleaned: dict[str, str] = {}
    for name in names:
        line = _line(name, LONGEST_BYLINE)
        lead = _LEAD.match(line)
        line = (line[lead.end() :] if lead else line).strip(" ,;|·–-")
        if line and "://" not in line and "@" not in line and _LETTERS.search(line):
            key = re.sub(r"[\W_]", "", line.casefold())
            cleaned[key] = line if cleaned.get(key, "").islower() else cleaned.get(key, line)
    return ", ".join(list(cleaned.values())[:MOST_AUTHORS])[:LONGEST_BYLINE] or None


# ── dates ────────────────────────────────────────────────────────────────────────────────────────


def _published(head: Head, hint: Task, url: str, now: datetime) -> datetime | None:
    claims = [
        *_values(head.article, "datePublished", "dateCreated", "uploadDate"),
        *_named(head.meta, _DATES_OF_PAGE),
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


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def _line(text: str | None, longest: int) -> str:
    """One line of plain text: references resolved by whoever parsed it, soft hyphens and tags gone."""
    if not text:
        return ""
    text = text[: longest * 4].replace("\xad", "").replace("\u200b", "")
    if "&" in text or "<" in text:
        text = _plain(text)
    return " ".join(text.split())[:longest].strip()


def _plain(text: str) -> str:
    """JSON-LD and attributes often carry HTML once more: `&quot;`, `<em>`."""
    return _TAG.sub("", unescape(text))


def _words(text: str) -> set[str]:
    return set(_LETTERS.findall(text.lower()))
