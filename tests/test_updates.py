"""When a story that was announced is worth a second message, and when it is not."""

from dataclasses import replace

import pytest
from office_scene import HOUR, Clock, bridges, desk, join, opened, tell
from receiver import Receiver
from store_scene import NOON, all_rows, article, dpa, match, text, topic

from monitor.core.newsworthy import what_changed
from monitor.model import Correction, Credit, Link, Verdict
from monitor.outputs.dispatch import dispatch


@pytest.fixture
async def hook():
    async with Receiver() as running:
        yield running


def told(hook):
    return [(body["kind"], body["because"]) for body in hook.taken]


def revise(store, article_id, clock, **changed):
    def work(books):
        known = books.article(article_id)
        fields = {"text": known.text, "title": known.title, **changed}
        books.add_revision(known, article("bridge", **fields), None, clock())

    store.run(work)


async def test_the_first_own_report_beyond_the_wire_is_an_update_and_the_second_is_none(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        wire = tell(store, "bridge", NOON, credit=dpa())
        await dispatch(office)
        join(store, wire, "plain.test", clock())
        await dispatch(office)
        join(store, wire, "meadow.test", clock(), kind="extended", share=0.4)
        join(store, wire, "later.test", clock(), kind="extended", share=0.3)
        await dispatch(office)
        await dispatch(office)

    because = "the first own report beyond the dpa text: meadow.test, 120 words of its own"
    assert [("story", None), ("update", because)] == told(hook)
    assert ["bridges:1:desk", "bridges:1:desk:own"] == hook.keys
    assert f"UPDATE: {because}" in hook.taken[1]["text"]


@pytest.mark.parametrize(
    "watched", [{}, {"bridges": topic(alert=("other",))}], ids=["gone", "told elsewhere"]
)
async def test_what_a_topic_no_longer_tells_a_target_has_no_updates(tmp_path, hook, watched):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        story = tell(store, "bridge", NOON)
        await dispatch(office)
        revise(store, story, clock, title="Bridge open: correction")
        await dispatch(replace(office, topics=watched))
        await dispatch(office)

    assert [("story", None)] == told(hook)


WIRE = text(1, 400).split()
FIRST_HALF, SECOND_HALF, WHOLE = (" ".join(words) for words in (WIRE[:200], WIRE[200:], WIRE))


async def test_who_prints_more_of_a_wire_text_and_credits_it_reports_nothing_of_its_own(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        wire = tell(store, "bridge", NOON, text=FIRST_HALF, credit=dpa())
        await dispatch(office)
        join(store, wire, "whole.test", clock(), kind="extended", share=0.5, text=WHOLE, credit=dpa())
        await dispatch(office)

    assert [("story", None)] == told(hook)


async def test_words_that_stand_in_another_article_of_the_story_are_nobodys_own(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        wire = tell(store, "bridge", NOON, text=FIRST_HALF, credit=dpa())
        join(store, wire, "rest.test", clock(), kind="edited", share=0.1, text=SECOND_HALF, credit=dpa())
        await dispatch(office)
        join(store, wire, "whole.test", clock(), kind="extended", share=0.5, text=WHOLE)
        await dispatch(office)
        join(store, wire, "own.test", clock(), kind="extended", share=0.7, text=f"{WHOLE} {text(9, 150)}")
        await dispatch(office)

    because = "the first own report beyond the dpa text: own.test, 150 words of its own"
    assert [("story", None), ("update", because)] == told(hook)


async def test_words_that_turn_out_to_be_the_agencys_at_the_same_look_are_nobodys_own(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        wire = tell(store, "bridge", NOON, text=FIRST_HALF, credit=dpa())
        await dispatch(office)
        join(store, wire, "rest.test", clock(), kind="edited", share=0.1, text=SECOND_HALF)
        join(store, wire, "whole.test", clock(), kind="extended", share=0.5, text=WHOLE, credit=dpa())
        await dispatch(office)

    assert [("story", None)] == told(hook)


async def test_an_own_report_that_inherited_the_credit_is_one_still(tmp_path, hook):
    clock = Clock()
    inherited = Credit("dpa", "by overlap: 60 % of this text stands in harbour.test, which credits dpa")
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        wire = tell(store, "bridge", NOON, credit=dpa())
        await dispatch(office)
        join(store, wire, "own.test", clock(), kind="extended", share=0.5, credit=inherited)
        await dispatch(office)

    assert "own.test, 100 words of its own" in told(hook)[1][1]


async def test_a_story_without_a_wire_has_no_report_beyond_it(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        own = tell(store, "bridge", NOON)
        await dispatch(office)
        join(store, own, "meadow.test", clock(), kind="extended", share=0.4)
        await dispatch(office)

    assert [("story", None)] == told(hook)


async def test_a_report_beside_it_is_an_update_unless_it_is_announced_by_itself(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        wire = tell(store, "bridge", NOON, credit=dpa())
        await dispatch(office)
        tie = Link(wire, "partial", 0.2, "shared passages", {})
        beside = article(
            "beside", seed=5, url="https://meadow.test/b", outlet_id="meadow.test", first_seen=NOON
        )
        for announced in (True, False):

            def work(books, announced=announced):
                one = (
                    beside
                    if announced
                    else article("x", seed=6, url="https://far.test/x", outlet_id="far.test")
                )
                made = books.add_article(one, Verdict("new", links=(tie,)), [match()], NOON)
                if announced:
                    books.announce("bridges", made, "desk", NOON)

            store.run(work)
            await dispatch(office)

    assert ["bridges:1:desk", "bridges:2:desk", "bridges:1:desk:own"] == hook.keys
    assert "far.test, 160 words of its own" in hook.taken[2]["because"]


async def test_a_correction_of_the_original_is_an_update_each_time_and_polish_is_none(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        first = tell(store, "bridge", NOON, text=f"{text(1)} 12 people were hurt")
        copy = join(store, first, "meadow.test", NOON)
        await dispatch(office)
        for words in (f"{text(1)} 12 persons were hurt", f"{text(1)} 21 persons were hurt"):
            revise(store, first, clock, text=words)
            await dispatch(office)
        revise(store, copy, clock, text=text(2))
        await dispatch(office)

    assert [("story", None), ("update", "Harbour Post changed its text: 12 became 21")] == told(hook)
    assert "bridges:1:desk:correction:3" == hook.keys[-1]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a b c", None),
        ("a b c", "a b d", None),
        ("12 dead", "21 dead", "12 became 21"),
        ("at 14:05 he said", "at 14:45 he said", None),
        ("1.200 people", "1.300 people", "1.200 became 1.300"),
        ("three dead", "three dead 5", None),
        ("a b", "a b Correction: it was Monday", 'it says "Correction"'),
        ("Korrektur: a", "Korrektur: b", None),
        ("a", "a In einer früheren Version hieß es b", 'it says "In einer früheren Version"'),
        ("a", "виправлено: b", 'it says "виправлено"'),
        ("", " ".join(f"w{n}" for n in range(30)), "30 words added, 0 removed"),
    ],
)
def test_what_a_revision_changed_is_said_in_words(before, after, expected):
    assert expected == what_changed(Correction(1, 2, "taz", "T", "T", before, after))


def test_another_headline_is_news():
    assert 'the headline "A" became "B"' == what_changed(Correction(1, 2, "taz", "A", "B", "x", "x"))
    assert what_changed(Correction(1, 2, "taz", "A  b", "A b", "x", "x")) is None


@pytest.mark.parametrize(
    ("title", "url"), [("Live blog: the talks", ""), ("The talks", "https://a.test/newsticker-1")]
)
def test_another_post_in_a_live_blog_is_no_news_and_a_correction_in_it_is(title, url):
    grown = Correction(1, 2, "taz", "The talks at noon", title, "one", "one " + "more " * 40, url)

    assert what_changed(grown) is None
    assert 'it says "Correction"' == what_changed(replace(grown, text="Correction: two"))


async def test_a_headline_that_comes_back_is_no_news(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        story = tell(store, "bridge", NOON)
        for title in ("Two bridges", "The bridge", "Two bridges", "Three bridges"):
            await dispatch(office)
            revise(store, story, clock, title=title)
        await dispatch(office)

    changed = [because.partition(" became ")[2] for kind, because in told(hook) if kind == "update"]
    assert ['"Two bridges"', '"Three bridges"'] == changed


async def test_a_live_blog_is_announced_once(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url)) as (store, office):
        story = tell(store, "bridge-liveblog", NOON)
        await dispatch(office)
        revise(store, story, clock, text=text(1) + " more" * 60)
        await dispatch(office)

    assert [("story", None)] == told(hook)


async def test_outlets_are_told_when_a_number_is_passed_and_never_less_than_was_told(tmp_path, hook):
    clock = Clock()
    async with opened(tmp_path / "m.db", clock, desk(hook.url, outlets=(3, 5))) as (store, office):
        first = tell(store, "bridge", NOON)
        for number in range(2):
            join(store, first, f"early-{number}.test", NOON)
        await dispatch(office)  # three carry it when it is first told
        join(store, first, "four.test", NOON)
        await dispatch(office)
        assert [("story", None)] == told(hook)
        for number in range(3):
            join(store, first, f"late-{number}.test", NOON)
        await dispatch(office)
        await dispatch(office)

    assert [("story", None), ("update", "now carried by 7 outlets, after 3")] == told(hook)
    assert "bridges:1:desk:outlets:5" == hook.keys[-1]


async def test_what_happens_while_the_first_message_waits_is_in_it(tmp_path, hook):
    clock, hook.mood = Clock(), 500
    async with opened(tmp_path / "m.db", clock, desk(hook.url, outlets=(2,))) as (store, office):
        first = tell(store, "bridge", NOON, credit=dpa())
        await dispatch(office)
        join(store, first, "meadow.test", NOON, kind="extended", share=0.4)
        await dispatch(office)
        clock.go(HOUR)
        hook.mood = 200
        await dispatch(office)
        await dispatch(office)

    assert [("story", None)] == told(hook)
    assert ["Harbour Post", "meadow.test"] == hook.taken[0]["story"]["outlets"]


async def test_who_wants_no_updates_gets_none(tmp_path, hook):
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url, updates=False, outlets=(2,))) as (
        store,
        office,
    ):
        first = tell(store, "bridge", NOON)
        await dispatch(office)
        join(store, first, "meadow.test", NOON)
        await dispatch(office)

    assert [("story", None)] == told(hook)


async def test_updates_belong_to_the_topic_and_target_that_heard_of_the_story(tmp_path, hook):
    watched = (bridges(), topic("rivers", alert=("desk",)))
    async with opened(tmp_path / "m.db", Clock(), desk(hook.url, outlets=(2,)), topics=watched) as (
        store,
        office,
    ):
        first = tell(store, "bridge", NOON, topics=("bridges",))
        await dispatch(office)
        join(store, first, "meadow.test", NOON)
        await dispatch(office)
        rows = all_rows(store, "select key from outbox order by id")

    assert [("bridges:1:desk",), ("bridges:1:desk:outlets:2",)] == rows
