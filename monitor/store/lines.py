"""Which lines an outlet prints again and again in different stories, learned by counting days.

A line that comes on one day or two is forgotten after a week, one of more days after a quarter; with each
story, some of what is past go. So the table holds a week of lines, whatever the archive.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from monitor.core import lines, reports
from monitor.model import Article, Lead
from monitor.store.desk import Desk

ENOUGH_DAYS = 3
DAYS_NEW, DAYS_KNOWN = 7, 90  # that a line is remembered, before and after it is known to be a standing one
OLDEST = 64  # lines that may go with each new story
DAY = 86_400

KNOWN = "select line from _standing_lines where line in (select value from json_each(?)) and days >= ?"
# One statement for all lines: a run of `executemany` gives up the GIL and takes it again for every row.
PRINTED = f"""
insert into _standing_lines (line, days, last_on, until)
select value, 1, ?2, ?2 + {DAYS_NEW} from json_each(?1) where true
on conflict (line) do update set
    days = days + (last_on <> ?2),
    last_on = max(last_on, ?2),
    until = max(until, ?2 + iif(days + (last_on <> ?2) >= {ENOUGH_DAYS}, {DAYS_KNOWN}, {DAYS_NEW}))
"""
PAST = """
delete from _standing_lines where line in (
    select line from _standing_lines where until < ? order by until limit ?
)
"""


class LineBooks(Desk):
    """The part of the books that knows the standing lines of outlets."""

    def lead(self, article: Article) -> Lead:
        """A text without headline and without the lines that stood in the outlet's stories on three days and more."""
        told = lines.lines(article.outlet_id, reports.without_title(article.title, article.text))
        named = [line.key for line in told if line.key is not None]
        found = self.conn.execute(KNOWN, (json.dumps(named), ENOUGH_DAYS)) if named else ()
        return lines.lead(told, {line for (line,) in found})

    def count_lines(self, keys: Collection[int], at: datetime) -> None:
        """These lines stand in a story of this day. Forgets what is past before."""
        day = int(at.timestamp()) // DAY
        self.conn.execute(PAST, (day, OLDEST))
        if keys:
            self.conn.execute(PRINTED, (json.dumps(list(keys)), day))
