"""What is said of a verdict: its `because`, in words a journalist reads. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.core.fingerprint import words
from monitor.core.passages import Comparison
from monitor.model import Article, CopyKind, Known, LinkKind

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_MOST_PARAGRAPHS = 6  # more are counted, not listed

NOTHING_LIKE_IT = "starts a story: nothing like it in the archive"
WRITTEN_ANEW = "came as a copy, and one of the two was written anew since: "
NOTHING_LIKE_THE_REST = (
    "starts a story: most of its words stand in several other stories, as those of a series do, and nothing in the"
    " archive is like the rest"
)


def too_short(count: int) -> str:
    """Say that a text is too short to be compared."""
    return f"starts a story: {count} words are too few to compare"


def copied(article: Article, known: Known, comparison: Comparison, kind: CopyKind) -> str:
    """Say how much of the article stands in the original, what it added or cut, and whose headline it has."""
    source = _source(known, article.first_seen)
    if kind == "identical":
        clauses = [f"the same text as {source}"]
    else:
        clauses = [
            f"{_percent(comparison.share)} of this text stands in {source}",
            f"it has {_percent(comparison.share_of_original)} of that text",
            *_changes(comparison),
        ]
    if kind != "identical" and comparison.moved:
        clauses.append("in another order")
    return "; ".join([*clauses, _headline(article.title, known.title)])


def linked(article: Article, known: Known, comparison: Comparison, kind: LinkKind, rule: str) -> str:
    """Say what ties the article to another one, and why that is no copy."""
    source = _source(known, article.first_seen)
    tie = {
        "partial": "passages shared with",
        "series": "a series with",
        "contained": "in a longer text together with",
        "quote": "a quotation shared with",
    }[kind]
    return (
        f"{tie} {source}: {comparison.shared_words} words, {_percent(comparison.share)} of this text; {rule}"
    )


def alone(article: Article, known: Known, comparison: Comparison, rule: str) -> str:
    """Say why an article starts a story although it shares words with another one."""
    share = f"{_percent(comparison.share)} of it stands in {_source(known, article.first_seen)}"
    return f"starts a story: {share}, but {rule}"


def missed(article: Article, known: Known, comparison: Comparison, rule: str) -> str:
    """Say why an article that shares words with another one is neither its copy nor linked to it."""
    share = f"{_percent(comparison.share)} of this text stands in {_source(known, article.first_seen)}"
    return f"{share}, but {rule}"


def _source(known: Known, at: datetime) -> str:
    """Name outlet, time and agency: "FAZ (24 March 06:12 UTC, dpa)"; midnight is a day."""
    seen = known.first_seen
    year = f" {seen.year}" if seen.year != at.year else ""
    is_day = not (seen.hour or seen.minute or seen.second)  # what is imported often tells the day alone
    when = f"{seen.day} {_MONTHS[seen.month - 1]}{year}{'' if is_day else f' {seen:%H:%M} UTC'}"
    return f"{known.outlet} ({when}, {known.agency})" if known.agency else f"{known.outlet} ({when})"


def _percent(share: float) -> str:
    """Round to whole per cents, but call nothing all that is not all."""
    if share >= 1:
        return "all"
    return f"{min(99, max(1, round(share * 100)))} %" if share else "nothing"


def _changes(comparison: Comparison) -> list[str]:
    """Say what the text has alone and what it left out, by paragraphs, or by words where they do not tell."""
    clauses = []
    if comparison.added_paragraphs:
        clauses.append(
            f"{_paragraphs(comparison.added_paragraphs)} {_be(comparison.added_paragraphs)} its own"
        )
    elif comparison.added:
        clauses.append(f"{sum(span.length for span in comparison.added)} words are its own")
    if comparison.cut_paragraphs:
        paragraphs = comparison.cut_paragraphs
        clauses.append(f"{_paragraphs(paragraphs)} of the original {_be(paragraphs)} missing")
    elif comparison.cut:
        clauses.append(f"{sum(span.length for span in comparison.cut)} words of the original are missing")
    return clauses


def _paragraphs(numbers: Sequence[int]) -> str:
    """Say "paragraph 2", "paragraphs 2, 4–6 and 9" or "12 paragraphs"."""
    if len(numbers) == 1:
        return f"paragraph {numbers[0]}"
    ranges = _ranges(numbers)
    if len(ranges) > _MOST_PARAGRAPHS:
        return f"{len(numbers)} paragraphs"
    listed = ", ".join(ranges[:-1])
    return f"paragraphs {listed} and {ranges[-1]}" if listed else f"paragraphs {ranges[0]}"


def _be(numbers: Sequence[int]) -> str:
    return "is" if len(numbers) == 1 else "are"


def _ranges(numbers: Sequence[int]) -> list[str]:
    """Write 1, 2, 3, 7 as "1–3", "7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [str(first) if first == last else f"{first}–{last}" for first, last in runs]


def _headline(title: str, original: str) -> str:
    return "same headline" if words(title) == words(original) else "new headline"
