"""Cases E21 to E38: throttling, spacing, back-off, robots.txt. What is asked when, over days of a test's clock."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from badserver import BadServer, answer, endless, raw, reset, short_of_length, stall
from watch import NOON, InProcess, Names, Watch, at, rss

from monitor import daemon, handful
from monitor.config import load
from monitor.core import cadence
from monitor.errors import ParseError
from monitor.fetch import Client
from monitor.house import House
from monitor.model import FetchRules

FEED = rss("a", "b", "c")
HOUR = timedelta(hours=1)


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


def watching(server, tmp_path, **more):
    return Watch(tmp_path, [at(server)], **more)


@pytest.mark.parametrize(
    ("status", "headers", "until"),
    [
        (503, {"retry_after": "7200"}, NOON + 2 * HOUR),
        (429, {"retry_after": "7200"}, NOON + 2 * HOUR),
        # The server's clock is three hours slow: its date counts from its own Date.
        (429, {"date": "Mon, 02 Mar 2026 09:00:00 GMT", "retry_after": "Mon, 02 Mar 2026 14:00:00 GMT"}, NOON + 5 * HOUR),
        (503, {"date": "Mon, 02 Mar 2026 12:00:00 GMT", "retry_after": "Wed, 04 Mar 2026 12:00:00 GMT"}, NOON + 48 * HOUR),
    ],
)  # fmt: skip
async def test_e21_retry_after_is_obeyed_to_the_second_in_both_forms(
    server, tmp_path, status, headers, until
):
    server["/feed"] = answer(b"", status=status, **headers)
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.feed().next_poll_at == until
        watch.clock = until - timedelta(seconds=1)
        assert await watch.poll() == []
        watch.clock = until
        assert len(await watch.poll()) == 1


@pytest.mark.parametrize(
    "value", ["-5", "1.5", "abc", "99999999999", "120, 120", "Mon, 02 Mar 2026 11:00:00 GMT"]
)
async def test_e22_a_senseless_retry_after_leaves_our_own_back_off(server, tmp_path, value):
    server["/feed"] = answer(b"", status=503, retry_after=value, date="Mon, 02 Mar 2026 12:00:00 GMT")
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.until() == HOUR


async def test_e23_siblings_on_a_public_domain_wait_too_and_on_a_private_host_only_the_url(server, tmp_path):
    server["/feed"] = answer(b"", status=429, retry_after="7200")
    server["/other"] = answer(FEED)
    urls = [
        at(server, "a.tumblr.test"),
        at(server, "b.tumblr.test", "/other"),
        at(server, "c.elsewhere.test", "/other"),
    ]
    for private, asked in ((False, ["/feed", "/other"]), (True, ["/feed", "/other", "/other"])):
        folder = tmp_path / str(private)
        folder.mkdir()
        server.seen.clear()
        async with Watch(folder, urls, private=private) as watch:
            await watch.poll(limit=1)
            await watch.poll()

        assert server.paths == asked


async def test_e24_a_429_without_retry_after_waits_for_its_freshness(server, tmp_path):
    server["/feed"] = answer(b"", status=429, cache_control="max-age=172800")
    async with watching(server, tmp_path) as watch:
        await watch.poll()

        assert watch.until() >= timedelta(days=2)


async def test_e25_a_restart_resets_neither_the_timer_nor_a_cooldown(server, tmp_path):
    server["/feed"] = answer(FEED)
    server["/limited"] = answer(b"", status=429, retry_after="5400")
    urls = [at(server), at(server, "slow.limited.test", "/limited")]
    async with Watch(tmp_path, urls) as watch:
        await watch.poll()
        for _ in range(5):
            watch.later(minutes=10)
            await watch.restart()
            await watch.poll(regardless=False)
            assert len(server.seen) == 2
        watch.clock = NOON + timedelta(minutes=70)
        await watch.restart()
        assert [poll.feed.url for poll in await watch.poll()] == [urls[0]]
        watch.clock = NOON + timedelta(minutes=90)
        assert len(await watch.poll()) == 2


async def test_e26_after_a_night_off_feeds_start_in_handfuls_the_oldest_first(server, tmp_path, monkeypatch):
    urls = [at(server, f"n{number}.test", f"/{number}") for number in range(100)]
    for number in range(100):
        server[f"/{number}"] = answer(b"", status=304)
    async with Watch(tmp_path, urls) as watch:
        monkeypatch.setattr(daemon, "now", watch.now)
        for number, url in enumerate(reversed(urls)):
            watch.ask(
                "update feeds set next_poll_at = ? where url = ?",
                f"2026-03-02T04:{number // 60:02}:{number % 60:02}Z",
                url,
            )
        running = daemon.Daemon(
            House(watch.settings(), watch.rooms, watch.world), load=watch.settings, tell=print
        )
        started = []
        while len(server.seen) < 100:
            before = len(server.seen)
            running._handful._second = -1  # another second
            await running.start_due()
            await running.start_due("topic0")
            await asyncio.gather(*running._polling.values())
            started.append(len(server.seen) - before)

        assert max(started) <= handful.LEAST
        assert sorted(server.paths[:16]) == sorted(f"/{number}" for number in range(84, 100))


def test_e27_feeds_of_one_schedule_keep_their_own_phases_all_day():
    feeds = [f"https://outlet{number}.example/rss" for number in range(60)]
    due = {name: cadence.slot(name, NOON, HOUR, HOUR) for name in feeds}
    starts = Counter()
    polls = {name: [] for name in feeds}
    clock = NOON
    while clock < NOON + timedelta(days=1):
        for name in [name for name in feeds if due[name] <= clock]:
            starts[clock] += 1
            polls[name].append(clock)
            due[name] = cadence.slot(name, clock, HOUR, HOUR)
        clock += timedelta(seconds=1)

    assert max(starts.values()) <= 3
    for times in polls.values():
        assert 23 <= len(times) <= 24
        assert {later - earlier for earlier, later in pairwise(times)} == {HOUR}


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1.7)])
def test_e27_a_beat_that_comes_late_moves_no_phase(late):
    clock, began = NOON, NOON
    for _ in range(200):
        clock = cadence.slot("https://paper.example/rss", clock, HOUR, HOUR) + late

    assert abs((clock - began) / 200 - HOUR) < HOUR / 100


async def test_e28_a_host_is_asked_one_thing_at_a_time_feeds_before_articles(server, tmp_path):
    for number in range(50):
        server[f"/{number}"] = answer(FEED)
    server["/robots.txt"] = answer(b"", status=404)
    rules = FetchRules(
        per_host_delay=0.005, timeout=5.0, allow_private=frozenset({f"paper.test:{server.port}"})
    )
    async with Client(rules, version="1", clock=lambda: NOON, resolver=Names()) as client:
        await client.get(at(server, path="/49"), article=True)  # robots.txt is read
        server.seen.clear()
        articles = [client.get(at(server, path=f"/{number}"), article=True) for number in range(10, 50)]
        feeds = [client.get(at(server, path=f"/{number}")) for number in range(10)]
        await asyncio.gather(*map(asyncio.ensure_future, [*articles, *feeds]))

    times = [seen.at for seen in server.seen]
    assert (len(times), server.most_at_once) == (50, 1)
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.004
    order = [int(path[1:]) for path in server.paths]
    assert sum(number < 10 for number in order[:14]) >= 9  # every fifth turn is an article's


@pytest.mark.parametrize(
    ("script", "fails"),
    [
        (endless(), []),
        (short_of_length(), []),
        (raw(b"\x15\x03\x01\x00\x02\x02\x28"), []),
        (reset(), []),
        (stall(), []),
        (answer(FEED), [ParseError("the page cost a worker its life: killed")]),
        (answer(FEED), [ZeroDivisionError("in our code")]),
    ],
    ids=["too large", "truncated", "no http", "reset", "silent", "parser killed", "our own fault"],
)
async def test_e29_every_end_of_a_poll_leaves_a_next_time_and_an_error(server, tmp_path, script, fails):
    server["/feed"] = script
    workers = InProcess()
    workers.fails = fails
    async with watching(server, tmp_path, workers=workers, max_feed=100_000, timeout=0.3) as watch:
        (poll,) = await watch.poll()

        assert poll.outcome == "error"
        assert watch.until() > timedelta(0)
        assert watch.one("select last_error from feeds")
        assert watch.one("select count(*) from polls where error is not null") == 1


async def test_e29_a_name_that_does_not_resolve_and_a_tls_error_leave_a_next_time(server, tmp_path):
    urls = [at(server, "nowhere.test"), at(server, "secure.test").replace("http:", "https:")]
    server["/feed"] = answer(FEED)
    async with Watch(tmp_path, urls, also={"nowhere_test": OSError("no such name")}) as watch:
        polls = await watch.poll()

        assert [poll.outcome for poll in polls] == ["error", "error"]
        assert (
            watch.one(
                "select count(*) from feeds where next_poll_at > '2026-03-02T12:00:00Z' and last_error > ''"
            )
            == 2
        )


async def test_e30_back_off_grows_is_capped_and_ends_with_the_first_success(server, tmp_path):
    server["/feed"] = answer(b"", status=500)
    async with watching(server, tmp_path) as watch:
        waits = []
        for _ in range(20):
            await watch.poll(regardless=False)
            waits.append(watch.until())
            watch.clock = watch.feed().next_poll_at
        server["/feed"] = answer(FEED)
        await watch.poll(regardless=False)

        assert waits == sorted(waits)
        assert waits[:3] == [HOUR, 2 * HOUR, 4 * HOUR]
        assert waits[-1] == timedelta(hours=22)
        assert watch.until() <= 2 * HOUR
    chances = [
        cadence.next_poll(watch_feed(), None, ok=False, base=NOON + HOUR, private=False, hints=no_hints(), now=NOON, chance=c).at
        for c in (0.0, 0.5, 1.0)
    ]  # fmt: skip
    assert len(set(chances)) == 3
    assert max(chances) <= NOON + timedelta(hours=24)


def watch_feed():
    from monitor.model import Feed

    return Feed(1, "https://paper.example/rss", "paper.example", failures=7)


def no_hints():
    from monitor.model import Hints

    return Hints()


@pytest.mark.parametrize(
    ("script", "times"), [(answer(b"", status=429), 3), (stall(), 3), (answer(b"", status=404), 30)]
)
async def test_e31_no_feed_is_given_up_and_its_failing_is_visible(server, tmp_path, script, times):
    server["/feed"] = script
    async with watching(server, tmp_path, timeout=0.05) as watch:
        for _ in range(times):
            await watch.poll(regardless=False)
            assert watch.until() <= timedelta(days=1)
            watch.clock = watch.feed().next_poll_at
        server["/feed"] = answer(FEED)
        state = watch.ask("select state, failures from feed_health")
        (back,) = await watch.poll(regardless=False)

    assert state == [("failing", times)]
    assert back.outcome == "new"


@pytest.mark.parametrize(
    ("ttl", "wait"), [("1440", 24 * HOUR), ("0", None), ("x", None), ("99999999", timedelta(days=7))]
)
async def test_e32_ttl_lengthens_is_capped_and_nonsense_is_ignored(server, tmp_path, ttl, wait):
    server["/feed"] = answer(rss("a", head=f"<ttl>{ttl}</ttl>"))
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()

        assert (watch.until() == wait) if wait else (poll.next.because == "as scheduled")


HOURS = "".join(f"<hour>{hour}</hour>" for hour in (*range(7), 24))
ALL_HOURS = "".join(f"<hour>{hour}</hour>" for hour in range(24))


@pytest.mark.parametrize(
    ("clock", "head", "first"),
    [
        (
            datetime(2026, 3, 3, 2, tzinfo=UTC),
            f"<skipHours>{HOURS}</skipHours>",
            datetime(2026, 3, 3, 7, tzinfo=UTC),
        ),
        (
            datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
            f"<skipHours>{HOURS}</skipHours>",
            datetime(2026, 3, 3, 7, tzinfo=UTC),
        ),
        (
            datetime(2026, 3, 7, 23, 30, tzinfo=UTC),
            "<skipDays><day>Sunday</day><day>Monday</day></skipDays>",
            datetime(2026, 3, 10, tzinfo=UTC),
        ),
        (datetime(2026, 3, 3, 2, tzinfo=UTC), f"<skipHours>{ALL_HOURS}</skipHours>", None),
    ],
)
async def test_e33_skipped_hours_and_days_are_left_out_in_gmt(server, tmp_path, clock, head, first):
    server["/feed"] = answer(rss("a", head=head))
    async with Watch(tmp_path, [at(server)], private=True) as watch:
        watch.clock = clock
        await watch.poll()

        assert watch.feed().next_poll_at == (first or clock + HOUR)


@pytest.mark.parametrize("period", ["hourly", "dayly", "always", ""])
@pytest.mark.parametrize("frequency", ["0", "0.1", "-1", "300"])
async def test_e34_update_periods_never_shorten_and_never_break(server, tmp_path, period, frequency):
    head = (
        '<x:updatePeriod xmlns:x="http://purl.org/rss/1.0/modules/syndication/">'
        f"{period}</x:updatePeriod><x:updateFrequency"
        f' xmlns:x="http://purl.org/rss/1.0/modules/syndication/">{frequency}</x:updateFrequency>'
    )
    server["/feed"] = answer(rss("a", head=head))
    async with watching(server, tmp_path) as watch:
        (poll,) = await watch.poll()

        assert poll.outcome == "new"
        assert timedelta(hours=1) <= watch.until() <= timedelta(days=7)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({}, timedelta(minutes=5)), ({"cache_control": "max-age=60"}, timedelta(minutes=1)), ({"cache_control": "max-age=120"}, timedelta(minutes=2))],
)  # fmt: skip
async def test_e35_a_schedule_faster_than_the_floor_is_taken_and_the_floor_holds(
    server, tmp_path, headers, wait
):
    server["/feed"] = answer(FEED, **headers)
    config = tmp_path / "monitor.yaml"
    config.write_text(
        "version: 1\ndatabase: m.db\ntopics:\n  t: {title: T, query: a, schedule: every 1 minute,"
        " feeds: ['https://paper.example/rss']}\n"
    )
    assert load(config, {}).topics[0].schedule.every == timedelta(minutes=1)

    async with watching(server, tmp_path, every=timedelta(seconds=10)) as watch:
        await watch.poll()

        assert watch.until() == wait


async def test_e36_a_feed_of_three_topics_is_asked_once(server, tmp_path):
    server["/feed"] = answer(FEED)
    async with watching(server, tmp_path, topics=3) as watch:
        (poll,) = await watch.poll(regardless=False)

    assert poll.feed.topics == ("topic0", "topic1", "topic2")
    assert server.paths == ["/feed"]


async def test_e38_an_article_that_meets_a_429_waits_with_its_host_and_is_not_lost(server, tmp_path):
    server["/feed"] = answer(rss("a", "b").replace(b"https://paper.example", at(server, path="").encode()))
    server["/robots.txt"] = answer(b"", status=404)
    server["/a"] = server["/b"] = answer(b"slow down", status=429, retry_after="3600")
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        await watch.read()
        assert server.paths == ["/feed", "/robots.txt", "/b"]
        assert (
            watch.ask("select state, next_try_at from entries") == [("waiting", "2026-03-02T13:00:00Z")] * 2
        )
        watch.later(minutes=59)
        await watch.read()
        assert await watch.poll() == []
        watch.later(minutes=1)
        await watch.read()

    assert server.paths[3:4] == ["/b"]
