"""Feeds that have moved: when a redirect is believed, and when a new address is given up again.

The configuration is its owner's: what is adopted is only asked, told, and never written there. A redirect
counts when every hop of it is permanent (301, 308), leads to a feed, and not from https to http; it is
adopted when it was met on five polls in a row over three days, because a captive portal, a maintenance
page or a hijacked name redirects permanently as well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from monitor.core.urls import redacted
from monitor.model import Feed, Move, Page

POLLS = 5
TIME = timedelta(days=3)
# Failures in a row at an adopted address before the configured one is asked again: where a server answers,
# and where nobody does, which may well be our own line.
PATIENCE, PATIENCE_UNANSWERED = 3, 12
PERMANENT = frozenset({301, 308})
GONE = 410


def met(feed: Feed, answer: Page, at: datetime) -> Move | None:
    """The move after a poll that brought a feed; None when there is none to believe in."""
    if not answer.hops or any(hop.status not in PERMANENT for hop in answer.hops):
        return None
    addresses = [answer.url, *(hop.url for hop in answer.hops)]
    schemes = [urlsplit(address).scheme for address in addresses]
    if any(before == "https" != after for before, after in pairwise(schemes)):
        return None
    if urlsplit(feed.url).username is not None:  # its password belongs to the configured place
        return None
    if redacted(answer.final_url) != answer.final_url:  # a redirect that hands out a token means it for once
        return None
    if feed.move is not None and feed.move.to == answer.final_url:
        return replace(feed.move, polls=feed.move.polls + 1)
    return Move(answer.final_url, at)


def is_settled(move: Move, at: datetime) -> bool:
    """Whether the move has lasted long enough to be adopted."""
    return move.polls >= POLLS and at - move.since >= TIME


def is_lost(feed: Feed, status: int | None) -> bool:
    """Whether an adopted address has failed so that the configured one should be asked again."""
    most = PATIENCE_UNANSWERED if status is None else PATIENCE
    return feed.effective_url is not None and (status == GONE or feed.failures + 1 >= most)


def adopted(move: Move) -> str:
    """What the feed's owner is told of an adopted move."""
    return (
        f"it has moved for good to {redacted(move.to)} and is asked there; "
        "please put the new address into the configuration"
    )


def merged(move: Move, other: str) -> str:
    """What the owner is told of a feed that has moved to where another of theirs is."""
    return (
        f"it has moved for good to {redacted(move.to)}, which is the address of another feed, {other}: "
        "both are asked as one; please remove it from the configuration"
    )


def returned(feed: Feed) -> str:
    """What the owner is told when an adopted address is given up."""
    return (
        f"the address it had moved to, {redacted(feed.effective_url or '')}, does not answer any more: "
        "it is asked at the configured address again"
    )
