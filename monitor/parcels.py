"""Earlier stories as JSON, for the way from a command that reads files to the monitor that places them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from monitor.earlier import Story

TIMES = ("published", "seen")
MOST_STORIES = 20  # in a parcel: some tenths of a second of the monitor's time
MOST_BYTES = 2_000_000


def packed(story: Story) -> dict[str, Any]:
    """A story as JSON takes it."""
    told = asdict(story)
    times = {name: told[name].isoformat() for name in TIMES if told[name] is not None}
    return {**told, **times, "html": b64encode(story.html).decode("ascii")}


def unpacked(told: Mapping[str, Any]) -> Story:
    """The same story again. Raises TypeError or ValueError where it is none."""
    times = {name: datetime.fromisoformat(told[name]) for name in TIMES if told.get(name)}
    return Story(**{**told, **times, "html": b64decode(told["html"])})


def parcels(stories: Iterable[Story]) -> Iterator[list[Story]]:
    """Stories in their order, as many at a time as a running monitor is given; at least one parcel, be it empty."""
    parcel: list[Story] = []
    size = 0
    for story in stories:
        size += len(story.html) + len(story.text)
        if parcel and (len(parcel) == MOST_STORIES or size > MOST_BYTES):
            yield parcel
            parcel, size = [], len(story.html) + len(story.text)
        parcel.append(story)
    yield parcel
