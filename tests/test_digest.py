"""Digests: when they are due, what stands in them, how they look on a phone."""

from datetime import UTC, datetime

import pytest
from browser import browsing
from office_scene import BERLIN, DAY, HOUR, Clock, berlin, desk, join, opened, tell
from receiver import Receiver
from store_scene import NOON, all_rows, dpa, minutes, topic

from monitor.core import digest as core
from monitor.model import Alert, Digest, StoryNews
from monitor.outputs.dispatch import dispatch
from monitor.outputs.pages import alert_message, digest_message

MORNING = datetime(2026, 6, 2, 5, 0, tzinfo=UTC)  # 07:00 in Berlin


@pytest.fixture
async def hook():
    async with Receiver() as running:
        yield running


def daily(url, **changed):
    return desk(url, when="digest", at="07:00", **changed)


async def test_a_digest_goes_out_once_a_day_at_the_time_of_the_topics_zone(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, daily(hook.url), topics=(berlin(),)) as (store, office):
        tell(store, "evening", NOON + HOUR)
        sent = []
        while clock() < NOON + 3 * DAY:
            clock.go(minutes(20))
            if clock() == MORNING + DAY - HOUR:
                tell(store, "night", clock())
            await dispatch(office)
            sent += [clock()] * (len(hook.taken) - len(sent))

    assert [MORNING, MORNING + DAY] == sent
    first, second = hook.taken
    assert ["evening"] == [story["title"].removeprefix("The ") for story in first["topics"][0]["new"]]
    assert ["night"] == [story["title"].removeprefix("The ") for story in second["topics"][0]["new"]]
    assert ("digest:desk:2026-06-02T05:00:00Z", "2026-06-02T05:00:00Z") == (first["key"], second["since_at"])


async def test_what_was_missed_at_seven_is_sent_at_the_next_start_and_no_later_story_with_it(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, daily(hook.url), topics=(berlin(),)) as (store, office):
        tell(store, "evening", NOON)
    clock.at = MORNING + 3 * HOUR
    async with opened(tmp_path / "m.db", clock, daily(hook.url), topics=(berlin(),)) as (store, office):
        tell(store, "late", clock())
        await dispatch(office)
        await dispatch(office)

    (body,) = hook.taken
    assert ["The evening"] == [story["title"] for story in body["topics"][0]["new"]]


async def test_a_digest_that_cannot_be_sent_stays_the_same_and_the_next_waits_for_it(tmp_path, hook):
    clock, hook.mood = Clock(), 500
    async with opened(tmp_path / "m.db", clock, daily(hook.url), topics=(berlin(),)) as (store, office):
        for day in range(3):
            tell(store, f"day-{day}", NOON + day * DAY)
        while clock() < MORNING + 3 * DAY:
            clock.go(HOUR)
            await dispatch(office)
        hook.mood = 200
        clock.go(HOUR)
        await dispatch(office)
        rows = all_rows(store, "select key, state, alerts, last_error from digests order by id")
        states = all_rows(store, "select distinct state from outbox")

    assert [f"digest:desk:2026-06-0{day}T05:00:00Z" for day in (2, 3, 4)] == [
        body["key"] for body in hook.taken
    ]
    assert {("sent", 1, None)} == {row[1:] for row in rows}
    assert [("sent",)] == states


async def test_a_digest_that_is_too_old_says_so_in_its_row_and_in_the_next_one(tmp_path, hook):
    clock, hook.mood = Clock(), 500
    async with opened(tmp_path / "m.db", clock, daily(hook.url, max_age=DAY), topics=(berlin(),)) as (
        store,
        office,
    ):
        tell(store, "evening", NOON)
        clock.at = MORNING
        await dispatch(office)
        clock.at = MORNING + DAY + minutes(1)
        await dispatch(office)
        digest = all_rows(store, "select state, last_error from digests")
        rows = all_rows(store, "select state, last_error from outbox where kind = 'story'")
        hook.mood = 200
        clock.at = MORNING + 2 * DAY
        await dispatch(office)

    assert [["1 alert was not sent, having waited longer than 1 day"]] == [
        body["notices"] for body in hook.taken
    ]
    because = "not sent: it was due longer than 1 day ago, the target's max_age"
    assert [("expired", f"{because}; the last try failed: the receiver answered HTTP 500")] == digest
    assert [("expired", because)] == rows


async def test_stories_come_by_weight_and_updates_of_earlier_ones_apart(tmp_path, hook):
    clock = Clock()
    watched = (berlin(), topic("rivers", title="Alpine rivers", alert=("desk",), schedule=berlin().schedule))
    async with opened(tmp_path / "m.db", clock, daily(hook.url, outlets=(2,)), topics=watched) as (
        store,
        office,
    ):
        old = tell(store, "old", NOON)
        clock.at = MORNING
        await dispatch(office)
        join(store, old, "second.test", clock())
        tell(store, "small", clock())
        big = tell(store, "big", clock(), topics=("bridges", "rivers"), credit=dpa())
        for number in range(4):
            join(store, big, f"outlet-{number}.test", clock())
        clock.at = MORNING + HOUR
        await dispatch(office)
        clock.at = MORNING + DAY
        await dispatch(office)

    text = hook.taken[1]["text"]
    rivers, bridges_ = hook.taken[1]["topics"]
    assert ("Alpine rivers", "Bridges") == (rivers["title"], bridges_["title"])
    assert (["The big"], ["The small"]) == (
        [s["title"] for s in rivers["new"]],
        [s["title"] for s in bridges_["new"]],
    )
    assert [["now carried by 2 outlets, after 1"]] == [s["changes"] for s in bridges_["changed"]]
    assert text.splitlines()[0].startswith("Wednesday, 3 June: 2 new stories, 1 earlier with news. The big")
    assert "Harbour Post, outlet-0.test, outlet-1.test, outlet-2.test and outlet-3.test · dpa" in text
    assert "also in: Bridges" in text


