"""A story told on its timeline: who was first, who followed when, what each changed. Words only, no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from monitor.cli.common import counted, plain

Row = dict[str, Any]

LONGEST = 140  # signs of a quotation
MOST_QUOTED = 3  # passages of one kind that are quoted; the others are counted
INDENT = " " * 22
KINDS = {
    "identical": "the same text",
    "shortened": "a shortened copy",
    "extended": "an extended copy",
    "edited": "an edited copy",
}


class Moment(NamedTuple):
    """Something that happened to a story, with the lines that tell it; the first line is the headline."""

    at: str
    order: int  # of the revision, 0 for the article itself, the last where it goes
    article_id: int
    lag_s: int
    lines: list[str]


def story_lines(story: Row) -> Iterator[str]:
    """The whole page, line by line."""
    yield from _heading(story)
    yield from event_lines(story["event"])
    day = ""
    for moment in sorted(_moments(story)):
        if moment.at[:10] != day:
            day = moment.at[:10]
            yield ""
            yield f"{_day(day)} (times are UTC)"
        lag = _lag(moment, story["members"][0]["article_id"])
        yield f"  {moment.at[11:19]} {lag:>9}  {moment.lines[0]}"
        yield from (INDENT + line for line in moment.lines[1:])
    yield from _corrections(story)
    yield from _by_hand(story)
    yield ""
    yield "`monitor explain ARTICLE` tells how each was decided. Wrong? `monitor story split ARTICLE`,"
    yield f"`monitor story merge {story['story_id']} OTHER`."


def _lag(moment: Moment, first: int) -> str:
    """How long after the first; files often tell the day alone, so others may have come at the same time."""
    if moment.lag_s:
        return f"+{lag_in_words(moment.lag_s)}"
    if moment.order:
        return ""
    return "first" if moment.article_id == first else "same time"


def event_lines(event: Row | None) -> Iterator[str]:
    """Which event a story reports, and why; nothing for what was stored before there were events."""
    if event is None:
        return
    alone = event["stories"] == 1
    outlets = counted(event["outlets"], "outlet")
    counts = "nobody else reports it" if alone else f"{event['stories']} stories, {outlets}"
    yield f"  event {event['event_id']}: {plain(event['title'])} ({counts})"
    yield f"    {plain(event['because'])}"
    if event["moved"]:
        yield f"    {plain(event['moved'])}"


def lag_in_words(seconds: int) -> str:
    """`90` as `1 min`, `7300` as `2 h 1 min`; the two largest units count."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        (days, "d"),
        (hours, "h"),
        (minutes, "min"),
        (rest if not (days or hours or minutes) else 0, "s"),
    ]
    return " ".join([f"{number} {unit}" for number, unit in parts if number][:2]) or "0 s"


def override_line(override: Row) -> str:
    """One thing that the user said, with its number."""
    what = {
        "merge": f"{override['url']} and {override['other_url']} are one story",
        "split": f"{override['url']} is not of the story of {override['other_url']}",
        "never_merge": f"{override['url']} and {override['other_url']} never become one story",
        "off": f"copies are not looked for in {_whose(override)}",
    }[override["kind"]]
    note = f" ({plain(override['because'])})" if override["because"] else ""
    return f"{override['id']}: {plain(what)}, you said on {override['at'][:10]}{note}"


def event_override_line(override: Row) -> str:
    """The same of what was said of events."""
    what = {
        "together": f"{override['url']} and {override['other_url']} report the same",
        "apart": f"{override['url']} does not report what {override['other_url']} does",
    }[override["kind"]]
    note = f" ({plain(override['because'])})" if override["because"] else ""
    return f"{override['id']}: {plain(what)}, you said on {override['at'][:10]}{note}"


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


def _heading(story: Row) -> Iterator[str]:
    first = story["members"][0]
    outlets = f"{story['outlets']} outlet{'s' if story['outlets'] != 1 else ''}"
    articles = f"{story['articles']} articles"
    yield f"Story {story['story_id']}: {plain(story['title'])}"
    alone = f"Only {plain(first['outlet'])} carries this text."
    ties = sum(member["first_seen_at"] == first["first_seen_at"] for member in story["members"]) - 1
    had = f"{plain(first['outlet'])} had it first"
    if ties:
        had = f"{plain(first['outlet'])} is taken for the first, and {ties} more came at the same time"
    shared = f"{had}; {articles} in {outlets} carry this text."
    yield alone if story["articles"] == 1 else shared
    yield _agency(story)
    if story["topics"]:
        yield f"Topics: {', '.join(story['topics'])}"


def _agency(story: Row) -> str:
    if not story["agency"]:
        return "No article names a wire service."
    told = next((m for m in story["members"] if m["agency"] and m["agency_because"]), None)
    how = f" ({plain(told['outlet'])}: {plain(told['agency_because'])})" if told else ""
    return f"Wire service: {plain(story['agency'])}{how}"


