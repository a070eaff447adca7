"""What stands in an article's place without keeping anybody out: live blogs, lists, films, pictures, shells."""

from __future__ import annotations

import re
from collections import defaultdict
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import jsonld, walls
from monitor.core.seen import BRIEF, PARAGRAPH, SHORT, TEASER, Seen, count_words, linked_words

_CLOCK = re.compile(r"^\W{0,3}(?:\d{1,2}[.:h]\d{2})\b")
_POSTS = 8  # times of day that a live blog carries at least
_HEADLINES = 10  # that a list has at least
_ROW = 60  # words of a row in a list
_ROWS = ("div", "li", "article", "section", "tr")
_CAPTIONS = 5
_PICTURED = 2 * SHORT  # words that the captions of a gallery may have


def live_blog(seen: Seen) -> str | None:
    """One page that grows by posts with their times. It is kept: it is news, but no single text."""
    if any("liveblogposting" in jsonld.types_of(node) for node in seen.head.nodes):
        return "the page calls itself a live blog (LiveBlogPosting)"
    posts = [line for line in seen.lines if _CLOCK.match(line)]
    told = sum(map(count_words, posts))
    if len(posts) >= _POSTS and told >= len(posts) * PARAGRAPH and told >= 0.6 * seen.words:
        return f"{len(posts)} of its paragraphs begin with a time of day"
    said = walls.LIVE_WORDS.search(f"{seen.about.title} {urlsplit(seen.page.final_url).path}".lower())
    if not said:
        return None
    clocks = len(posts) + len(list(seen.head.tree.iter("time")))
    return f"it says {said.group()!r} and carries {clocks} times of day" if clocks >= _POSTS else None


# ── lists ────────────────────────────────────────────────────────────────────────────────────────


def listing(seen: Seen) -> str | None:
    """Headlines of many articles, none of which is told."""
    if seen.about.is_article or seen.is_promised:
        return None
    if not urlsplit(seen.page.final_url).path.strip("/") and not urlsplit(seen.page.final_url).query:
        return "this is the site's front page, not an article"
    if max(map(count_words, seen.lines)) >= SHORT:
        return None
    headlines = _linked_headings(seen)
    if headlines >= _HEADLINES and _side_by_side(seen) < BRIEF:
        return f"the page lists {headlines} headlines and tells none of them"
    rows = max(_linked_rows(seen), _linked_lines(seen))
    return f"the page lists {rows} other pages and tells none of them" if rows >= _HEADLINES else None


def _linked_headings(seen: Seen) -> int:
    headings = list(seen.head.tree.iter("h2", "h3", "h4"))
    return sum(
        1
        for heading in headings
        if next(heading.iter("a"), None) is not None
        or any(above.tag == "a" for above in heading.iterancestors("a"))
    )


def _linked_rows(seen: Seen) -> int:
    """Rows of one kind that each lead to another page and announce it; none where they are not most of the text."""
    groups: defaultdict[tuple[HtmlElement, str], dict[str, str]] = defaultdict(dict)
    for row in seen.head.tree.iter(*_ROWS):
        words, parent = row.text_content().split(), row.getparent()
        if parent is None or not PARAGRAPH <= len(words) <= _ROW or linked_words(row) < 4:  # noqa: PLR2004
            continue
        target = next((a.get("href") for a in row.iter("a") if a.get("href")), None)
        if target:
            groups[parent, f"{row.tag} {row.get('class')}"][target] = " ".join(words)
    largest = max(groups.values(), key=len, default={})
    if len(largest) < _HEADLINES:
        return 0
    told = " ".join(largest.values())
    inside = sum(count_words(line) for line in seen.lines if line in told)
    return len(largest) if inside >= 0.7 * seen.words else 0


def _linked_lines(seen: Seen) -> int:
    """Lines of the text that are links as a whole, such as bare headlines; none where they are not most of the text."""
    links = {" ".join(link.text_content().split()) for link in seen.head.tree.iter("a")}
    lines = {line for line in seen.lines if line in links}
    return len(lines) if sum(map(count_words, lines)) >= 0.7 * seen.words else 0


def _side_by_side(seen: Seen) -> int:
    """Words in paragraphs that have another beside them: articles are told so, teasers stand alone in their boxes."""
    groups: defaultdict[HtmlElement, list[int]] = defaultdict(list)
    for paragraph in seen.head.tree.iter("p"):
        words = len(paragraph.text_content().split())
        parent = paragraph.getparent()
        if words >= PARAGRAPH and parent is not None:
            groups[parent].append(words)
    return sum(sum(group) for group in groups.values() if len(group) > 1)


# ── films, pictures, nothing ─────────────────────────────────────────────────────────────────────


def video(seen: Seen) -> str | None:
    """A film with a few words beside it."""
    if seen.words >= TEASER:
        return None
    is_film = seen.head.meta.get("og:type", "").lower().startswith("video") or any(
        "videoobject" in jsonld.types_of(node) for node in seen.head.nodes
    )
    has_player = next(seen.head.tree.iter("video"), None) is not None
    is_one = (is_film and not seen.head.article) or (has_player and seen.words < BRIEF)
    return f"the page is a video with {seen.words} words beside it" if is_one else None


def gallery(seen: Seen) -> str | None:
    """Pictures, and what is written below each of them."""
    if seen.words >= _PICTURED or next(seen.head.tree.iter("img"), None) is None:
        return None
    captions = [line for line in seen.lines if walls.COUNTER.match(line) or walls.CREDIT.search(line[:300])]
    told = seen.words - sum(map(count_words, captions))
    if len(captions) < _CAPTIONS or told >= TEASER:
        return None
    return f"the page shows pictures: {len(captions)} captions and {told} words beside them"


def empty(seen: Seen) -> str | None:
    """Nothing, or nothing that could be told."""
    if seen.words < BRIEF:
        return f"the page has {seen.words} words of text, fewer than a brief"
    if seen.words < TEASER and "javascript" in seen.text.lower() and not seen.is_promised:
        return "the page is an empty shell that wants to run scripts first"
    longest = max(map(count_words, seen.lines))
    if seen.words < SHORT and longest < PARAGRAPH and not seen.is_promised:
        return f"no paragraph on the page is longer than {longest} words"
    return None
