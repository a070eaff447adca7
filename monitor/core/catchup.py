"""After a gap: where to look for what was missed, and what of it was missed. Decides, asks nobody.

Two places can know what came and went unseen: the feed's own archive, where the feed says where that is
(RFC 5005), and the news sitemap of the outlet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.core import urls
from monitor.core.items import RawItem, entries_of
from monitor.core.words import span
from monitor.model import Changes, Entry, Gap, Listing, OpenGap, Source

OLDEST = timedelta(days=7)  # gaps that ended earlier are not looked into any more
SITEMAP_REACH = timedelta(days=3)  # news sitemaps list two days, some three
SLACK = timedelta(
    hours=1
)  # before the gap: articles carry the time they were finished, not that they appeared
MOST_PAGES = 10  # of a feed's archive, for one gap
MOST_TAKEN = 300  # entries from a sitemap, for one gap
_MOSTLY = 0.8  # part of a feed's links that must lead to one site

PLACES: Mapping[Source, str] = {"archive": "the feed's archive", "sitemap": "the outlet's news sitemap"}


def groups(gaps: Iterable[OpenGap]) -> dict[str, list[OpenGap]]:
    """The gaps to look into, by the site that their feeds lead to, so that each site is asked once for all.

    Feeds that lead to no one site stand under their own address.
    """
    found: dict[str, list[OpenGap]] = defaultdict(list)
    for one in gaps:
        found[site_of(one.links) or one.feed_url].append(one)
    return dict(found)


def site_of(links: Sequence[str]) -> str | None:
    """The site (`https://host/`) that nearly all of these links lead to; None where they lead to many.

    A feed of a search service leads to many outlets, and none of their sitemaps is its own.
    """
    places = Counter(place for link in links if (place := _place(link)))
    if not places:
        return None
    place = places.most_common(1)[0][0]
    domain = urls.registrable(place)
    together = sum(n for other, n in places.items() if urls.registrable(other) == domain)
    return place if together >= _MOSTLY * places.total() else None


def _place(link: str) -> str | None:
    address = urls.canonical(link)
    return "/".join(address.split("/")[:3]) + "/" if address else None


def mark(source: Source, gap: Gap) -> str:
    """How an entry came in that was found afterwards: "found in the feed's archive after a gap of 3 hours"."""
    kind = "an outage" if gap.kind == "outage" else "a gap"
    return f"found in {PLACES[source]} after {kind} of {span(gap.to_at - gap.from_at)}"


# ── the feed's archive ───────────────────────────────────────────────────────────────────────────


def missed(entries: Sequence[Entry], changes: Changes, gap: Gap) -> tuple[Entry, ...]:
    """Of a page of the archive, what is unknown and may have come during the gap; entries oldest first.

    An entry's own time decides. One without a time belongs to the gap unless an older neighbour that has
    one is from before it: that neighbour's successors stand between times that are known.
    """
    new = {entry.key: entry for entry, _ in changes.new}
    found, last = [], None
    for entry in entries:
        last = entry.published or last
        if entry.key in new and (last is None or gap.from_at - SLACK <= last <= gap.to_at + SLACK):
            found.append(new[entry.key])
    return tuple(found)


def reaches_back(entries: Sequence[Entry], gap: Gap) -> bool:
    """Whether a page of the archive goes back to before the gap, by what its entries say of their times."""
    return any(entry.published and entry.published < gap.from_at - SLACK for entry in entries)


def archive_told(pages: int, found: int, *, overlaps: bool, reached: bool, trouble: str | None) -> str:
    """What looking through the feed's archive came to, in words."""
    told = f"{_counted(found, 'entry', 'entries')} found in the feed's archive ({_counted(pages, 'page', 'pages')})"
    if overlaps:
        return f"{told}, which shows entries known from before: nothing is missing"
    if reached:
        return f"{told}, which goes back to before it"
    if trouble:
        return f"{told}; further back it could not be read: {trouble}"
    return f"{told}, which ends within it"


# ── the news sitemap ─────────────────────────────────────────────────────────────────────────────


def within(listings: Iterable[Listing], gap: Gap) -> list[Listing]:
    """What the outlet published during the gap, as its sitemap says, oldest first."""
    start = gap.from_at - SLACK
    return sorted(
        (one for one in listings if start <= one.published <= gap.to_at), key=lambda one: one.published
    )


def listed_entries(listings: Sequence[Listing], now: datetime) -> tuple[Entry, ...]:
    """Pages of a sitemap as entries; of very many, the last ones."""
    items = [
        RawItem(
            place=place,
            link=one.url,
            title=one.title,
            published=one.published,
            published_raw=one.published.isoformat(),
            language=one.language,
        )
        for place, one in enumerate(listings[-MOST_TAKEN:], 1)
    ]
    entries, _ = entries_of(items, base=items[0].link or "" if items else "", now=now)
    return entries


def unknown(listings: Iterable[Listing], known: Collection[str]) -> list[Listing]:
    """Those whose page is known under none of its addresses. `known` are canonical addresses."""
    return [one for one in listings if not any(form in known for form in forms(one.url))]


def forms(url: str) -> tuple[str, ...]:
    """Every spelling under which a page may be known."""
    return urls.equivalents(urls.canonical(url) or url)


def sitemap_told(listed: int, found: int, gap: Gap, oldest: datetime | None) -> str:
    """What looking through the news sitemap came to, in words."""
    if oldest is None:
        return "the outlet's news sitemap lists nothing"
    if oldest > gap.to_at:
        return "the outlet's news sitemap does not go back so far"
    pages = _counted(listed, "page", "pages")
    told = f"the outlet's news sitemap lists {pages} of that time, {found} of them unknown"
    if found > MOST_TAKEN:
        told += f"; the last {MOST_TAKEN} were taken"
    return told if oldest <= gap.from_at else f"{told}; it does not go back to the beginning"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


# ── the share that was caught ────────────────────────────────────────────────────────────────────


def share(listed: int, missed_: int) -> float | None:
    """The part of what was listed that was caught, 0–1, three places; None where nothing was listed."""
    return round((listed - missed_) / listed, 3) if listed else None
