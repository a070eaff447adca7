"""Raw items of any feed format → entries: cleaned, with a key each, oldest first.

The key of an entry must survive what feeds do to identity between two polls. In this order:

1.  the guid, when every item of the document that carries it is the same item (the same link and title:
    feeds exist that give one guid to two). `http` and `https` count as one. A bare number below 10,000 is a position more
    often than an identity, so it counts only where there is no link;
2.  the canonical link, when every item that carries it has the same title: feeds exist whose items all
    link to one page;
3.  a digest of title and link, or of the summary where there is no title.

`entries.reconcile` matches by address what changed its key all the same.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from monitor.core import plain, urls
from monitor.model import Entry

MOST_ENTRIES = 2000
TITLE, SUMMARY, AUTHOR, GUID, CONTENT = 500, 2000, 200, 1000, 200_000  # characters kept
_MOST_WARNINGS = 50
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # no feed is older; 1970 and year 1 are defaults of software
_TOMORROW = timedelta(days=1)
_POSITION = re.compile(r"\d{1,4}")
_ADDRESS = re.compile(
    r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|mailto:|https?://\S+", re.IGNORECASE
)
_PARENTHESISED = re.compile(r"\s*\([^()]*\)\s*")
_NO_PARENTHESES = str.maketrans("()", "  ")
_NOBODY = frozenset(
    {"none", "null", "undefined", "unknown", "n/a", "-", "admin", "administrator", "webmaster", "root"}
)
_TWICE = re.compile(
    r"&(?:amp|quot|apos|nbsp|shy|[lrb]d?s?[ad]?quo|[mn]dash|hellip|[aouAOU]uml|szlig|euro|#(?!6[02];|x3[ce];)x?[0-9a-fA-F]{2,6});"
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as its format has it: texts are HTML or plain, nothing is checked."""

    place: int  # in the document, from 1
    guid: str | None = None
    link: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""  # HTML
    author: str | None = None
    published: datetime | None = None
    published_raw: str | None = None
    updated: datetime | None = None
    language: str | None = None


def entries_of(
    items: Iterable[RawItem], *, base: str, now: datetime, language: str | None = None
) -> tuple[tuple[Entry, ...], list[str]]:
    """Entries in the order decisions are made, oldest first, and what was dropped, with the reason."""
    cleaned: list[Entry] = []
    warnings: list[str] = []
    for item in items:
        try:
            entry = _cleaned(item, base, now, language)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one item, its siblings are kept
            warnings.append(f"item {item.place} dropped: {type(error).__name__}: {error}")
            continue
        if entry.guid or entry.url or entry.title or entry.summary:
            cleaned.append(entry)
        else:
            warnings.append(f"item {item.place} dropped: it has no guid, link, title or text")
    ordered = oldest_first(list(keyed(cleaned)))
    if len(ordered) > MOST_ENTRIES:
        warnings.append(f"{len(ordered)} items: only the newest {MOST_ENTRIES} are read")
        ordered = ordered[-MOST_ENTRIES:]
    return tuple(ordered), warnings[:_MOST_WARNINGS]


def language_of(text: str | None) -> str | None:
    """The language of `de-DE`, `en_us` or `DE` as `de`, `en`, `de`; None for what is no language tag."""
    match = _LANGUAGE.fullmatch(text.strip()) if text else None
    return match.group(1).lower() if match else None


def people(author: str) -> str | None:
    """Who is named, without e-mail and web addresses; None for nobody, and for what software calls itself."""
    names = _ADDRESS.sub(" ", author)
    if names != author or names.count("(") != names.count(")") or _PARENTHESISED.fullmatch(names):
        names = names.translate(_NO_PARENTHESES)
    told = (" ".join(name.split()).strip(" :|<>") for name in re.split(r"[;,]", names))
    return ", ".join(name for name in told if name and name.casefold() not in _NOBODY) or None


def clamped(time: datetime | None, now: datetime) -> datetime | None:
    """A claimed time that can be worked with: the future becomes now, what is before 1990 unknown."""
    if time is None or time < _EARLIEST:
        return None
    return min(time, now)


# ── one item ─────────────────────────────────────────────────────────────────────────────────────


