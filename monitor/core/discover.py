"""Which feeds a page leads to."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from trafilatura.feeds import FeedParameters, determine_feed

# Where blog systems and newspapers put their feed when they do not link it, most likely first.
USUAL_PLACES = ("/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json")

_HEAD = 200_000  # characters in which a <base> is looked for
_BASE = re.compile(r"""<base\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


def feeds_on(html: str, url: str) -> list[str]:
    """The addresses of the feeds that a page links to, in its order. `url` is where the page came from."""
    base = _BASE.search(html[:_HEAD])
    start = urljoin(url, unescape(base[1] or base[2] or base[3])) if base else url
    found = determine_feed(html, FeedParameters(baseurl=start, domain=urlsplit(url).netloc, reference=url))
    return list(dict.fromkeys(found))


def usual_places(url: str) -> list[str]:
    """Addresses on the page's host that are worth a request where it links to no feed."""
    return [urljoin(url, place) for place in USUAL_PLACES]