# ── how it looks ─────────────────────────────────────────────────────────────────────────────────

HEADLINES = (
    "Waffenruhe in Sicht? Washington kündigt ein Treffen in Genf an, Kyjiw reagiert zurückhaltend",
    'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung<script>alert("x")</script>',
    "Переговори у Женеві: що відомо про режим припинення вогню",
    "Ceasefire talks resume",
)


def news(number, outlets=1, **changed):
    fields = {
        "id": number,
        "title": HEADLINES[number % 4],
        "url": f"https://very-long-name-of-an-outlet.example/politics/2026/06/01/{'x' * 90}-{number}.html",
        "first_seen": NOON,
        "last_seen": NOON,
        "articles": outlets,
        "outlets": tuple(f"Outlet {i}" for i in range(outlets)),
        "agency": "dpa" if number % 2 else None,
        "because": "… über eine [Waffenruhe] gesprochen, sagte der [<b>Sprecher] …",
    }
    return StoryNews(**(fields | changed))


def alert(number, kind="story", topic_id="ceasefire", **changed):
    story = news(number, **changed)
    because = None if kind == "story" else "now carried by 12 outlets, after 3"
    return Alert(number, f"k{number}", kind, "desk", topic_id, topic_id.title(), NOON, story, because)


def busy():
    """A busy day: sixty stories in two topics, some with news, a rise and something left out."""
    alerts = [alert(n, outlets=1 + (n * 7) % 23) for n in range(1, 45)]
    alerts += [alert(n, "update", outlets=n % 9) for n in range(50, 53)]
    alerts += [alert(n, topic_id="rivers", outlets=n % 3 + 1) for n in range(60, 72)]
    alerts += [alert(80, "rise"), alert(81, "notice")]
    return Digest(1, "digest:desk:x", "desk", MORNING, MORNING - DAY, tuple(alerts))


def test_a_busy_day_is_told_in_full_in_lines_and_in_numbers():
    page = core.layout(busy(), BERLIN)
    ceasefire, rivers = page.sections

    assert ("Tuesday, 2 June", "since 1 June 07:00") == (page.title, page.span)
    assert "56 new stories, 3 earlier with news, 1 sudden rise" == page.summary
    counts = (len(ceasefire.full), len(ceasefire.brief), ceasefire.more, len(ceasefire.changed))
    assert (7, 25, 12, 3) == counts
    assert (7, 5, 0) == (len(rivers.full), len(rivers.brief), rivers.more)
    weights = [item.weight for item in (*ceasefire.full, *ceasefire.brief)]
    assert sorted(weights, reverse=True) == weights
    assert page.notices == ("now carried by 12 outlets, after 3",)


def test_the_weight_of_a_story_is_its_outlets_not_its_articles():
    alerts = (alert(1, outlets=2, articles=9), alert(2, outlets=3), alert(3, outlets=1, articles=12))
    (section,) = core.layout(Digest(1, "k", "desk", MORNING, None, alerts), BERLIN).sections

    assert [3, 2, 1] == [item.weight for item in section.full]


def test_what_is_hostile_stays_text():
    html = digest_message(busy(), BERLIN).html

    assert "<script>" not in html
    assert "&lt;b&gt;Sprecher" in html
    assert 'href="javascript' not in alert_message(alert(1, url="javascript:alert(1)"), BERLIN).html


async def test_a_digest_is_readable_on_a_phone(tmp_path):
    path = tmp_path / "digest.html"
    path.write_text(digest_message(busy(), BERLIN).html, encoding="utf-8")
    mail = tmp_path / "alert.html"
    mail.write_text(alert_message(alert(1, "update", outlets=9), BERLIN).html, encoding="utf-8")
    async with browsing(tmp_path / "profile") as tab:
        for page in (path, mail):
            for dark in (False, True):
                await tab.open(page.as_uri(), width=390, height=844, dark=dark)
                assert await tab.see("document.documentElement.scrollWidth") <= 390
                assert await tab.see(SMALLEST) >= 14
                assert await tab.see(CONTRAST) >= 4.5, (page.name, dark)
        await tab.open(path.as_uri(), width=390, height=844)
        assert await tab.see("document.querySelectorAll('.story').length") == 17
        assert await tab.see(FIRST_SCREEN) >= 2
        assert tab.dialogs == []
        assert [url for url in tab.requests if not url.startswith("file:")] == []


SMALLEST = """Math.min(...[...document.querySelectorAll('.page *')].filter(e => e.textContent.trim())
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
FIRST_SCREEN = """[...document.querySelectorAll('.title')].filter(e => e.getBoundingClientRect().bottom <= innerHeight).length"""
CONTRAST = """(() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).map(part => {
      const c = part / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return light(colour);
    }
    return 1;
  };
  return Math.min(...[...document.querySelectorAll('.page *')].filter(e => e.textContent.trim()).map(e => {
    const front = light(getComputedStyle(e).color), back = behind(e);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  }));
})()"""
