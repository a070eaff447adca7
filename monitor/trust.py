"""Granting what the user says of topics: labels, and topics applied anew, by command or as a daemon's wish."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import wishes
from monitor.errors import StoreError
from monitor.model import Match

if TYPE_CHECKING:
    from monitor.store.books import Books
    from monitor.store.writer import Store

log = logging.getLogger("monitor")
wishes_of = wishes.waiting


def granted(books: Books, wish: Mapping[str, Any], now: datetime) -> None:
    """Write what was wished for. Raises ValueError for a wish of a kind that nobody knows."""
    if wish.get("kind") == "label":
        books.label(wish["url"], wish["topic_id"], now, wanted=bool(wish["wanted"]))
    elif wish.get("kind") == "rematch":
        gained = [(article_id, Match(wish["topic_id"], because)) for article_id, because in wish["gained"]]
        books.rematch(wish["topic_id"], gained, wish["lost"], wish["restated"])
    else:
        raise ValueError(f"nobody knows how to grant {wish.get('kind')!r}")


async def grant(found: Sequence[Path], store: Store, now: Callable[[], datetime]) -> None:
    """Write what was wished for; a wish that cannot be granted is said and forgotten."""
    for path in found:
        try:
            await store.write(partial(granted, wish=wishes.read(path), now=now()))
        except FileNotFoundError:
            continue
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  whatever is wrong with a wish, the watch goes on
            log.warning("%s could not be granted: %s", path.name, error)
        path.unlink(missing_ok=True)
