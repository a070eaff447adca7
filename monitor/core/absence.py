"""When an article counts as gone from its outlet: what its address answered, and for how long.

HTTP 410 is the outlet's word, and counts at once. HTTP 404 is what a site also says while it is being mended, so it
counts when nothing else has been heard for a day. What else goes wrong (a host that is down, a wall) says nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model import Absence

GONE, NOT_FOUND = 410, 404
SURE = timedelta(days=1)  # of nothing but HTTP 404
PATIENCE = timedelta(
    days=7
)  # for a second word, where the address answers with neither the article nor its absence

TAKEN_BACK = "taken back by its outlet: the address says that the article is gone for good (HTTP 410)"
NOT_THERE = (
    "taken back by its outlet, it seems: for a day and longer the address has led to nothing (HTTP 404)"
)


def judged(before: Absence, status: int | None, now: datetime, *, is_there: bool) -> Absence:
    """What is known of an article's absence, after its address was asked once more.

    `status` is that of the answer, None where none came; `is_there` says that the article itself came.
    """
    if is_there:
        return Absence()
    if status not in (GONE, NOT_FOUND):
        return before
    since = before.since or now
    if before.gone_at is None and status == GONE:
        return Absence(since, since, TAKEN_BACK)
    if before.gone_at is None and now - since >= SURE:
        return Absence(since, since, NOT_THERE)
    return replace(before, since=since)


def next_look(absence: Absence, planned: datetime | None, now: datetime) -> datetime | None:
    """When to ask for the article again: as planned, and where its absence is in doubt until that is settled.

    An article that is gone is asked for no more often than one that is there, and then no more.
    """
    if absence.since is None or absence.gone_at is not None or now >= absence.since + PATIENCE:
        return planned
    settling = max(absence.since + SURE, now + SURE / 4)
    return min(planned, settling) if planned else settling