def _cleaned(item: RawItem, base: str, now: datetime, language: str | None) -> Entry:
    content = plain.safe_html(item.content, CONTENT) if item.content else ""
    same = content and item.summary == item.content  # a second pass over long markup would cost the most
    summary = plain.plain_of_safe(content, SUMMARY) if same else plain.plain(item.summary, SUMMARY)
    updated = item.updated if item.updated and _EARLIEST < item.updated <= now + _TOMORROW else None
    link = _link(item)
    url = urls.resolved(link, base) if link else None
    return Entry(
        key="",
        guid=_guid(item.guid),
        url=url,
        title=_decoded(plain.one_line(item.title, TITLE)) or _first_words(summary),
        summary=summary,
        author=people(plain.one_line(item.author, AUTHOR)) if item.author else None,
        published=clamped(item.published, now),
        published_raw=plain.shortened(item.published_raw, AUTHOR) if item.published_raw else None,
        updated=updated,
        content=content,
        language=language_of(item.language) or language,
        remark=urls.TOO_LONG if url is None and link and len(link.strip()) > urls.LONGEST else None,
    )


def _decoded(title: str) -> str:
    """A headline without references that a publishing system encoded twice; `&lt;` stays what somebody wrote."""
    return " ".join(_TWICE.sub(lambda found: html.unescape(found.group()), title).split())


def _guid(text: str | None) -> str | None:
    """The guid on one line; of a very long one the start and a digest."""
    guid = " ".join(plain.visible(text).split()) if text else ""
    return (guid if len(guid) <= GUID else f"{guid[: GUID // 2]}…{_digest(guid)}") or None


def _link(item: RawItem) -> str | None:
    """The item's link; its guid stands in where that is an address, not where it is a name."""
    guid = (item.guid or "").strip()
    return item.link or (guid if guid.startswith(("http://", "https://", "/")) else None)


def _first_words(summary: str) -> str:
    """What to call an item without title."""
    return plain.shortened(" ".join(summary.split()), 80)


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def keyed(entries: Collection[Entry]) -> Iterator[Entry]:
    """The entries with their keys, which need the whole document: see the module's rule."""
    links = [urls.canonical(entry.url) if entry.url else None for entry in entries]
    guids = [_comparable(entry.guid) for entry in entries]
    same_guid: dict[str, set[tuple[str | None, str]]] = defaultdict(set)
    same_link: dict[str, set[str]] = defaultdict(set)
    for entry, link, guid in zip(entries, links, guids, strict=True):
        if guid:
            same_guid[guid].add((link, entry.title))
        if link:
            same_link[link].add(entry.title)
    for entry, link, guid in zip(entries, links, guids, strict=True):
        if guid and len(same_guid[guid]) == 1 and not (link and _POSITION.fullmatch(guid)):
            key = guid_key(guid)
        elif link and len(same_link[link]) == 1:
            key = _short_key("link", link)
        else:
            key = text_key(entry)
        yield replace(entry, key=key)


def guid_key(guid: str) -> str:
    """The key of an entry that its guid tells from others."""
    return _short_key("guid", _comparable(guid) or "")


def text_key(entry: Entry) -> str:
    """The key of an entry that neither guid nor link can tell from others."""
    return "text:" + _digest(f"{entry.title or entry.summary}\n{entry.url or ''}")


def _comparable(guid: str | None) -> str | None:
    """The guid as it is compared: an address without its scheme."""
    return re.sub(r"^https?://", "//", guid, count=1, flags=re.IGNORECASE) if guid else None


def _short_key(kind: str, text: str) -> str:
    return f"{kind}:{text}" if len(text) <= 300 else f"{kind}:{_digest(text)}"  # noqa: PLR2004  fits an index


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


# ── order ────────────────────────────────────────────────────────────────────────────────────────


def oldest_first(entries: list[Entry]) -> list[Entry]:
    """Oldest first by published time; feeds list the newest first, so those without one go by place.

    Given in document order. An entry without a time keeps its place behind its older neighbour.
    """
    carried, dated = None, []
    for entry in reversed(entries):
        carried = entry.published or carried
        dated.append((carried or _EARLIEST, entry))
    return [entry for _, entry in sorted(dated, key=lambda pair: pair[0])]
