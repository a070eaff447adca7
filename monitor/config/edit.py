"""Writing into the user's configuration: feeds are added, everything else stays as it was written.

Comments, quotes, order and blank lines are the user's; the YAML library that keeps them is used for this
alone, because it is slow and reading needs none of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from monitor.config.places import contents
from monitor.config.settings import settled
from monitor.config.values import feed_name, is_address
from monitor.errors import ConfigError

WIDE = 1_000_000  # characters: lines are never broken anew


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add; with a name or an outlet it gets an entry of its own under `feeds:`.

    `is_wish`: the name was not asked for; where it cannot be had, the feed goes by its address.
    """

    url: str
    name: str | None = None
    outlet: str | None = None
    is_wish: bool = False


def add_feeds(path: Path, topic_id: str, new: Sequence[NewFeed], environ: Mapping[str, str]) -> str:
    """The text of the configuration with these feeds added to a topic.

    Raises ConfigError where the result would not pass `monitor check`; nothing is written.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    before = contents(path).decode("utf-8-sig")
    tree = yaml.load(before)
    for feed in new:
        _add(tree, topic_id, _named(tree, feed, path))
    after = StringIO()
    yaml.dump(tree, after)
    settled(after.getvalue().encode(), path, environ)
    return after.getvalue()


def write(path: Path, text: str) -> None:
    """Put a new text in the place of the configuration, whole or not at all; its mode stays."""
    folder = path.resolve().parent
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=".monitor-", delete=False
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(path.stat().st_mode)
    Path(file.name).replace(path.resolve())


def _named(tree: Any, feed: NewFeed, path: Path) -> NewFeed:
    """The feed with a name that it can have. Raises ConfigError where another feed has the name that was asked for."""
    rows = tree.get("feeds") or {}
    if feed.is_wish:
        addresses = {row.get("url") if isinstance(row, Mapping) else row for row in rows.values()}
        is_free = feed.name not in rows and feed.url not in addresses
        return feed if is_free and _can_be_name(feed.name or "") else replace(feed, name=None, outlet=None)
    if feed.name in rows:
        raise ConfigError([f"{path}: a feed is called {feed.name!r} already; give this one another name"])
    return feed


def _can_be_name(text: str) -> bool:
    """Whether a topic can name a feed so."""
    try:
        return not is_address(text) and feed_name(text) == text
    except ValueError:
        return False


def _add(tree: Any, topic_id: str, feed: NewFeed) -> None:
    topic = tree["topics"][topic_id]
    if feed.name:
        row: Any = {"url": feed.url, "outlet": feed.outlet} if feed.outlet else feed.url
        if tree.get("feeds") is None:
            tree["feeds"] = {}
        tree["feeds"][feed.name] = row
    listed = topic.get("feeds")
    if listed is None:
        topic["feeds"] = [feed.name or feed.url]
    elif isinstance(listed, str):
        topic["feeds"] = [listed, feed.name or feed.url]
    else:
        listed.append(feed.name or feed.url)
