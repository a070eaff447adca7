"""Whether the daemon makes progress, in words; and when its chores are due. Decides, measures nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import BackupRules

SILENT_BEATS = 30.0  # seconds; the guard makes the scheduler anew after five
SILENT_WRITER = 60.0
OVERDUE = 900.0  # a feed that is due for longer, while no poll ends, is not being asked
NO_POLL_ENDED = 600.0

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Vitals:
    """How long ago, in seconds, each part last moved; and what stands in the way, if anything."""

    beat: float = 0.0  # since the scheduler's last beat
    writer: float = 0.0  # since the writer last came round
    poll: float = 0.0  # since a poll last ended, or the watch began
    overdue: float = 0.0  # how late the most overdue feed is
    paused: str | None = None  # why nothing is fetched
    refused: bool = False  # whether the configuration was changed to one that cannot be followed


def standstill(vitals: Vitals) -> str | None:
    """What no longer moves, as a sentence; None while there is progress.

    A pause that has a reason is progress: a restart would not free the disk. Feeds may be late, after a long
    sleep for hours, as long as polls end.
    """
    if vitals.beat > SILENT_BEATS:
        return f"the scheduler has not beaten for {vitals.beat:.0f} seconds"
    if vitals.writer > SILENT_WRITER:
        return f"the writer has not come round for {vitals.writer:.0f} seconds"
    if vitals.paused is None and vitals.overdue > OVERDUE and vitals.poll > NO_POLL_ENDED:
        return (
            f"a feed is due for {vitals.overdue / 60:.0f} minutes, and no poll has ended "
            f"for {vitals.poll / 60:.0f} minutes"
        )
    return None


def backup_is_due(rules: BackupRules, last: datetime | None, now: datetime) -> bool:
    """Whether it is time for a backup; `last` is when the last one was made, None for never.

    With a time of day (UTC), the last such moment counts: a backup that was missed because the machine was off
    is made at the next start.
    """
    if last is None:
        return True
    if rules.at is None:
        return now - last >= rules.every
    hour, minute = map(int, rules.at.split(":"))
    moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if moment > now:
        moment -= _DAY
    return last < moment - (rules.every - _DAY)
