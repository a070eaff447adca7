"""B15: a Media Cloud's day, put together from measured parts: 130,000 feeds every 15 minutes, 500,000 new stories.

Each part is what one piece costs here and now, in CPU time of the whole process tree: B1, B2, B3 and B4 in this very
run. What nobody measured is said: which servers ignore validators, and in how many polls the stories come.
"""

import b01_unchanged_poll
import b02_same_body
import b03_changed_poll
import b04_article
import desk
from measure import Row
from newsweb import trusted

FEEDS, A_DAY, STORIES = 130_000, 96, 500_000  # polls of each feed: every 15 minutes
LIMIT = 25.0  # percent of two cores
CORES, DAY = 2, 86_400
STUBBORN = 0.3  # of the feeds: their servers send the same body again (an assumption)
TOGETHER = 2.0  # new stories in a poll that brings any (an assumption)
REREADS = 4  # of each article in its first days, as `keep.reread` has it


def parts(quick: bool) -> dict[str, float]:
    """Seconds of CPU that one piece of each kind costs."""
    tls = bool(trusted())
    kept = desk.run(lambda folder: b01_unchanged_poll.measured(folder, tls=False, quick=quick))
    unchanged = desk.run(lambda folder: b01_unchanged_poll.measured(folder, tls=tls, quick=quick))
    same = desk.run(lambda folder: b02_same_body.measured(folder, quick=quick))
    changed = desk.run(lambda folder: b03_changed_poll.measured(folder, quick=quick))
    article = desk.run(lambda folder: b04_article.measured(folder, quick=quick))[2]
    return {
        "a poll that is answered with 304": cost_of(unchanged),
        "a poll that brings the same body": cost_of(same),
        # B3 goes over a kept connection; what a new one costs more is what B1 shows.
        "a poll that brings something new": cost_of(changed) + max(cost_of(unchanged) - cost_of(kept), 0.0),
        "a story, its page read and placed": cost_of(article),
    }


def cost_of(row: Row) -> float:
    """Seconds of CPU that our side took a piece, as the row itself tells them."""
    return float(row.note.partition(" ms")[0]) / 1000


def pieces() -> dict[str, float]:
    """How many pieces of each kind a day has."""
    changed = STORIES / TOGETHER
    idle = FEEDS * A_DAY - changed
    return {
        "a poll that is answered with 304": idle * (1 - STUBBORN),
        "a poll that brings the same body": idle * STUBBORN,
        "a poll that brings something new": changed,
        "a story, its page read and placed": STORIES,
    }


def share(seconds: float) -> float:
    """Percent of what two cores have in a day."""
    return 100 * seconds / (CORES * DAY)


def work(quick: bool) -> list[Row]:
    """The day; what articles cost that are read again; and every part of it."""
    each, many = parts(quick), pieces()
    whole = sum(each[name] * many[name] for name in many)
    again = each["a story, its page read and placed"] * STORIES * REREADS
    note = f"{whole:,.0f} of {CORES * DAY:,} s; {STUBBORN:.0%} of servers ignore validators"
    rows = [
        Row("B15", "a Media Cloud's day, of two cores", (share(whole),), LIMIT, "%", note=note),
        Row(
            "B15",
            "every story read again four times, if no server says 304",
            (share(again),),
            None,
            "%",
            note="on top",
        ),
    ]
    return rows + [
        Row(
            "B15",
            name,
            (share(each[name] * count),),
            None,
            "%",
            note=f"{count:,.0f} × {each[name] * 1000:.2f} ms",
        )
        for name, count in many.items()
    ]