def _moments(story: Row) -> Iterator[Moment]:
    began = datetime.fromisoformat(story["members"][0]["first_seen_at"])
    titles = {member["article_id"]: member["revisions"][0]["title"] for member in story["members"]}
    names = {member["article_id"]: member["outlet"] for member in story["members"]}
    for member in story["members"]:
        yield Moment(
            member["first_seen_at"], 0, member["article_id"], member["lag_s"], _appears(member, titles, names)
        )
        for revision in member["revisions"][1:]:
            lag = datetime.fromisoformat(revision["seen_at"]) - began
            lines = _revised(member, revision)
            seconds = int(lag.total_seconds())
            yield Moment(revision["seen_at"], revision["number"], member["article_id"], seconds, lines)
        if member["gone_at"]:
            lag = datetime.fromisoformat(member["gone_at"]) - began
            number, seconds = member["revisions"][-1]["number"] + 1, int(lag.total_seconds())
            yield Moment(member["gone_at"], number, member["article_id"], seconds, _gone(member))


def _appears(member: Row, titles: dict[int, str], names: dict[int, str]) -> list[str]:
    """An article comes: whose, under which headline, what it took over, added and left out."""
    lines = [
        f"{plain(member['outlet'])}: “{plain(member['revisions'][0]['title'])}”  [article {member['article_id']}]"
    ]
    copy = member["copy"]
    if copy is None:
        lines.append(f"the original, {member['words']} words")
    else:
        what = KINDS.get(copy["kind"], copy["kind"])
        of = plain(names.get(copy["original_id"], copy["original_outlet"]))
        same = titles.get(copy["original_id"]) == member["revisions"][0]["title"]
        lines.append(f"{what}, {_shares(copy, of)}; {'same' if same else 'new'} headline")
    if member["agency"]:
        lines.append(
            f"names {plain(member['agency'])}: {plain(member['agency_because'] or 'no reason kept')}"
        )
    return [*lines, *_quoted("added:", member["added"]), *_quoted("left out:", member["cut"])]


def _shares(copy: Row, of: str) -> str:
    if copy["kind"] == "identical":
        return f"from {of}"
    here, there = (
        f"{copy['share']:.0%}".replace("%", " %"),
        f"{copy['share_of_original']:.0%}".replace("%", " %"),
    )
    return f"{here} of it from {of}, with {there} of that text"


def _revised(member: Row, revision: Row) -> list[str]:
    lines = [f"{plain(member['outlet'])} changes its text (revision {revision['number']})"]
    before = member["revisions"][revision["number"] - 2]["title"]
    if before != revision["title"]:
        lines.append(f"headline: “{plain(before)}” → “{plain(revision['title'])}”")
    for change in revision["changes"][:MOST_QUOTED]:
        if change["before"] and change["after"]:
            lines.append(f"{_quote(change['read'])} → {_quote(change['reads'])}")
        else:
            what, text = ("added", change["after"]) if change["after"] else ("taken out", change["before"])
            lines.append(f"{what}: {_quote(text)}")
    more = len(revision["changes"]) - MOST_QUOTED
    return [*lines, f"and {more} more changes"] if more > 0 else lines


def _gone(member: Row) -> list[str]:
    return [
        f"{plain(member['outlet'])} has its article no more  [article {member['article_id']}]",
        plain(member["gone_because"]),
    ]


def _corrections(story: Row) -> Iterator[str]:
    """For each change that concerns others: who made it, who followed and when, who never did."""
    if not story["corrections"]:
        return
    yield ""
    yield "Who corrected, and who followed"
    for found in story["corrections"]:
        yield f"  {_quote(found['read'])} → {_quote(found['reads'])}"
        yield f"    {found['at'][11:19]}  {plain(found['outlet'])} corrected it"
        for one in found["followed"]:
            yield f"    {one['at'][11:19]}  {plain(one['outlet'])} followed, {lag_in_words(one['lag_s'])} later"
        for one in found["kept"]:
            yield f"    never     {plain(one['outlet'])} still has the old wording"
        for one in found["right"]:
            yield f"    always    {plain(one['outlet'])} had the new wording from the start"


def _by_hand(story: Row) -> Iterator[str]:
    if story["overrides"]:
        yield ""
        yield "Your word (`monitor story undo NUMBER` takes it back)"
        yield from (f"  {override_line(override)}" for override in story["overrides"])


def _quoted(label: str, passages: Sequence[str]) -> list[str]:
    """The longest passages, in the order of the text, and how many more there are."""
    longest = sorted(sorted(range(len(passages)), key=lambda n: -len(passages[n]))[:MOST_QUOTED])
    lines = [f"{label} {_quote(passages[n])}" for n in longest]
    more = len(passages) - len(lines)
    return [*lines, f"{label} {more} more passage{'s' if more > 1 else ''}"] if more else lines


def _quote(text: str) -> str:
    """A passage in quotation marks, at most a line and a half, cut between words."""
    line = plain(text)
    return f"“{line}”" if len(line) <= LONGEST else f"“{line[:LONGEST].rpartition(' ')[0]} …”"


def _day(day: str) -> str:
    return f"{datetime.fromisoformat(day):%A, %-d %B %Y}"


def _whose(override: Row) -> str:
    return f"articles of {override['outlet_id'] or 'the topic ' + str(override['topic_id'])}"
