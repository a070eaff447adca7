"""Granting what the user says of topics: labels, and topics applied anew, by command or as a daemon's wish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.model import Match
from monitor.store.books import Books


def granted(books: Books, wish: Mapping[str, Any], now: datetime) -> None:
    """Write what was wished for. Raises ValueError for a wish of a kind that nobody knows."""
    if wish.get("kind") == "label":
        books.label(wish["url"], wish["topic_id"], now, wanted=bool(wish["wanted"]))
    elif wish.get("kind") == "rematch":
        gained = [(article_id, Match(wish["topic_id"], because)) for article_id, because in wish["gained"]]
        books.rematch(wish["topic_id"], gained, wish["lost"], wish["restated"])
    else:
        raise ValueError(f"nobody knows how to grant {wish.get('kind')!r}")
