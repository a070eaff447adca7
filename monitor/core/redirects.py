"""Links that lead to an article by a detour: what a page that only passes on leads to, what cannot be resolved.

Search services list articles under addresses of their own. Some answer with a redirect, which the client
follows; some with a small page that a browser leaves at once; some hold the address in a form that only
their own scripts can read.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from monitor.core import urls
from monitor.model import Page

LONGEST = 32_768  # bytes of a page that does nothing but pass on
_WORDS = (b"refresh", b"location")  # without one of them, it passes nobody on
_SOON = 5  # seconds: who waits longer shows the page

# What opens a part of a page, and what closes it. Looked for one after the other: a single expression would take
# time that grows with the square of a hostile page's length.
_COMMENT = re.compile(r"<!--"), re.compile(r"-->")
_NOSCRIPT = re.compile(r"<noscript\b", re.IGNORECASE), re.compile(r"</noscript\s{0,9}>", re.IGNORECASE)
_CODE = (
    re.compile(r"<(?:script|style)\b", re.IGNORECASE),
    re.compile(r"</(?:script|style)\s{0,9}>", re.IGNORECASE),
)
_META = re.compile(r"<meta\b[^<>]{0,2000}>", re.IGNORECASE)
_REFRESH = re.compile(r"""http-equiv\s{0,9}=\s{0,9}["']?\s{0,9}refresh\b""", re.IGNORECASE)
_CONTENT = re.compile(r"""content\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_AFTER = re.compile(r"""\s*(\d{1,3})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)""", re.IGNORECASE)
_SCRIPT = re.compile(
    r"""(?:^|[\s;{(>])(?:window\.|document\.|self\.|top\.)?location(?:\.href)?\s{0,9}(?:=|\.(?:replace|assign)\s{0,9}\()\s{0,9}"""
    r"""(?:"((?:https?:)?(?:\\?/){2}[^"]{4,1000})"|'((?:https?:)?(?:\\?/){2}[^']{4,1000})')"""
)
_TAG = re.compile(r"<[^<>]*>")
_FEW = 60  # words that a page may show and still only pass on

# Search services whose links to articles only their own scripts can resolve: host → what people call it.
_CODED = {"news.google.com": "Google News"}


def onward(page: Page) -> str | None:
    """Where a page passes its visitors on to at once; None for a page that is meant to be read.

    A refresh within five seconds (https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh)
    or a script that leaves for another address, on a small page with next to no text.
    """
    if len(page.body) > LONGEST or not any(word in page.body.lower() for word in _WORDS):
        return None
    text = _without(_without(page.body.decode("utf-8", "replace"), *_COMMENT), *_NOSCRIPT)
    told = _refreshed(text) or _scripted(text)
    if told is None or len(_TAG.sub(" ", _without(text, *_CODE)).split()) > _FEW:
        return None
    there = urls.resolved(urljoin(page.final_url, told), page.final_url)
    here = urls.canonical(page.final_url)
    return there if there and here and urls.canonical(there) != here else None


def dead_end(asked: str, final: str) -> str | None:
    """Why a link does not lead to the outlet's page, where it is one of a service's own; None where it may."""
    service = _CODED.get(urls.host_of(asked))
    if service is None or urls.registrable(asked) != urls.registrable(final):
        return None
    if "consent" in urls.host_of(final):
        return f"the link is one of {service}, which asks for consent before it says where the article is"
    return (
        f"the link is one of {service} in a coded form: only its own scripts know the outlet's page, "
        "a request does not lead there"
    )


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """The page without such parts; one that is not closed goes on to the end."""
    kept, place = [], 0
    while found := opening.search(text, place):
        kept.append(text[place : found.start()])
        end = closing.search(text, found.end())
        place = end.end() if end else len(text)
    return " ".join([*kept, text[place:]])


def _refreshed(text: str) -> str | None:
    for tag in _META.findall(text[:LONGEST]):
        if not _REFRESH.search(tag) or not (given := _CONTENT.search(tag)):
            continue
        found = _AFTER.match(unescape(given[1] or given[2] or ""))
        if found and int(found[1]) <= _SOON:
            return found[2].strip()
    return None


def _scripted(text: str) -> str | None:
    found = _SCRIPT.search(text)
    return (found[1] or found[2]).replace("\\/", "/") if found else None
