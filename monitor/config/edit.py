"""Writing into the user's configuration: feeds are added, everything else stays as it was written.

Comments, quotes, order and blank lines are the user's; the YAML library that keeps them is used for this
alone, because it is slow and reading needs none of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from monitor.config.places import contents
from monitor.config.settings import load
from monitor.errors import ConfigError

WIDE = 1_000_000  # characters: lines are never broken anew


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add; with a name or an outlet it gets an entry of its own under `feeds:`."""

    url: str
    name: str | None = None
    outlet: str | None = None


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
        _add(tree, topic_id, feed)
    after = StringIO()
    yaml.dump(tree, after)
    _check(path, after.getvalue(), environ)
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


def _check(path: Path, text: str, environ: Mapping[str, str]) -> None:
    """Let the whole configuration be checked where it will stand: paths in it are relative to its folder."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.resolve().parent, prefix=".monitor-", suffix=".yaml"
    ) as trial:
        trial.write(text)
        trial.flush()
        try:
            load(Path(trial.name), environ)
        except ConfigError as error:
            raise ConfigError([line.replace(trial.name, str(path)) for line in error.findings]) from error
