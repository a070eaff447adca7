"""What texts mean to a model, in the database: kept with their stories, and looked up across languages.

Stories of other languages are looked up by the strongest names of a new one, in the days around it; those
that share most are compared, and the closest in meaning handed on. What is looked at is bounded by names,
days and stories of a day, so its cost does not grow with the archive. Without a model nothing is asked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from monitor.core import events
from monitor.core.meanings import closeness
from monitor.model import Meaning, Traits
from monitor.store.desk import Desk

SAME_NAME = 48  # stories of a day with one name that are looked at, the newest
COMPARED = 48  # stories of other languages that are compared, those that share most
CLOSEST = 8  # of these that are handed on
DAY = 86_400

NAMED = f"""
select term.value, (
    select group_concat(story_id) from (
        select story_id from _event_terms where day = day_.value and term = term.value
        order by story_id desc limit {SAME_NAME}
    )
) from json_each(?1) as day_ cross join json_each(?2) as term
"""
ABROAD = f"""
select vectors.story_id, vectors.vector, vectors.length from json_each(?1) as wanted
cross join _event_vectors as vectors on vectors.story_id = wanted.value and vectors.model = ?2
cross join _event_traits as traits on traits.story_id = wanted.value and traits.language <> ?3
order by wanted.key limit {COMPARED}
"""


class MeaningBooks(Desk):
    """The part of the books that knows what the texts of stories mean to a model."""

    def keep_meaning(self, story_id: int, meaning: Meaning) -> None:
        """Keep what a story's text means to a model."""
        self.conn.execute(
            "insert or replace into _event_vectors (story_id, model, vector, length) values (?, ?, ?, ?)",
            (story_id, meaning.model, meaning.vector, meaning.length),
        )

    def meanings_of(self, stories: Sequence[int], model: int | None) -> Mapping[int, Meaning]:
        """What these stories mean to this model, where it has read them; nothing where there is no model."""
        if model is None:
            return {}
        rows = self.conn.execute(
            "select story_id, vector, length from _event_vectors"
            " where model = ? and story_id in (select value from json_each(?))",
            (model, json.dumps(stories)),
        )
        return {story_id: Meaning(model, vector, length) for story_id, vector, length in rows}

    def stories_meant(self, traits: Traits) -> list[int]:
        """Stories of other languages that share a strong name, the closest in meaning first; eight at most."""
        if traits.meaning is None:
            return []
        model = traits.meaning.model
        rows = self.conn.execute(ABROAD, (json.dumps(self._naming(traits)), model, traits.language))
        close = {
            story_id: closeness(traits.meaning, Meaning(model, vector, length))
            for story_id, vector, length in rows
        }
        found = {story_id: cosine for story_id, cosine in close.items() if cosine is not None}
        return sorted(found, key=lambda story_id: (-found[story_id], story_id))[:CLOSEST]

    def _naming(self, traits: Traits) -> list[int]:
        """Stories of the days around that have the strongest names, those that share most first."""
        names = list(traits.names)[: events.ABROAD_STRONGEST]
        day, window = int(traits.at.timestamp()) // DAY, events.ABROAD_WINDOW.days
        days = list(range(day - window, day + window + 1))
        hits: defaultdict[int, float] = defaultdict(float)
        for key, stories in self.conn.execute(NAMED, (json.dumps(days), json.dumps(names))):
            for story_id in stories.split(",") if stories else ():
                hits[int(story_id)] += traits.names[key] * traits.names[key]
        return sorted(hits, key=lambda story_id: (-round(hits[story_id], 6), story_id))
