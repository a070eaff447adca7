"""What is wrong with a configuration: one line each, with its place, and never with a secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from monitor.errors import ConfigError

LONGEST = 60  # characters of the file that a finding quotes
MOST_DIGITS = 18  # of a number that is read as it is


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the file; lines and columns count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Findings:
    """Collects findings, so that a user sees all of them at once."""

    path: Path
    _found: dict[tuple[Mark, str], None] = field(default_factory=dict)

    def add(self, mark: Mark, what: str) -> None:
        """Remember a finding; the same one twice counts once."""
        self._found[mark, what] = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def lines(self) -> list[str]:
        """The findings in the order of the file, as `file:line:column: what`."""
        return [f"{self.path}:{m.line}:{m.column}: {what}" for m, what in sorted(self._found)]

    def error(self) -> ConfigError:
        """The findings as the error to raise."""
        return ConfigError(self.lines())


def did_you_mean(word: str, known: Collection[str]) -> str:
    """The end of a sentence about an unknown word: the known one that was probably meant, if any."""
    same = [name for name in known if name.casefold() == word.casefold()]
    close = same or get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def shown(text: str) -> str:
    """A piece of the file in quotation marks, on one line; of an address only the host, for it may hold a secret."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if "://" in line:
        line = f"{line.partition('://')[0]}://{_host(line)}/…"
    elif "@" in line:
        line = f"…@{line.rpartition('@')[2]}"
    return f"'{line[:LONGEST]}{'…' if len(line) > LONGEST else ''}'"


def number(digits: str) -> int:
    """A whole number as it is written; Python reads none of thousands of digits, and all such are too many alike."""
    return int(digits) if len(digits) <= MOST_DIGITS else 10**MOST_DIGITS


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "…"
    except ValueError:
        return "…"
