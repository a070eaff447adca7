"""A thousand polls with twenty restarts and reloads, on a clock of the test's own, against real sockets.

Cases E13 and E25 over a long time, and the invariants I4 to I6: no request before its time, one at a time
per host, always a next time.
"""

import asyncio
import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from badserver import BadServer, answer
from watch import NOON, Watch, at, rss

FEEDS = 12
POLLS = 1000
RESTARTS = 20


class Paper:
    """A feed that publishes now and then, answers conditional requests honestly, and is moody at times.

    It checks on its own what is asked of it: how many requests were unconditional, and how many came while
    it had asked for patience.
    """

    def __init__(self, number, clock, dice, patience):
        self.number = number
        self.clock = clock
        self.dice = dice
        self.items = ["first"]
        self.patience = patience  # of each host: until when it wants to be left alone
        self.unconditional = 0
        self.impatient = 0
        self.asked_at = []

    async def __call__(self, request, wire):
        now = self.clock()
        self.asked_at.append(now)
        host = request.header("Host")
        self.impatient += now < self.patience.get(host, NOON)
        mark = f'"{len(self.items)}"'
        asked = request.header("If-None-Match")
        self.unconditional += asked is None
        mood = self.dice.random()
        if asked and mood < 0.03:
            self.patience[host] = now + timedelta(hours=3)
            script = answer(b"", status=self.dice.choice([429, 503]), retry_after="10800")
        elif asked and mood < 0.06:
            script = answer(b"oops", status=500)
        else:
            if self.dice.random() < 0.3:
                self.items.append(f"{self.number}-{len(self.items)}")
                mark = f'"{len(self.items)}"'
            fresh = {"cache_control": "max-age=1200"} if self.number % 3 == 0 else {}
            script = (
                answer(status=304, etag=mark, **fresh)
                if asked == mark
                else answer(rss(*self.items[-10:]), etag=mark, **fresh)
            )
        await asyncio.sleep(0.001)  # somebody else of this host could come now
        await script(request, wire)


class Doors:
    """Counts who is inside at a host at the same time; scripts go through its doors."""

    def __init__(self):
        self.inside, self.most = Counter(), defaultdict(int)

    def __call__(self, script):
        async def counted(request, wire):
            host = request.header("Host")
            self.inside[host] += 1
            self.most[host] = max(self.most[host], self.inside[host])
            try:
                await script(request, wire)
            finally:
                self.inside[host] -= 1

        return counted


async def promised(watch):
    """When each feed may be asked at the earliest, as the database says: its own time, and its host's."""
    cooling = {c.scope: c.until for c in await watch.store.write(lambda books: books.cooldowns(watch.clock))}
    rows = watch.ask("select url, next_poll_at from feeds")
    return {
        urlsplit(url).path: max(
            datetime.fromisoformat(due), cooling.get(urlsplit(url).hostname, datetime.fromisoformat(due))
        )
        for url, due in rows
    }


async def polled(watch, papers, early):
    """Poll what is due, count in `early` what was asked before its time; gives how many polls there were."""
    earliest = await promised(watch)
    before = [len(paper.asked_at) for paper in papers]
    polls = await watch.poll(regardless=False)
    for number, paper in enumerate(papers):
        early[number] += sum(asked < earliest[f"/{number}"] for asked in paper.asked_at[before[number] :])
    return len(polls)


async def test_e13_over_a_thousand_polls_and_twenty_restarts_one_request_is_unconditional(tmp_path):
    dice = random.Random(7)
    async with BadServer() as server:
        urls = [at(server, f"paper{number % 6}.test", f"/{number}") for number in range(FEEDS)]
        async with Watch(tmp_path, urls, every=timedelta(minutes=30), timeout=5.0) as watch:
            patience = {}
            papers = [Paper(number, watch.now, dice, patience) for number in range(FEEDS)]
            doors = Doors()
            for number, paper in enumerate(papers):
                server[f"/{number}"] = doors(paper)
            early, done, breaks = Counter(), 0, set(range(40, POLLS, POLLS // RESTARTS))
            restarts = reloads = 0
            while done < POLLS:
                done += await polled(watch, papers, early)
                if any(done >= moment for moment in breaks):
                    breaks = {moment for moment in breaks if done < moment}
                    if len(breaks) % 2:
                        await watch.restart()
                        restarts += 1
                    else:
                        await watch.reload()
                        reloads += 1
                assert all(due for (due,) in watch.ask("select next_poll_at from feeds"))
                watch.clock = max(
                    min(feed.next_poll_at for feed in map(watch.feed, range(FEEDS))),
                    watch.clock + timedelta(seconds=1),
                )

            counts = watch.ask("select feed_id, count(*), sum(new_entries) from polls group by feed_id")
            twice = watch.ask("select url from entries group by feed_id, url having count(*) > 1")

    assert not breaks
    assert restarts == reloads == RESTARTS // 2
    assert [1] * 6 == list(doors.most.values())
    assert [1] * FEEDS == [paper.unconditional for paper in papers]
    assert [0] * FEEDS == [paper.impatient for paper in papers]
    assert +early == Counter()
    assert sum(polls for _, polls, _ in counts) >= POLLS
    assert twice == []
    assert [len(paper.items) for paper in papers] >= [new for _, _, new in counts]


async def test_no_host_is_asked_two_things_at_once_however_the_polls_fall(tmp_path):
    doors = Doors()
    async with BadServer() as server:
        urls = [at(server, f"paper{number % 4}.test", f"/{number}") for number in range(40)]
        for number in range(40):
            server[f"/{number}"] = doors(answer(rss("a"), after=0.003))
        async with Watch(tmp_path, urls, timeout=10.0) as watch:
            for _ in range(3):
                await watch.poll()
                watch.later(hours=3)

    assert {1} == set(doors.most.values())
    assert len(doors.most) == 4
