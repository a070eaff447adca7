"""The sketches of all stories: which hashes stand in which stories.

A row is one integer: 36 bits of hash, 28 bits of story id, moved into SQLite's signed range. The rows of
a hash lie side by side, so one short walk tells which stories have it, or that too many do: a hash that
stands in more than three stories is background (site boilerplate, a daily template), and tells nothing.
Rows are kept per story, not per article: a copy adds only what its story lacks, so that a wire text
carried by fifty outlets does not become background for its fifty-first. A hash that is background already
gets no further rows, so what is looked up stays small whatever the size of the archive.

The hashes of one text are scattered over the whole b-tree: written at once, each would cost a page of its
own, twice. So a text's rows first go, as one short blob, to the end of `_sketches_new`, and into a
temporary index of these in memory. Once there are many, they are moved into `_sketches` in the order of
their hashes, a stretch with every commit: neighbours share a page. What was moved is forgotten in
`_sketches_new` only when all of it was; a crash in between costs moving some rows twice, which changes
nothing.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from monitor.model import Fingerprint
from monitor.store.desk import Desk

HASH_BITS = 36
STORY_BITS = 28
STORY_MASK = (1 << STORY_BITS) - 1
OFFSET = 1 << 63  # hash and story fill 64 bits without a sign; SQLite's integers have one

BACKGROUND = 3  # a hash in more distinct stories is background
MOST_SAME = 8  # stories of one and the same text that are remembered as such
MANY = 32_768  # texts in `_sketches_new` from which they are moved; 7 MB of memory
PACE = 4  # rows moved for each that came
LEAST_MOVED = 1000

# One statement for all hashes of a text: a third of the time of one statement each.
LOOK_UP = f"""
select _sketches.key from json_each(?1) as wanted
cross join _sketches on _sketches.key between wanted.value and wanted.value + {STORY_MASK}
union all
select recent.key from json_each(?1) as wanted
cross join temp.recent as recent on recent.key between wanted.value and wanted.value + {STORY_MASK}
"""


class Seen(NamedTuple):
    """What the sketches know of a text."""

    hits: Counter[int]  # story → how many telling hashes it shares
    rarity: dict[int, float]  # story → the same, a hash that stands in two stories being half as telling
    first: dict[int, int]  # story → one of these hashes
    background: frozenset[int]  # hashes that tell nothing
    same: tuple[int, ...]  # stories that have an article of exactly these words, oldest first


class SketchBooks(Desk):
    """The part of the books that keeps the sketches."""

    _recent_is_there = False  # the temporary index; a rollback may take it away again
    _moving: tuple[int, int] | None = None  # the last key that was moved, the last blob that is meant
    _came = 0  # rows since the last commit
    _last_seen: tuple[Fingerprint, Seen] | None = None  # a text is looked up, then stored

    def seen(self, fingerprint: Fingerprint) -> Seen:
        """Which stories share hashes with this text, and which of its hashes are background."""
        if self._last_seen is not None and self._last_seen[0] is fingerprint:
            return self._last_seen[1]
        asked = fingerprint.probes or fingerprint.hashes
        stories = self._stories_with((*asked, _digest_hash(fingerprint.digest)))
        self._follow_united(stories)
        same = stories.pop(_digest_hash(fingerprint.digest), set())
        background = frozenset(hash_ for hash_, found in stories.items() if len(found) > BACKGROUND)
        telling = {hash_: found for hash_, found in stories.items() if hash_ not in background}
        hits = Counter(story for found in telling.values() for story in found)
        rarity: dict[int, float] = {}
        first: dict[int, int] = {}
        for hash_, found in telling.items():
            for story in found:
                rarity[story] = rarity.get(story, 0.0) + 1 / len(found)
                first.setdefault(story, hash_)
        seen = Seen(hits, rarity, first, background, tuple(sorted(same)))
        self._last_seen = fingerprint, seen
        return seen

    def add_sketch(self, story_id: int, fingerprint: Fingerprint | None) -> None:
        """What an article adds to its story's sketch: its telling hashes, and one for the text as a whole."""
        if fingerprint is None:
            return
        if story_id > STORY_MASK:
            raise OverflowError(f"story {story_id} has no room in the sketches, which end at {STORY_MASK}")
        seen = self.seen(fingerprint)
        self._last_seen = None  # from here on it is out of date
        hashes = [hash_ for hash_ in fingerprint.hashes if hash_ not in seen.background]
        if len(seen.same) < MOST_SAME:
            hashes.append(_digest_hash(fingerprint.digest))
        if not hashes:
            return
        keys = [(hash_ << STORY_BITS | story_id) - OFFSET for hash_ in hashes]
        self.conn.execute(
            "insert into _sketches_new (keys) values (?)", (struct.pack(f"<{len(keys)}q", *keys),)
        )
        # One statement for all: a run of `executemany` gives up the GIL and takes it again for every row.
        self.conn.execute(
            "insert or ignore into temp.recent (key) select value from json_each(?)", (str(keys),)
        )
        self._came += len(keys)

    def now_part_of(self, story_id: int, into_id: int) -> None:
        """A story became part of another one: what its sketch finds is the other one from now on."""
        self.conn.execute("update _united set into_id = ?2 where into_id = ?1", (story_id, into_id))
        self.conn.execute("insert into _united (story_id, into_id) values (?, ?)", (story_id, into_id))
        self._last_seen = None

    def given_back(self, fingerprint: Fingerprint | None, into_id: int) -> int | None:
        """The number that a story with this text had before it became part of another one: it is its own again.

        None where it had none, or where several have gone and none of their sketches is of this text.
        """
        rows = self.conn.execute("select story_id from _united where into_id = ?", (into_id,))
        gone = {story_id for (story_id,) in rows}
        hashes = (*fingerprint.hashes, _digest_hash(fingerprint.digest)) if fingerprint else ()
        having = Counter(story for found in self._stories_with(hashes).values() for story in found & gone)
        number = (
            next(iter(gone))
            if len(gone) == 1
            else max(having, key=lambda one: (having[one], -one), default=None)
        )
        self.conn.execute("delete from _united where story_id = ?", (number,))
        self._last_seen = None
        return number

    def forget_since(self, mark: int) -> None:
        """A rollback may have taken the temporary index away, or brought back what was moved."""
        super().forget_since(mark)
        self._recent_is_there = False
        self._moving = None
        self._last_seen = None

    def settle(self) -> None:
        """Move a stretch of the recent rows to their place, where there are many."""
        super().settle()
        self._last_seen = None
        if not self._came:
            return
        came, self._came = self._came, 0
        if self._moving is None:
            # Two questions: SQLite answers each from an end of the table, both in one by reading all of it.
            first, last = self.conn.execute(
                "select (select min(id) from _sketches_new), (select max(id) from _sketches_new)"
            ).fetchone()
            if first is None or last - first < MANY:
                return
            self._moving = (-OFFSET, last)
        self._move(max(LEAST_MOVED, PACE * came), *self._moving)

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _stories_with(self, hashes: Iterable[int]) -> dict[int, set[int]]:
        self._need_recent()
        wanted = f"[{','.join([str((hash_ << STORY_BITS) - OFFSET) for hash_ in hashes])}]"
        found: dict[int, set[int]] = {}
        for (key,) in self.conn.execute(LOOK_UP, (wanted,)):
            found.setdefault((key + OFFSET) >> STORY_BITS, set()).add(key & STORY_MASK)
        return found

    def _follow_united(self, stories: dict[int, set[int]]) -> None:
        """Let stories that became part of another one count as that one."""
        found = set().union(*stories.values())
        if not found:
            return
        rows = self.conn.execute(
            "select story_id, into_id from _united where story_id in (select value from json_each(?))",
            (str(list(found)),),
        ).fetchall()
        for story_id, into_id in rows:
            for having in stories.values():
                if story_id in having:
                    having.remove(story_id)
                    having.add(into_id)

    def _need_recent(self) -> None:
        """See to it that the temporary index is there, with all that is in `_sketches_new`."""
        if self._recent_is_there:
            return
        self._recent_is_there = True
        if self.conn.execute("select 1 from temp.sqlite_master where name = 'recent'").fetchone() is None:
            self.conn.execute("create temp table recent (key integer primary key)")
            blobs = self.conn.execute("select keys from _sketches_new").fetchall()
            keys = sorted(key for (blob,) in blobs for (key,) in struct.iter_unpack("<q", blob))
            self.conn.executemany(
                "insert or ignore into temp.recent (key) values (?)", zip(keys, strict=True)
            )

    def _move(self, count: int, after: int, last_blob: int) -> None:
        """Move the next rows in the order of their hashes; after the last one, forget the blobs they came in."""
        self._need_recent()
        (until,) = self.conn.execute(
            "select max(key) from (select key from temp.recent where key > ? order by key limit ?)",
            (after, count),
        ).fetchone()
        if until is not None:
            self.conn.execute(
                "insert or ignore into _sketches (key) select key from temp.recent where key > ? and key <= ? order by key",
                (after, until),
            )
            self._moving = (until, last_blob)
            return
        self.conn.execute("delete from _sketches_new where id <= ?", (last_blob,))
        self.conn.execute("drop table temp.recent")
        self._recent_is_there = False
        self._moving = None


def _digest_hash(digest: str) -> int:
    """A text's digest as one more hash: a chance meeting costs a needless comparison, never a verdict."""
    return int.from_bytes(blake2b(digest.encode(), digest_size=8).digest()) >> (64 - HASH_BITS)
