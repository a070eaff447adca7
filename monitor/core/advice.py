"""What a user can do about a site that shows no articles, by what it shows instead."""

from __future__ import annotations

ADVICE = {
    "blocked": "the site keeps robots out: set contact: so that it can reach you, ask it to let you in, or watch a feed "
    "that carries whole texts",
    "consent": "the site wants consent before it shows anything: look for a feed with whole texts, or ask the publisher "
    "for access without the wall",
    "login": "the pages are for registered readers: look for a feed with whole texts, or ask the publisher for access",
    "teaser": "the articles are for subscribers: only headlines and summaries can be watched here, or ask the publisher "
    "for a licensed feed",
    "alike": "the site gives every visitor one and the same page: open one of the addresses to see what it wants",
    "error_page": "the addresses of the feed lead nowhere: see whether the site has a newer feed (monitor check --online)",
    "empty": "the pages come without text, to be filled by scripts: look for a feed with whole texts",
    "list": "the feed leads to overview pages: look for another feed of the site",
    "video": "the feed leads to films: there is no text to watch",
    "gallery": "the feed leads to pictures: there is no text to watch",
}


def advice(because: str) -> str:
    """What to do where pages were quarantined with this reason, "kind: sentence"; empty when nothing is known."""
    return ADVICE.get(because.partition(":")[0], "")
