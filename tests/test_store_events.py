"""Events in a real database: placed with their article, counted, merged, put right by hand, found again after a restart."""

import sqlite3
from datetime import timedelta
from types import SimpleNamespace

import pytest
from events_texts import AT, REPORTS, report
from store_scene import all_rows, quick_store, value

from monitor.core import events, reports
from monitor.core.topics import Found
from monitor.model import Near, Verdict
from monitor.settle import place
from monitor.store import event_index, queries
from monitor.store.event_index import packed, unpacked
from monitor.store.opening import open_for_reading

WORLD = SimpleNamespace(now=lambda: AT, topics={}, meanings=None)
ORDER = (
    "bridge 1",
    "strike",
    "talks de",
    "bridge 2",
    "talks en",
    "other bridge",
    "bridge 3",
    "talks uk",
    "other talks en",
)


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        yield opened


def bring(store, name, **changed):
    """Place a report as the journey does; gives the article's id."""
    return store.run(lambda books: place(books, report(name, **changed), Found((), ""), WORLD)[0])


def bring_all(store, order=ORDER):
    return {name: bring(store, name, hours=hour) for hour, name in enumerate(order)}


def event_of(store, article_id):
    return value(store, f"select event_id from articles where id = {article_id}")


def groups(store, articles):
    found = {}
    for name, article_id in articles.items():
        found.setdefault(event_of(store, article_id), set()).add(name)
    return {frozenset(names) for names in found.values()}


EXPECTED = {
    frozenset({"bridge 1", "bridge 2", "bridge 3"}),
    frozenset({"talks de", "talks en", "talks uk"}),
    frozenset({"strike"}),
    frozenset({"other bridge"}),
    frozenset({"other talks en"}),
}


def test_stories_of_one_happening_come_into_one_event_across_outlets_and_languages(store):
    assert groups(store, bring_all(store)) == EXPECTED


def test_the_order_of_a_morning_does_not_matter(store):
    assert groups(store, bring_all(store, ORDER[::-1])) == EXPECTED


def test_an_event_counts_its_stories_articles_outlets_and_languages(store):
    articles = bring_all(store)
    copied = report("talks de", hours=9)
    bring(store, "talks de", hours=9, url="https://copy.test/x", outlet_id="copy.test")
    row = all_rows(
        store,
        "select title, stories, articles, outlets, languages, first_seen_at, last_seen_at from events"
        f" where id = {event_of(store, articles['talks de'])}",
    )[0]

    assert row == (copied.title, 3, 4, 4, 3, "2026-03-24T08:12:00Z", "2026-03-24T15:12:00Z")


def test_every_story_and_article_has_an_event_and_every_event_a_reason(store):
    bring_all(store)

    assert value(store, "select count(*) from articles where event_id is null") == 0
    assert value(store, "select count(*) from stories where event_id is null") == 0
    assert value(store, "select count(*) from event_stories where because = ''") == 0
    assert value(store, "select count(*) from stories") == value(store, "select count(*) from event_stories")


COUNTED_ANEW = """
select e.id from events e where (e.stories, e.articles, e.outlets, e.languages, e.first_seen_at, e.last_seen_at) <> (
  select (select count(*) from stories where event_id = e.id), count(*), count(distinct outlet_id),
    count(distinct language), min(first_seen_at), max(first_seen_at) from articles where event_id = e.id)"""


def test_what_is_counted_on_the_way_is_what_is_there(store):
    bring_all(store)
    bring(store, "strike", hours=11, url="https://copy.test/y", outlet_id="copy.test", language=None)

    assert all_rows(store, COUNTED_ANEW) == []


def test_a_restart_in_between_changes_nothing(tmp_path):
    for name, restarts in (("one", False), ("two", True)):
        path = tmp_path / f"{name}.db"
        for part in [ORDER] if not restarts else [[each] for each in ORDER]:
            with quick_store(path) as opened:
                for each in part:
                    bring(opened, each, hours=ORDER.index(each))
    tables = ("events", "event_stories", "_event_terms", "_event_words", "_event_traits")
    one, two = (
        {
            table: sqlite3.connect(tmp_path / f"{name}.db").execute(f"select * from {table}").fetchall()
            for table in tables
        }
        for name in ("one", "two")
    )

    assert one == two


def test_a_story_whose_transaction_fails_leaves_nothing_of_its_event(store):
    bring(store, "bridge 1")
    before = [
        all_rows(store, f"select * from {table}") for table in ("events", "event_stories", "_event_words")
    ]

    def broken(books):
        place(books, report("bridge 2"), Found((), ""), WORLD)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.run(broken)

    assert [
        all_rows(store, f"select * from {t}") for t in ("events", "event_stories", "_event_words")
    ] == before


