"""The endless part of the script: every few seconds a fresh brief, every fifth of them a reprint.

Pure: brief number `n` is the same whenever it is asked for, so the newsroom runs for days in the same
memory. Briefs come in rounds of five; the last of a round reprints the second, at another outlet of the
same language, twelve seconds later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from monitor.demo.briefs import Brief, Teller
from monitor.demo.outlets import Outlet
from monitor.demo.publications import PlayKind, Publication, slug

FIRST = 7.0  # seconds after the start
EVERY = 4.0  # seconds from one brief to the next
ROUND = 5
REPRINT, ORIGINAL = 4, 1  # places within a round
KINDS: tuple[PlayKind, ...] = ("identical", "shortened", "extended", "edited")
WATCHED = ("hilfe", "wetter", "aid", "weather")  # subjects that a topic of the demo watches
NUMBER = re.compile(r"(?<![a-z0-9])b(\d+)(?![a-z0-9])")


class Stream:
    """Briefs 0, 1, 2, … with the outlets that carry them."""

    def __init__(self, outlets: Sequence[Outlet], tellers: Mapping[str, Teller], seed: int) -> None:
        self.outlets = tuple(outlets)
        self.tellers = tellers
        self.seed = seed

    def latest(self, t: float, count: int, outlet_id: str | None = None) -> Iterator[Publication]:
        """The last `count` briefs at second `t`, newest first; of one outlet or of all."""
        newest = int((t - FIRST) // EVERY)
        for number in range(newest, max(-1, newest - count), -1):
            if outlet_id is None or self.outlet(number).id == outlet_id:
                yield self.brief(number)

    def at_path(self, path: str, t: float) -> Publication | None:
        """The brief whose number stands in this path, when it is out by second `t`."""
        found = NUMBER.findall(path)
        number = int(found[-1]) if found else -1
        return self.brief(number) if 0 <= number <= (t - FIRST) // EVERY else None

    def outlet(self, number: int) -> Outlet:
        """Who carries brief `number`."""
        if number % ROUND != REPRINT:
            return Random(f"outlet:{self.seed}:{number}").choice(self.outlets)
        first = self.outlet(number - REPRINT + ORIGINAL)
        others = [one for one in self.outlets if one.language == first.language and one.id != first.id]
        return Random(f"outlet:{self.seed}:{number}").choice(others)

    def brief(self, number: int) -> Publication:
        """Brief `number` as its outlet carries it."""
        outlet = self.outlet(number)
        place, round_number = number % ROUND, number // ROUND
        if place != REPRINT:
            kind: PlayKind | None = "original" if place == ORIGINAL else None
            told = self._told(outlet.language, number)
            return _publication(outlet, number, told, told.title, told.paragraphs, kind)
        source = number - REPRINT + ORIGINAL
        told = self._told(outlet.language, source)
        kind = KINDS[round_number % len(KINDS)]
        copy = _publication(outlet, number, told, told.other_title, _reprinted(told, kind), kind)
        return replace(copy, original_id=f"b{source}@{self.outlet(source).id}")

    def _told(self, language: str, number: int) -> Brief:
        teller = self.tellers[language]
        watched = [subject for subject in WATCHED if subject in teller.subjects]
        subject = watched[number // ROUND % len(watched)] if number % ROUND == ORIGINAL else None
        return teller.tell(self.seed, number, subject)


def _reprinted(told: Brief, kind: PlayKind) -> tuple[str, ...]:
    """The brief's paragraphs as a reprint of this kind carries them."""
    if kind == "shortened":
        return told.paragraphs[:3]
    if kind == "extended":
        return (*told.paragraphs, told.extra)
    if kind == "edited":
        return (*told.paragraphs[:3], told.extra)
    return told.paragraphs


def _publication(
    outlet: Outlet,
    number: int,
    told: Brief,
    headline: str,
    paragraphs: tuple[str, ...],
    kind: PlayKind | None,
) -> Publication:
    key = f"b{number}"
    return Publication(
        id=f"{key}@{outlet.id}",
        outlet_id=outlet.id,
        at=FIRST + number * EVERY,
        path=outlet.path.format(section=told.section, key=key, slug=f"{slug(headline)}-{key}"),
        headline=headline,
        summary=told.summary,
        paragraphs=paragraphs,
        language=outlet.language,
        section=told.section,
        kind=kind,
    )
