"""Finding the stories that may report the same happening, at a cost that does not grow with the archive.

A story is looked up by its strongest words in the days of its window. The rows of a day lie together, so
what is read and written stays in few pages whatever the size of the archive; of a word that many stories
of a day have, only the newest are looked at.
"""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from monitor.core import events, reports
from monitor.model import Account, Counts, Term, Traits
from monitor.store.lines import LineBooks
from monitor.store.meanings import MeaningBooks

INDEXED = 24  # strongest words of a story; half as many names besides
SAME_WORD = 24  # stories of a day with one word that are looked at
MOST_NEAR = 16  # stories that are compared
HARDLY_NEAR = (
    0.06  # of the weight of the strongest words shared, below which none but the nearest is compared
)
COUNT_ALL = 2000  # stories of a language that are all counted; after that
COUNT_EACH = 8  # one in so many: the counts hardly move any more
SCALE = 65535  # weights are stored as 16 bits

NEAR = f"""
select term.value, (
    select group_concat(story_id) from (
        select story_id from _event_terms where day = day_.value and term = term.value
        order by story_id desc limit {SAME_WORD}
    )
) from json_each(?1) as day_ cross join json_each(?2) as term
"""
COUNTED = "select word, stories from _event_words where word in (select value from json_each(?))"
# One statement for all words: a run of `executemany` gives up the GIL and takes it again for every row.
COUNT = (
    "insert into _event_words (word, stories) select value, 1 from json_each(?) where true"
    " on conflict (word) do update set stories = stories + 1"
)
FINDABLE = "insert or ignore into _event_terms (day, term, story_id) select ?, value, ? from json_each(?)"
DAY = 86_400


class EventIndexBooks(MeaningBooks, LineBooks):
    """The part of the books that knows which words stand in which stories of which day."""

    def weighed(self, report: Account) -> Traits:
        """The report, weighed by what was counted so far, as exact as it is stored."""
        own, any_language = _totals(report.language)
        keys = [own, any_language, *(term.key for term in (*report.terms, *report.names))]
        counted = dict(self.conn.execute(COUNTED, (json.dumps(keys),)).fetchall())
        counts = Counts(counted.get(own, 0), counted, counted.get(any_language, 0))
        return unpacked(packed(reports.weigh(report, counts)), report.language, report.at)

    def count_words(self, story_id: int, report: Account) -> None:
        """Count a story's words: every story while there are few, one in eight later."""
        own, any_language = _totals(report.language)
        row = self.conn.execute("select stories from _event_words where word = ?", (own,)).fetchone()
        if row is not None and row[0] >= COUNT_ALL and story_id % COUNT_EACH:
            return
        keys = sorted({own, any_language, *(term.key for term in _both(report))})
        self.conn.execute(COUNT, (json.dumps(keys),))

    def index_report(self, story_id: int, traits: Traits) -> None:
        """Make a story findable by its strongest words."""
        day = _day(traits.at)
        keys = sorted(set(events.strongest(traits, INDEXED)))
        self.conn.execute(FINDABLE, (day, story_id, json.dumps(keys)))
        self.conn.execute(
            "insert or replace into _event_traits (story_id, language, traits) values (?, ?, ?)",
            (story_id, traits.language, packed(traits)),
        )
        if traits.meaning is not None:
            self.keep_meaning(story_id, traits.meaning)

    def stories_near(self, traits: Traits) -> list[int]:
        """Stories of the days around that share the strongest words, the nearest first, sixteen at most."""
        last = self.conn.execute("select max(day) from _event_terms").fetchone()[0]
        if last is None:
            return []
        day, window = _day(traits.at), events.WINDOW.days
        days = list(range(day - window, min(day + window, last) + 1))
        weights = {**traits.names, **traits.terms}
        keys = sorted(set(events.strongest(traits, INDEXED)))
        hits: defaultdict[int, float] = defaultdict(float)
        for key, found in self.conn.execute(NEAR, (json.dumps(days), json.dumps(keys))):
            if found is not None:
                for story_id in found.split(","):
                    hits[int(story_id)] += weights[key] * weights[key]
        ranked = sorted(hits, key=lambda story_id: (-round(hits[story_id], 6), story_id))[:MOST_NEAR]
        # The nearest is named even where it is far: whoever reads why a story is alone wants to see it.
        return [*ranked[:1], *(story_id for story_id in ranked[1:] if hits[story_id] >= HARDLY_NEAR)]


def packed(traits: Traits) -> bytes:
    """A story's traits as bytes: three counts, keys, weights in 65535ths, keys of numbers."""
    keys, names, numbers = list(traits.terms), list(traits.names), sorted(traits.numbers)[:255]
    weights = [_scaled(weight) for weight in (*traits.terms.values(), *traits.names.values())]
    both = len(keys) + len(names)
    return struct.pack(
        f"<3B{both}I{both}H{len(numbers)}I",
        len(keys), len(names), len(numbers), *keys, *names, *weights, *numbers,
    )  # fmt: skip


def unpacked(blob: bytes, language: str, at: datetime) -> Traits:
    """The traits that `packed` wrote."""
    terms, names, numbers = struct.unpack_from("<3B", blob)
    both = terms + names
    values = struct.unpack_from(f"<{both}I{both}H{numbers}I", blob, 3)
    weights = [weight / SCALE for weight in values[both : 2 * both]]
    return Traits(
        language,
        at,
        dict(zip(values[:terms], weights[:terms], strict=True)),
        dict(zip(values[terms:both], weights[terms:], strict=True)),
        frozenset(values[2 * both :]),
    )


def _scaled(weight: float) -> int:
    return min(SCALE, round(weight * SCALE))


def _both(report: Account) -> Sequence[Term]:
    return (*report.terms, *report.names)


def _totals(language: str) -> tuple[int, int]:
    """The keys under which the stories themselves are counted: of the language, and of all."""
    return reports.key_of(language, ""), reports.key_of(reports.ANY_LANGUAGE, "")


def _day(at: datetime) -> int:
    return int(at.timestamp()) // DAY