def test_two_events_become_one_and_what_moved_says_why(store):
    articles = {"bridge 1": bring(store, "bridge 1")}
    apart = Near(apart=frozenset({event_of(store, articles["bridge 1"])}))

    def alone(books):
        """A story whose text fits the first one's, but that came when the user had parted the two."""
        article = report("bridge 2", hours=1)
        told = reports.report(article)
        traits = books.weighed(told)
        number = books.add_article(article, Verdict("alone"), (), AT)
        books.begin_event(number, events.place(told, traits, apart), told, traits)
        return number

    articles["bridge 2"] = store.run(alone)
    assert event_of(store, articles["bridge 1"]) != event_of(store, articles["bridge 2"])
    articles["bridge 3"] = bring(store, "bridge 3", hours=2)

    assert groups(store, articles) == {frozenset(articles)}
    assert "one event with" in value(store, "select moved from event_stories where moved is not null")
    assert all_rows(store, COUNTED_ANEW) == []
    assert value(store, "select count(*) from events") == 1


def correct(store, kind, one, other):
    return store.run(lambda books: books.correct_event(kind, one, other, AT, "the desk said so"))


def test_the_user_puts_two_events_together(store):
    articles = bring_all(store)
    correct(store, "together", articles["strike"], articles["other bridge"])

    assert event_of(store, articles["strike"]) == event_of(store, articles["other bridge"])
    assert all_rows(store, COUNTED_ANEW) == []
    assert (
        value(store, "select count(*) from event_stories where moved like 'put together by hand: the desk%'")
        == 1
    )


def test_the_user_takes_a_story_out_of_an_event(store):
    articles = bring_all(store)
    alone = correct(store, "apart", articles["bridge 2"], articles["bridge 1"])

    assert event_of(store, articles["bridge 2"]) == alone != event_of(store, articles["bridge 1"])
    assert event_of(store, articles["bridge 3"]) == event_of(store, articles["bridge 1"])
    assert all_rows(store, COUNTED_ANEW) == []


@pytest.mark.parametrize("kind", ["together", "apart"])
def test_what_the_user_said_of_addresses_holds_for_what_comes_later(store, kind):
    first = bring(store, "bridge 1")
    later = report("bridge 2" if kind == "apart" else "strike", hours=3)
    store.run(
        lambda books: books.conn.execute(
            "insert into event_overrides (kind, url, other_url, at) values (?, ?, ?, '2026-03-24T00:00:00Z')",
            (kind, later.url, report("bridge 1").url),
        )
    )
    second = store.run(lambda books: place(books, later, Found((), ""), WORLD)[0])

    assert (event_of(store, first) == event_of(store, second)) is (kind == "together")


def test_an_article_that_is_withdrawn_leaves_its_event_in_order(store):
    articles = bring_all(store)
    store.run(lambda books: books.withdraw(articles["bridge 2"]))
    store.run(lambda books: books.withdraw(articles["strike"]))

    assert all_rows(store, COUNTED_ANEW) == []
    assert value(store, "select count(*) from events where title like 'Erzieherinnen%'") == 0
    assert value(store, f"select stories from events where id = {event_of(store, articles['bridge 1'])}") == 2


def test_a_copy_that_is_taken_out_of_its_story_reports_the_same_event(store):
    first = bring(store, "talks de")
    copied = bring(store, "talks de", hours=9, url="https://copy.test/x", outlet_id="copy.test")
    alone = store.run(lambda books: books.take_out(copied, AT))

    assert event_of(store, copied) == event_of(store, first)
    assert value(store, f"select because from event_stories where story_id = {alone}").startswith(
        "taken out of a"
    )
    assert all_rows(store, COUNTED_ANEW) == []


def test_stories_that_become_one_report_one_event(store):
    articles = bring_all(store)
    one, other = (
        value(store, f"select story_id from articles where id = {articles[n]}")
        for n in ("strike", "other bridge")
    )
    store.run(lambda books: books.join(one, other, AT))

    assert event_of(store, articles["strike"]) == event_of(store, articles["other bridge"])
    assert value(store, "select count(*) from event_stories") == value(store, "select count(*) from stories")
    assert all_rows(store, COUNTED_ANEW) == []


@pytest.mark.parametrize("gone", ["strike", "bridge 3"])
def test_a_merge_that_is_undone_gives_the_story_back_its_event(store, gone):
    articles = bring_all(store)
    before = groups(store, articles)
    copied = bring(store, gone, hours=20, url="https://copy.test/x", outlet_id="copy.test")
    one, other = (
        value(store, f"select story_id from articles where id = {articles[name]}")
        for name in ("other bridge", gone)
    )
    store.run(lambda books: books.join(one, other, AT))
    assert groups(store, articles) != before

    alone = store.run(lambda books: books.take_out(articles[gone], None))

    assert groups(store, articles) == before
    assert event_of(store, copied) == event_of(store, articles[gone])
    assert "taken out" not in value(store, f"select because from event_stories where story_id = {alone}")
    assert value(store, "select count(*) from event_stories") == value(store, "select count(*) from stories")
    assert all_rows(store, COUNTED_ANEW) == []


