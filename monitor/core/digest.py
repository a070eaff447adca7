"""A digest as a page is laid out: the alerts of a time in, topics with their stories by weight out.

Weight is the number of outlets that carry a story. Each story stands once, under the first of its topics,
whatever the number of alerts that tell of it. The heaviest are told with who carries them and why they
match; the others have a line each; what is beyond that is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.core.announcements import FORMAT, clock, named, pieces, stamp, story_facts
from monitor.model import Alert, Carrier, Digest, StoryNews

IN_FULL = 7  # stories of a topic
IN_A_LINE = 25  # more of them
OTHERS_NAMED = 6  # outlets


@dataclass(frozen=True, slots=True)
class Item:
    """A story in a digest."""

    title: str
    url: str
    weight: int  # outlets
    carried_by: str
    agency: str | None
    when: str  # first seen
    passage: tuple[tuple[str, bool], ...]  # pieces, and whether they matched
    changes: tuple[str, ...]  # what is new of it
    also_in: tuple[str, ...]  # titles of its other topics
    links: tuple[Carrier, ...]
    news: StoryNews


@dataclass(frozen=True, slots=True)
class Section:
    """A topic in a digest."""

    topic: str
    rises: tuple[str, ...]
    changed: tuple[Item, ...]  # stories of earlier digests of which there is something new
    full: tuple[Item, ...]  # new stories, the heaviest first
    brief: tuple[Item, ...]
    more: int  # new stories beyond these

    @property
    def new(self) -> int:
        """How many new stories there are."""
        return len(self.full) + len(self.brief) + self.more


@dataclass(frozen=True, slots=True)
class Layout:
    """A digest, ready for its template."""

    title: str
    span: str  # "since 1 June 07:00"
    summary: str  # "12 new stories in 3 topics, 2 with news"
    notices: tuple[str, ...]
    sections: tuple[Section, ...]


def layout(digest: Digest, zone: str) -> Layout:
    """Lay out a digest; times are told in `zone`."""
    topics = {alert.topic_id: alert.topic for alert in digest.alerts}
    order = sorted(topics, key=lambda topic: (topics[topic].casefold(), topic))
    homes = homes_of(digest.alerts, order)
    sections = tuple(
        made
        for topic in order
        if (
            made := section(
                topic, [a for a in digest.alerts if homes.get(a.id) == topic], digest.alerts, zone
            )
        )
    )
    return Layout(
        title=day(digest.due, zone),
        span=f"since {clock(digest.since, zone)}" if digest.since else f"until {clock(digest.due, zone)}",
        summary=summary(sections),
        notices=tuple(alert.because or "" for alert in digest.alerts if alert.kind == "notice"),
        sections=sections,
    )


def homes_of(alerts: Sequence[Alert], order: Sequence[str]) -> Mapping[int, str]:
    """Under which topic each alert stands: a story's alerts all under the first of its topics."""
    first: dict[int, str] = {}
    for alert in sorted(alerts, key=lambda alert: order.index(alert.topic_id)):
        if alert.kind in {"story", "update"}:
            first.setdefault(alert.news.id, alert.topic_id)
    return {
        alert.id: alert.topic_id if alert.kind == "rise" else first[alert.news.id]
        for alert in alerts
        if alert.kind != "notice"
    }


def section(topic: str, alerts: Sequence[Alert], everything: Sequence[Alert], zone: str) -> Section | None:
    """A topic with the stories that stand under it; None when there is none."""
    if not alerts:
        return None
    titles = {alert.topic_id: alert.topic for alert in everything}
    stories = [alert for alert in alerts if alert.kind != "rise"]
    fresh = {alert.news.id for alert in everything if alert.kind == "story"}
    items: dict[int, Item] = {}
    for alert in stories:
        items[alert.news.id] = with_change(
            items.get(alert.news.id) or item(alert, everything, zone, home=topic), alert.because
        )
    new = by_weight(one for key, one in items.items() if key in fresh)
    return Section(
        topic=titles[topic],
        rises=tuple(alert.because or "" for alert in alerts if alert.kind == "rise"),
        changed=by_weight(one for key, one in items.items() if key not in fresh),
        full=new[:IN_FULL],
        brief=new[IN_FULL : IN_FULL + IN_A_LINE],
        more=max(len(new) - IN_FULL - IN_A_LINE, 0),
    )


def item(alert: Alert, everything: Iterable[Alert], zone: str, *, home: str) -> Item:
    """A story, as it stands now, under the topic `home`."""
    news = alert.news
    others = {
        a.topic_id: a.topic for a in everything if a.news.id == news.id and a.kind in {"story", "update"}
    }
    return Item(
        title=news.title or "(no headline)",
        url=news.url,
        weight=len(news.outlets),
        carried_by=named(news.outlets, OTHERS_NAMED),
        agency=news.agency,
        when=clock(news.first_seen, zone),
        passage=tuple(pieces(news.because)),
        changes=(),
        also_in=tuple(title for topic, title in others.items() if topic != home),
        links=news.carriers[1:4],
        news=news,
    )


def with_change(one: Item, because: str | None) -> Item:
    """The story with one more thing that is new of it; the same thing twice counts once."""
    if not because or because in one.changes:
        return one
    return replace(one, changes=(*one.changes, because))


def by_weight(items: Iterable[Item]) -> tuple[Item, ...]:
    """The most carried first; of equal ones the newest."""
    return tuple(
        sorted(
            items,
            key=lambda one: (-one.weight, -one.news.articles, -one.news.first_seen.timestamp(), one.news.id),
        )
    )


def summary(sections: Sequence[Section]) -> str:
    """The digest in a line."""
    new, changed = sum(one.new for one in sections), sum(len(one.changed) for one in sections)
    parts = [f"{new} new stor{'y' if new == 1 else 'ies'}"]
    if changed:
        parts.append(f"{changed} earlier with news")
    rises = sum(len(one.rises) for one in sections)
    if rises:
        parts.append(f"{rises} sudden rise{'s' if rises > 1 else ''}")
    return ", ".join(parts)


def day(at: datetime, zone: str) -> str:
    """The day as one says it: `Monday, 1 June`."""
    here = at.astimezone(ZoneInfo(zone))
    return f"{here:%A}, {here.day} {here:%B}"


def subject(page: Layout) -> str:
    """The subject of a digest: the day, the number, the heaviest headline."""
    top = max(
        (one for each in page.sections for one in each.full[:1]), key=lambda one: one.weight, default=None
    )
    line = f"{page.title}: {page.summary}"
    return f"{line}. {' '.join(top.title.split())}" if top else line


def facts(digest: Digest, page: Layout) -> dict[str, object]:
    """A digest for programs."""
    return {
        "format": FORMAT,
        "key": digest.key,
        "kind": "digest",
        "due_at": stamp(digest.due),
        "since_at": stamp(digest.since) if digest.since else None,
        "notices": list(page.notices),
        "topics": [
            {
                "title": one.topic,
                "rises": list(one.rises),
                "changed": [{**story_facts(i.news), "changes": list(i.changes)} for i in one.changed],
                "new": [story_facts(i.news) for i in (*one.full, *one.brief)],
                "more": one.more,
            }
            for one in page.sections
        ],
    }
