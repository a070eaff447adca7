"""The newsroom's texts and tables, read from the files beside the code.

A text file opens with `Key: value` lines, then an empty line, then paragraphs separated by empty lines.
Every sentence in them was written for this project; the outlets are invented.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Text:
    """One text as its author wrote it, before any outlet publishes it."""

    id: str  # the file's name without its ending
    title: str
    language: str
    section: str
    paragraphs: tuple[str, ...]
    summary: str = ""
    byline: str | None = None
    agency: str | None = None
    corrects: tuple[tuple[str, str], ...] = ()  # (as first printed, as corrected)
    correction: str | None = None  # the note under the corrected text
    later_summary: str | None = None  # the summary once the text was touched again


def read_texts(folder: Path = FOLDER) -> dict[str, Text]:
    """Every text of the folder by its id."""
    return {path.stem: text_of(path.stem, path.read_text(encoding="utf-8")) for path in folder.glob("*.txt")}


def text_of(name: str, content: str) -> Text:
    """A text from its file's content. Raises KeyError where the header lacks a title, language or section."""
    head, _, body = content.strip().partition("\n\n")
    pairs = [(key, value.strip()) for key, _, value in (line.partition(":") for line in head.splitlines())]
    header = dict(pairs)
    return Text(
        id=name,
        title=header["Title"],
        language=header["Language"],
        section=header["Section"],
        paragraphs=tuple(" ".join(block.split()) for block in body.split("\n\n") if block.strip()),
        summary=header.get("Summary", ""),
        byline=header.get("Byline"),
        agency=header.get("Agency"),
        corrects=tuple(_change(value) for key, value in pairs if key == "Corrects"),
        correction=header.get("Correction"),
        later_summary=header.get("Updated-Summary"),
    )


def read_table(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """One of the TOML tables: outlets, timeline, words, briefs-de, briefs-en."""
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def _change(value: str) -> tuple[str, str]:
    before, _, after = value.partition("=>")
    return before.strip(), after.strip()