def test_stories_that_the_user_merged_report_one_event(store):
    first, later = bring(store, "bridge 1"), report("strike", hours=3)
    store.run(
        lambda books: books.conn.execute(
            "insert into overrides (kind, url, other_url, at) values ('merge', ?, ?, '2026-03-24T00:00:00Z')",
            (report("bridge 1").url, later.url),
        )
    )
    second = store.run(lambda books: place(books, later, Found((), ""), WORLD)[0])

    assert event_of(store, first) == event_of(store, second)


def test_a_story_that_shares_passages_with_a_round_up_does_not_join_it(store):
    review = bring(
        store, "bridge 1", words=reports.LONGEST + 1, text=report("bridge 2").text + report("strike").text
    )
    link = SimpleNamespace(kind="partial", other_id=review)
    told = reports.report(report("bridge 2"))
    traits = store.run(lambda books: books.weighed(told))
    near = store.run(lambda books: books.near_events(traits, [link], []))

    assert [event.sample for event in near.events] == [()]
    assert events.place(told, traits, near).event_id is None


def test_what_is_stored_of_a_story_comes_back_as_it_was(store):
    told = reports.report(report("talks en"))
    traits = store.run(lambda books: books.weighed(told))

    assert unpacked(packed(traits), traits.language, traits.at) == traits
    assert list(unpacked(packed(traits), "en", AT).terms) == list(traits.terms)


def test_a_lookup_takes_no_more_stories_than_it_says(store):
    for number in range(60):
        bring(store, "strike", url=f"https://s{number}.test/x", outlet_id=f"s{number}.test",
              text=f"{REPORTS['strike'][2]} Ort Nummer{number} und wieder{number} anders{number}.", fingerprint=None)  # fmt: skip
    near = store.run(lambda books: books.stories_near(books.weighed(reports.report(report("strike")))))

    assert len(near) == event_index.MOST_NEAR


def test_a_lookup_walks_the_days_of_its_window_only(store):
    bring(store, "bridge 1", hours=-24 * 9)
    bring(store, "bridge 2", hours=24 * 9)
    near = store.run(lambda books: books.stories_near(books.weighed(reports.report(report("bridge 3")))))

    assert near == []


def test_a_lookup_finds_stories_of_the_days_before_and_after(store):
    articles = {
        name: bring(store, name, hours=hours)
        for name, hours in (("bridge 1", 0), ("bridge 2", 50), ("bridge 3", -30))
    }

    assert groups(store, articles) == {frozenset(articles)}


def test_words_are_counted_by_language_and_after_many_stories_one_in_eight(store, monkeypatch):
    monkeypatch.setattr(event_index, "COUNT_ALL", 4)
    for number in range(20):
        bring(store, "strike", url=f"https://s{number}.test/x", outlet_id=f"s{number}.test", fingerprint=None)
    counted = value(store, f"select stories from _event_words where word = {reports.key_of('de', '')}")

    assert counted == 4 + len([n for n in range(5, 21) if n % event_index.COUNT_EACH == 0])
    assert value(store, f"select count(*) from _event_words where word = {reports.key_of('en', '')}") == 0


def test_the_lookup_reads_no_table_from_end_to_end(store):
    bring_all(store)
    plan = store.run(
        lambda books: books.conn.execute(f"explain query plan {event_index.NEAR}", ("[1]", "[2]")).fetchall()
    )

    assert [row[3] for row in plan if "_event_terms" in row[3] and "SEARCH" not in row[3]] == []


def test_explain_story_and_event_tell_which_event_and_why(store, tmp_path):
    articles = bring_all(store)
    conn = open_for_reading(tmp_path / "monitor.db")
    told = queries.explain(conn, articles["talks uk"], kind="article")["article"]["event"]
    event = queries.event(conn, told["event_id"])
    story = queries.story(conn, event["reports"][1]["story_id"])
    nothing = queries.event(conn, 999)
    conn.close()

    assert told["stories"] == 3
    assert "Вантерпул" in told["shared"]
    assert "by names and numbers" in told["because"]
    assert [one["outlet"] for one in event["reports"]] == ["talks-de.test", "talks-en.test", "talks-uk.test"]
    assert event["reports"][2]["lag_s"] == int(timedelta(hours=5).total_seconds())
    assert story["event"]["event_id"] == told["event_id"]
    assert nothing is None


def test_the_views_show_events(store):
    bring_all(store)
    listed = all_rows(store, "select stories, languages, reported_by from current_events order by event_id")

    assert listed == [
        (3, 1, "bridge-1.test, bridge-2.test, bridge-3.test"),
        (3, 3, "talks-de.test, talks-en.test, talks-uk.test"),
    ]
    assert value(store, "select event_stories from latest where title like 'Nordersiel steht%'") == 3
