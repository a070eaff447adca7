"""Text that SQLite can hold: no lone surrogates, which have no UTF-8, and no NUL, which ends a text early."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, overload


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
def storable(text: str | None) -> str | None:
    """The text with a replacement character for each sign that cannot be stored."""
    if not text:
        return text
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def as_json(value: Mapping[str, Any]) -> str:
    """Compact JSON that people can read: letters of every script as they are."""
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
