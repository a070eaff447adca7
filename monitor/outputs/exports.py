"""Rows as files for other programs, and the statement that belongs to them.

CSV is RFC 4180 in UTF-8; a cell that a spreadsheet would take for a formula gets an apostrophe in front, as
OWASP advises. JSON lines change nothing: who computes, takes those.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TextIO

Form = Literal["csv", "jsonl"]

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0")
MOST_GAPS = 30
ONE = {"articles": "article", "stories": "story", "copies": "copy"}


def write(rows: Iterable[Mapping[str, Any]], out: TextIO, form: Form, header: Sequence[str]) -> int:
    """Write rows of these columns; how many. `out` leaves line ends as they are."""
    return write_csv(rows, out, header) if form == "csv" else write_lines(rows, out)


def write_csv(rows: Iterable[Mapping[str, Any]], out: TextIO, header: Sequence[str]) -> int:
    """A header, also where no row follows, and a line for each row."""
    writer = csv.DictWriter(out, header, lineterminator="\r\n")
    writer.writeheader()
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  counted on the way
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return count


def write_lines(rows: Iterable[Mapping[str, Any]], out: TextIO) -> int:
    """One JSON object a line."""
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  as above
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def harmless(value: object) -> object:
    """A cell that no spreadsheet runs. Numbers stay numbers.

    >>> harmless("=1+1"), harmless(-1), harmless("plain")
    ("'=1+1", -1, 'plain')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def statement(
    facts: Mapping[str, Any],
    *,
    what: str,
    count: int,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    version: str,
) -> str:
    """The coverage statement: what these rows are, how closely was watched, and what is not in them."""
    feeds, polls, entries, topic = facts["feeds"], facts["polls"], facts["entries"], facts["topic"]
    span = f"{since:%Y-%m-%d %H:%M} to " if since else "the beginning to "
    span += f"{until:%Y-%m-%d %H:%M}" if until else f"{now:%Y-%m-%d %H:%M}"
    lines = [
        f"{count} {ONE[what] if count == 1 else what}, first seen from {span} (UTC). Exported by monitor {version} on {now:%Y-%m-%d %H:%M} UTC.",
        f"Topic: {topic['title']} ({topic['id']}): {' '.join(topic['query'].split())}; unchanged since {topic['changed_at']}." if topic else "All topics.",
        f"Feeds: {feeds['watched']} watched; failing now: {feeds['failing']}, gone: {feeds['gone']}.",
        _polled(polls),
        _decided(entries),
        ("What an outlet published and took out of its feed between two polls was never seen. Articles are as first read,"
        " and read again for changes a few times; `first_seen_at` is when monitor saw them, `published_at` what the outlet claims."),
        *_gaps(facts["gaps"]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _polled(polls: Mapping[str, Any]) -> str:
    if not polls["made"]:
        return "No polls of that time are on record: nothing is known of how closely was watched."
    answered = 1 - polls["failed"] / polls["made"]
    return f"Polls: {polls['made']} from {polls['first_at']} to {polls['last_at']}, {answered:.1%} of them answered."


def _decided(entries: Mapping[str, int]) -> str:
    words = {
        "stored": "became articles",
        "off_topic": "fit no topic",
        "quarantined": "showed no article (paywall, consent, error page)",
        "failed": "could not be read",
        "skipped": "had nothing to read",
        "waiting": "were not read yet",
    }
    told = [f"{entries[state]} {text}" for state, text in words.items() if entries.get(state)]
    return (
        f"Of the entries seen in that time, {', '.join(told)}."
        if told
        else "No entries were seen in that time."
    )


def _gaps(gaps: list[Mapping[str, Any]]) -> list[str]:
    if not gaps:
        return ["Gaps: none known."]
    lines = [f"Gaps: {len(gaps)} times in which something may have been missed:"]
    lines += [f"  {gap['from_at']} to {gap['to_at']} {gap['feed']}: {gap['kind']}: {gap['because']}" for gap in gaps[:MOST_GAPS]]  # fmt: skip
    return [*lines, f"  and {len(gaps) - MOST_GAPS} more"] if len(gaps) > MOST_GAPS else lines
