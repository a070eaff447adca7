"""Fresh briefs without end: texts that differ from each other, told from a small stock of words.

Pure: the same seed and number always tell the same brief, so nothing has to be remembered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from monitor.demo.texts import read_table

SLOT = re.compile(r"\{(?:#\w+:(?P<low>\d+)-(?P<high>\d+)|(?P<word>\w+))\}")


@dataclass(frozen=True, slots=True)
class Brief:
    """One told story: a headline, another headline for those who reprint it, and four paragraphs."""

    subject: str
    section: str
    title: str
    other_title: str
    summary: str
    paragraphs: tuple[str, ...]
    extra: str  # a paragraph that a paper adds when it reprints the brief


class _Drawing:
    """The words of one brief: {place} stays the same throughout, {place2} is another one."""

    def __init__(self, chance: Random, words: Mapping[str, Sequence[str]]) -> None:
        self.chance = chance
        self.words = words
        self.bags: dict[str, list[str]] = {}
        self.drawn: dict[str, str] = {}

    def say(self, alternatives: Sequence[str], **given: str) -> str:
        """One of the alternatives with its slots filled, beginning with a capital letter."""
        said = SLOT.sub(lambda slot: self._fill(slot, given), self.chance.choice(alternatives))
        first = said.find(next(filter(str.isalnum, said)))
        return said[:first] + said[first].upper() + said[first + 1 :]

    def _fill(self, slot: re.Match[str], given: Mapping[str, str]) -> str:
        name = slot["word"]
        if name is None:
            return str(self.chance.randint(int(slot["low"]), int(slot["high"])))
        return given.get(name) or self.drawn.get(name) or self._draw(name)

    def _draw(self, name: str) -> str:
        kind = name.rstrip("0123456789")
        if kind not in self.bags:
            self.bags[kind] = self.chance.sample(self.words[kind], len(self.words[kind]))
        self.drawn[name] = self.bags[kind].pop()
        return self.drawn[name]


class Teller:
    """Tells briefs in one language."""

    def __init__(self, grammar: Mapping[str, Any]) -> None:
        self.words = grammar["words"]
        self.subjects = {subject["id"]: subject for subject in grammar["subject"]}
        self.extra = grammar["extra"]

    def tell(self, seed: int, number: int, subject: str | None = None) -> Brief:
        """Brief number `number`; about `subject`, or one that chance picks."""
        chance = Random(f"{seed}:{number}")
        plan = self.subjects[subject or chance.choice(sorted(self.subjects))]
        drawing = _Drawing(chance, self.words)
        title = drawing.say(plan["title"])
        lines = [drawing.say(alternatives) for alternatives in plan["sentences"] + self.extra["sentences"]]
        another = _Drawing(chance, self.words)
        return Brief(
            subject=plan["id"],
            section=plan["section"],
            title=title,
            other_title=drawing.say(self.extra["headline"], title=title),
            summary=lines[0],
            paragraphs=tuple(" ".join(part) for part in (lines[:2], lines[2:4], lines[4:7], lines[7:])),
            extra=" ".join(another.say(alternatives) for alternatives in self.extra["sentences"]),
        )


def read_tellers() -> dict[str, Teller]:
    """The tellers by language."""
    return {language: Teller(read_table(f"briefs-{language}")) for language in ("de", "en")}
