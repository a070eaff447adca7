"""Times as the database writes them: UTC text, `YYYY-MM-DDTHH:MM:SSZ`, which sorts as it reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def stamp(moment: datetime) -> str: ...
@overload
def stamp(moment: None) -> None: ...
def stamp(moment: datetime | None) -> str | None:
    """An aware time as text, to the second; nothing stays nothing."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds")[:19] + "Z"


@overload
def moment(text: str) -> datetime: ...
@overload
def moment(text: None) -> None: ...
def moment(text: str | None) -> datetime | None:
    """The aware time that `stamp` wrote."""
    return None if text is None else datetime.fromisoformat(text)
