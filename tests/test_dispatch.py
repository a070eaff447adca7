"""Alerts on their way: in order, each story at least once, never in quiet hours, the same key at each try."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from office_scene import BERLIN, DAY, HOUR, Clock, berlin, bridges, desk, join, opened, tell
from receiver import Receiver
from store_scene import NOON, all_rows, dpa, minutes, topic, value

from monitor.outputs.dispatch import dispatch

REDIRECTED = (
    "the receiver redirects (HTTP 307); redirects are not followed, because they would carry the message elsewhere: "
    "configure the address it leads to"
)
TOO_OLD = (
    "not sent: it had waited longer than 1 day, the target's max_age; the last try failed: "
    "the receiver answered HTTP 500"
)


@pytest.fixture
async def hook():
    async with Receiver() as running:
        yield running


def outbox(store, columns="key, state, tries, last_error"):
    return all_rows(store, f"select {columns} from outbox order by id")


class Death(BaseException):
    """The process ends here, whatever it was doing."""


class Mortal:
    """An archive whose process dies before the n-th write that marks something as sent."""

    def __init__(self, archive, dies_at):
        self.archive = archive
        self.left = dies_at

    async def write(self, work):
        if getattr(getattr(work, "func", None), "__name__", "") in {"alert_done", "digest_done"}:
            self.left -= 1
            if self.left < 0:
                raise Death
        return await self.archive.write(work)


async def test_a_story_is_sent_once_with_text_outlets_words_and_links(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url, secret="pssst")) as (store, office):
        first = tell(store, "bridge", NOON, credit=dpa(), title="Bridge closed")
        join(store, first, "meadow.test", NOON + minutes(2), kind="shortened")
        await dispatch(office)
        await dispatch(office)
        row = outbox(store)

    ((_, key, body, headers),) = hook.got
    assert "bridges:1:desk" == key == body["key"]
    assert ("story", "Bridges", "bridges") == (body["kind"], body["topic"]["title"], body["topic"]["id"])
    story = body["story"]
    assert (["Harbour Post", "meadow.test"], "dpa", ["bridge"]) == (
        story["outlets"],
        story["agency"],
        story["matched"],
    )
    assert [("https://harbour.test/bridge", "original"), ("https://meadow.test/copy-of-1", "shortened")] == [
        (link["url"], link["kind"]) for link in story["links"]
    ]
    for word in (
        "Bridge closed",
        "Harbour Post and meadow.test",
        "dpa",
        "[bridge]",
        "https://harbour.test/bridge",
    ):
        assert word in body["text"]
    signed = "sha256=" + hmac.new(b"pssst", hook.raw, hashlib.sha256).hexdigest()
    assert (signed, "application/json; charset=utf-8") == (
        headers["X-Monitor-Signature"],
        headers["Content-Type"],
    )
    assert [("bridges:1:desk", "sent", 1, None)] == row


async def test_r25_three_days_of_trouble_with_crashes_lose_nothing_and_keep_the_order(tmp_path, hook):
    """Simulated: a receiver that fails, hangs, redirects, closes and answers 500, a process that dies."""
    clock = Clock()
    target = desk(hook.url, quiet_hours=("22:00", "07:00"), timezone=BERLIN)
    moods = [500, "hang", "redirect", 503, "close", 404, "hang", 429, 400, 500]
    told, quiet = [], []
    hook.mood = lambda _: mood(clock, moods, quiet)
    step = minutes(30)
    while clock() < NOON + 3 * DAY:  # every half an hour another process, which may die at its first mark
        async with opened(tmp_path / "m.db", clock, target, topics=(berlin(),), patience=0.05) as (
            store,
            office,
        ):
            if clock().minute == 0:
                name = f"story-{len(told)}"
                told.append(f"bridges:{value(store, 'select count(*) from stories') + 1}:desk")
                tell(store, name, clock())
            await until_death(office, len(told) % 3)
        clock.go(step)
    assert [] == hook.taken
    while clock() < NOON + 4 * DAY:
        async with opened(tmp_path / "m.db", clock, target, topics=(berlin(),)) as (store, office):
            await until_death(office, clock().hour % 4 * 7)
            rows = outbox(store, "state")
        clock.go(minutes(10))

    assert {("sent",)} == set(rows)
    assert told == list(dict.fromkeys(body["key"] for body in hook.taken))
    assert len(hook.taken) > len(told), "no crash came between sending and marking"
    assert [] == quiet
    assert [] == hook.elsewhere
    bodies = {}
    for _, key, body, _ in hook.got:
        assert bodies.setdefault(key, body) == body


def mood(clock, moods, quiet):
    """What the receiver does at this time; hours in Berlin that are quiet are noted."""
    hour = (clock().hour + 2) % 24
    if hour >= 22 or hour < 7:
        quiet.append(clock())
    if clock() >= NOON + 3 * DAY:
        return 200
    return moods[int((clock() - NOON) / HOUR) % len(moods)]


async def until_death(office, dies_at):
    """One pass of a process that may not survive it."""
    mortal = type(office)(
        **{f: getattr(office, f) for f in office.__slots__} | {"archive": Mortal(office.archive, dies_at)}
    )
    with contextlib.suppress(Death):
        await dispatch(mortal)


async def test_r19_a_crash_between_sending_and_marking_gives_a_second_one_with_the_same_key(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        tell(store, "one", NOON)
        await until_death(office, 0)
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        await dispatch(office)
        await dispatch(office)

    assert ["bridges:1:desk"] * 2 == hook.keys


async def test_the_reason_of_a_failure_stands_in_the_row_and_tries_grow_apart(tmp_path, hook):
    clock, hook.mood = Clock(), 500
    waits = []
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        tell(store, "one", NOON)
        for _ in range(8):
            await dispatch(office)
            again = datetime.fromisoformat(value(store, "select next_try_at from outbox"))
            waits.append((again - clock()).total_seconds())
            clock.at = again
        row = outbox(store)

    assert [("bridges:1:desk", "waiting", 8, "the receiver answered HTTP 500")] == row
    assert [33, 66, 132, 264, 528, 990, 990, 990] == waits


@pytest.mark.parametrize(
    ("mood", "because"),
    [
        (404, "the receiver answered HTTP 404"),
        ("redirect", REDIRECTED),
        ("hang", "the receiver gave no whole answer within 0.3 s"),
        ("close", "the receiver closed the connection without an answer"),
    ],
)  # fmt: skip
async def test_every_failure_says_what_it_was_without_the_address(tmp_path, hook, mood, because):
    hook.mood = mood
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url)) as (store, office):
        tell(store, "one", NOON)
        await dispatch(office)
        row = value(store, "select last_error from outbox")

    assert because == row
    assert [] == hook.elsewhere


async def test_a_private_address_that_is_not_allowed_gets_nothing(tmp_path, hook):
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url), private=()) as (store, office):
        tell(store, "one", NOON)
        await dispatch(office)
        row = value(store, "select last_error from outbox")

    assert "of the receiver is not one of the web's" in row
    assert "put the receiver:" in row
    assert "127.0.0.1" not in row
    assert [] == hook.got


async def test_what_the_receiver_asks_for_is_waited_for_within_reason(tmp_path, hook):
    clock, hook.mood, hook.headers = Clock(), 429, {"Retry-After": "3600"}
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        tell(store, "one", NOON)
        await dispatch(office)
        asked = value(store, "select next_try_at from outbox")
        clock.go(HOUR)
        hook.headers = {"Retry-After": "99999999"}
        await dispatch(office)
        absurd = value(store, "select next_try_at from outbox")

    assert ("2026-06-01T13:00:00Z", "2026-06-01T19:00:00Z") == (asked, absurd)


async def test_a_message_that_is_refused_steps_aside_and_is_tried_on(tmp_path, hook):
    clock = Clock()
    poison = []

    def moody(request):
        poison.append(request.headers["Idempotency-Key"])
        return 422 if poison[-1] == "bridges:1:desk" and clock() < NOON + 2 * HOUR else 200

    hook.mood = moody
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        tell(store, "bad", NOON)
        tell(store, "good", NOON)
        for _ in range(5):
            assert [] == hook.taken
            await dispatch(office)
            clock.go(minutes(10))
        await dispatch(office)
        assert ["bridges:2:desk"] == [body["key"] for body in hook.taken]
        assert [("refused", "the receiver answered HTTP 422"), ("sent", None)] == outbox(
            store, "state, last_error"
        )
        clock.go(3 * HOUR)
        await dispatch(office)

        assert [("sent",), ("sent",)] == outbox(store, "state")


async def test_nothing_is_sent_in_quiet_hours_of_the_topics_zone(tmp_path, hook):
    clock = Clock(datetime(2026, 6, 1, 20, 30, tzinfo=UTC))  # 22:30 in Berlin
    target = desk(hook.url, quiet_hours=("22:00", "07:00"))
    async with opened(tmp_path / "m.db", clock, target, topics=(berlin(),)) as (store, office):
        tell(store, "night", clock())
        for at in (clock(), datetime(2026, 6, 2, 4, 59, 59, tzinfo=UTC)):
            clock.at = at
            await dispatch(office)
            assert [] == hook.got
        clock.at = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)
        await dispatch(office)

    assert 1 == len(hook.taken)


async def test_r25_no_more_is_sent_in_a_time_than_the_target_takes(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url, at_most=(2, HOUR))) as (store, office):
        for number in range(5):
            tell(store, f"story-{number}", NOON)
        counts = []
        for _ in range(3):
            await dispatch(office)
            await dispatch(office)
            counts.append(len(hook.taken))
            clock.go(HOUR)

    assert [2, 4, 5] == counts
    assert [f"bridges:{n}:desk" for n in range(1, 6)] == hook.keys


async def test_r25_what_is_too_old_is_not_sent_and_the_next_message_says_so(tmp_path, hook):
    clock, hook.mood = Clock(), 500
    async with opened(tmp_path / "m.db", clock, desk(hook.url, max_age=DAY)) as (store, office):
        tell(store, "old", NOON)
        tell(store, "older", NOON)
        await dispatch(office)
        clock.go(DAY + HOUR)
        tell(store, "fresh", clock())
        hook.mood = 200
        await dispatch(office)
        rows = outbox(store, "state, last_error")

    assert ["expired:2:desk", "bridges:3:desk"] == [body["key"] for body in hook.taken]
    assert hook.taken[0]["text"].startswith("2 alerts were not sent, having waited longer than 1 day.")
    assert ("expired", TOO_OLD) == rows[0]
    assert ["expired", "expired", "sent", "sent"] == [state for state, _ in rows]


async def test_one_target_that_hangs_does_not_keep_another_waiting_for_long(tmp_path, hook):
    async with Receiver() as other:
        other.mood = "hang"
        targets = (desk(other.url), type(desk())("night", hook.url))
        async with opened(tmp_path / "m.db", Clock(), *targets) as (store, office):
            for number in range(3):
                tell(store, f"s{number}", NOON, targets=("desk", "night"))
            await dispatch(office)

        assert (1, 3) == (len(other.got), len(hook.taken))


async def test_rows_of_a_target_that_is_gone_say_so_and_stay(tmp_path, hook):
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url)) as (store, office):
        tell(store, "one", NOON, targets=("gone",))
        await dispatch(office)
        row = outbox(store, "state, last_error")

    assert [("waiting", "no alert of this name is configured now")] == row


async def test_no_secret_and_no_address_reaches_the_database(tmp_path, hook):
    hook.mood = lambda request: 500 if len(hook.got) % 2 else "redirect"
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url, secret="pssst")) as (store, office):
        tell(store, "one", NOON)
        for _ in range(4):
            await dispatch(office)
            clock.go(HOUR)
    with closing(sqlite3.connect(tmp_path / "m.db")) as conn:
        dump = "\n".join(conn.iterdump())

    for secret in ("s3cret", "pssst", hook.place, "/hook"):
        assert secret not in dump


async def test_two_topics_each_tell_their_target_of_the_same_story(tmp_path, hook):
    two = (bridges(), topic("rivers", title="Rivers", alert=("desk",)))
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url), topics=two) as (store, office):
        tell(store, "one", NOON, topics=("bridges", "rivers"))
        await dispatch(office)

    assert ["bridges:1:desk", "rivers:1:desk"] == hook.keys


async def test_a_key_of_other_letters_travels_as_ascii_and_stays_the_same(tmp_path, hook):
    watched = (topic("kyjiw-київ", alert=("desk",)),)
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url), topics=watched) as (store, office):
        tell(store, "one", NOON, topics=("kyjiw-київ",))
        await dispatch(office)

    ((_, key, body, _),) = hook.got
    assert ("kyjiw-київ:1:desk", True) == (body["key"], key.isascii())
    assert json.loads(hook.raw)["key"] == body["key"]


async def test_a_pass_that_is_cancelled_leaves_its_row_waiting(tmp_path, hook):
    hook.mood = "hang"
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url), patience=20) as (store, office):
        tell(store, "one", NOON)
        task = asyncio.create_task(dispatch(office))
        await hook.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        row = outbox(store, "state, tries")

    assert [("waiting", 0)] == row


async def test_a_fault_of_ours_is_the_rows_reason_and_costs_no_other_target(tmp_path, hook, monkeypatch):
    from monitor.outputs import push

    async def broken(message, *, to):
        raise RuntimeError(to)

    monkeypatch.setattr(push, "send", broken)
    targets = (type(desk())("odd", "ntfy://s3cret/"), desk(hook.url))
    async with opened(tmp_path / "m.db", Clock(), *targets) as (store, office):
        tell(store, "one", NOON, targets=("odd", "desk"))
        await dispatch(office)
        rows = outbox(store, "target, state, last_error")

    assert [("odd", "waiting", "a fault in monitor itself: RuntimeError"), ("desk", "sent", None)] == rows
