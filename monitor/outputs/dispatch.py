"""The outbox, emptied: one pass over every target, each in the order of its rows.

    prepare    what is new of announced stories → rows; digests that are due → rows; what is too old → expired
    serve      while the target may be sent something: next row → message → try → what became of it → row

A row is marked only after the receiver took it, so a crash between the two sends it again, under the same
key. While the oldest row of a target cannot be sent, the later ones wait. Only where the receiver refuses a
row for the fifth time and takes the next one, the refused row steps aside and is tried on beside the others.
Times of trying again grow, and are written in the row.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from monitor.core.hours import is_quiet, last_due
from monitor.core.newsworthy import updates
from monitor.model import Alert, AlertTarget, Delivery, Digest, Message, SmtpRules, Topic
from monitor.outputs import mail, pages, push, webhook
from monitor.outputs.doors import Archive, Books, Channel, Post

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)  # between two tries: no outage is overslept for longer
ASIDE_WAIT = timedelta(hours=1)  # for a row that was refused
REFUSALS = 5  # tries after which a refused row no longer keeps the others waiting
MOST_AT_ONCE = 100  # messages to a target in one pass
LONGEST_PASS = timedelta(seconds=30)  # for a target that is slow: the others wait for the pass to end
UTC_ZONE = "UTC"

Tally = Counter[str]


@dataclass(frozen=True, slots=True)
class Office:
    """All that sending needs: the archive, the ways out, the rules, the clock and the dice."""

    archive: Archive
    post: Post
    targets: Sequence[AlertTarget]
    topics: Mapping[str, Topic]
    now: Callable[[], datetime]
    chance: Callable[[], float]
    smtp: SmtpRules | None = None
    steady: Callable[[], datetime] | None = None  # what age is counted by, where the clock may be set

    def zone(self, target: AlertTarget, topic_id: str) -> str:
        """The time zone in which a target is told of a topic."""
        if target.timezone:
            return target.timezone
        topic = self.topics.get(topic_id)
        return topic.schedule.timezone if topic else UTC_ZONE


async def dispatch(office: Office) -> Tally:
    """One pass; gives how many messages were sent and how many tries failed."""
    at, aged = office.now(), (office.steady or office.now)()
    await office.archive.write(lambda books: prepare(books, office, at, aged))
    tallies = await asyncio.gather(*(serve(target, office) for target in office.targets))
    return sum(tallies, Counter())


def prepare(books: Books, office: Office, now: datetime, aged: datetime) -> None:
    """Write down what is to be told, and give up what is too old to be by `aged`."""
    books.without_target([target.name for target in office.targets])
    thresholds = {target.name: target.outlets for target in office.targets if target.updates}
    wanted = {(topic.id, name) for topic in office.topics.values() for name in topic.alert}
    for change in books.story_changes():
        told = tuple(one for one in change.told if (one.topic_id, one.target) in wanted)
        books.add_updates(updates(replace(change, told=told), thresholds), now)
    for target in office.targets:
        if target.when == "digest":
            for zone, topics in lanes(books, office, target).items():
                books.make_digest(target.name, topics, last_due(target.at or "07:00", zone, now))
            books.expire_digests(target.name, target.max_age, min(now, aged))
        else:
            books.expire(target.name, target.max_age, min(now, aged))


def lanes(books: Books, office: Office, target: AlertTarget) -> dict[str, list[str]]:
    """The topics of which something waits for a target, by time zone."""
    found: dict[str, list[str]] = defaultdict(list)
    for topic in sorted(books.open_topics(target.name)):
        found[office.zone(target, topic)].append(topic)
    return dict(found)


async def serve(target: AlertTarget, office: Office) -> Tally:
    """Send a target what it may be sent now."""
    send = channel(target, office.post, office.smtp, office.now)
    tally = await serve_digests(target, office, send)
    if target.when == "digest":
        return tally
    zones = await office.archive.write(lambda books: lanes(books, office, target))
    for zone, topics in zones.items():
        tally += await serve_alerts(Lane(target, zone, topics, office, send))
    return tally


@dataclass(frozen=True, slots=True)
class Lane:
    """What of a target is served in one order: topics whose times are told in one zone."""

    target: AlertTarget
    zone: str
    topics: Sequence[str]
    office: Office
    send: Channel

    async def next(self, beside: int = 0) -> Alert | None:
        """The next alert, unless it is quiet or the target has had as many as it may in this time."""
        at = self.office.now()
        if is_quiet(self.target.quiet_hours, self.zone, at):
            return None
        return await self.office.archive.write(
            partial(next_of, target=self.target, topics=self.topics, now=at, beside=beside)
        )

    async def attempt(self, alert: Alert) -> Delivery:
        """Try to send an alert."""
        return await attempted(self.send, partial(pages.alert_message, alert, self.zone))


async def serve_alerts(lane: Lane) -> Tally:
    """Send alerts in their order, until one fails, nothing is left, or it is not the time."""
    tally: Tally = Counter()
    write = lane.office.archive.write
    until = lane.office.now() + LONGEST_PASS
    for _ in range(MOST_AT_ONCE):
        alert = await lane.next() if lane.office.now() < until else None
        if alert is None:
            break
        delivery = await lane.attempt(alert)
        other = await taken_instead(alert, delivery, lane)
        await write(partial(alert_done, alert=alert, delivery=delivery, other=other, office=lane.office))
        tally["sent"] += delivery.ok or other is not None
        tally["failed"] += not delivery.ok
        if not delivery.ok and other is None:
            break
    return +tally


async def taken_instead(alert: Alert, delivery: Delivery, lane: Lane) -> Alert | None:
    """The next alert, where the receiver takes that one after it refused this one too often; None otherwise.

    A receiver that refuses everything is broken, and then the order is kept.
    """
    if not delivery.refused or alert.tries + 1 < REFUSALS:
        return None
    other = await lane.next(beside=alert.id)
    return other if other is not None and (await lane.attempt(other)).ok else None


def next_of(
    books: Books, target: AlertTarget, topics: Sequence[str], now: datetime, beside: int
) -> Alert | None:
    """The next alert for a target, unless it has had as many as it may in this time."""
    most, span = target.at_most
    if books.sent_since(target.name, now - span) >= most:
        return None
    return books.next_alert(target.name, topics, now, beside=beside)


async def serve_digests(target: AlertTarget, office: Office, send: Channel) -> Tally:
    """Send the digests that are due, the oldest first."""
    tally: Tally = Counter()
    for _ in range(MOST_AT_ONCE):
        at = office.now()
        digest = await office.archive.write(partial(next_digest_of, target=target, now=at))
        if digest is None:
            break
        zone = office.zone(target, digest.alerts[0].topic_id if digest.alerts else "")
        if is_quiet(target.quiet_hours, zone, at):
            break
        delivery = await attempted(send, partial(pages.digest_message, digest, zone))
        await office.archive.write(partial(digest_done, digest=digest, delivery=delivery, office=office))
        tally["sent" if delivery.ok else "failed"] += 1
        if not delivery.ok:
            break
    return tally


async def attempted(send: Channel, made: Callable[[], Message]) -> Delivery:
    """Make a message and try to send it. A fault of ours is that row's reason, and costs no other target."""
    try:
        return await send(made())
    except Exception as error:  # noqa: BLE001
        return Delivery(ok=False, because=f"a fault in monitor itself: {type(error).__name__}")


