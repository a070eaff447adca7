"""Which query parameters only say how a reader came. The list is data: `data/tracking_parameters.txt`."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import translate
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import unquote_plus


def is_tracking(name: str, value: str, extra: Collection[str] = ()) -> bool:
    """Whether a query parameter can be left out without another page being meant.

    `name` and `value` are as they stand in the URL (percent-encoded); `extra` holds more patterns in the
    syntax of the data file, as the configuration gives them.
    """
    pattern = _compiled(tuple(sorted(extra)))
    return pattern.match(f"{unquote_plus(name)}={unquote_plus(value)}".casefold()) is not None


@lru_cache(maxsize=16)
def _compiled(extra: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for the built-in and the added patterns, matched against `name=value`."""
    rules = dict.fromkeys((*_built_in(), *(rule.strip().casefold() for rule in extra if rule.strip())))
    return re.compile("|".join(translate(rule if "=" in rule else f"{rule}=*") for rule in rules))


@cache
def _built_in() -> tuple[str, ...]:
    """The patterns that ship with the package, in lower case."""
    text = (files("monitor.core") / "data" / "tracking_parameters.txt").read_text(encoding="utf-8")
    lines = (line.strip().casefold() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