def next_digest_of(books: Books, target: AlertTarget, now: datetime) -> Digest | None:
    """The next digest for a target."""
    return books.next_digest(target.name, now)


def alert_done(books: Books, alert: Alert, delivery: Delivery, other: Alert | None, office: Office) -> None:
    """Write down what came of a try; `other` was taken after this one was refused."""
    if delivery.ok:
        books.alert_sent(alert, office.now())
        return
    aside = other is not None or alert.refused
    books.alert_failed(alert, delivery, following(alert.tries, delivery, office, aside=aside), aside=aside)
    if other is not None:
        books.alert_sent(other, office.now())


def digest_done(books: Books, digest: Digest, delivery: Delivery, office: Office) -> None:
    """The same for a digest. One that is refused too often does not keep the next day's waiting."""
    if delivery.ok:
        books.digest_sent(digest, office.now())
        return
    aside = delivery.refused and digest.tries + 1 >= REFUSALS
    books.digest_failed(digest, delivery, following(digest.tries, delivery, office, aside=aside), aside=aside)


def following(tries: int, delivery: Delivery, office: Office, *, aside: bool) -> datetime:
    """When to try again after so many tries and this one."""
    now = office.now()
    wait = ASIDE_WAIT if aside else min(FIRST_WAIT * 2 ** min(tries, 20), LONGEST_WAIT)
    return max(now + wait * (1 + 0.2 * office.chance()), delivery.retry_after or now)


def channel(target: AlertTarget, post: Post, smtp: SmtpRules | None, now: Callable[[], datetime]) -> Channel:
    """The way to a target, by the kind of its address."""

    async def send(message: Message) -> Delivery:
        if kind_of(target) == "e-mail":
            return await mail.send(message, to=target.to, rules=smtp, now=now())
        if kind_of(target) == "webhook":
            return await webhook.send(message, url=target.to, secret=target.secret, post=post)
        return await push.send(message, to=target.to)

    return send


def kind_of(target: AlertTarget) -> str:
    """What kind of target this is: a webhook, e-mail, or something that Apprise reaches."""
    if target.to.startswith("mailto:"):
        return "e-mail"
    return "webhook" if target.to.lower().startswith(("http://", "https://")) else "Apprise"
