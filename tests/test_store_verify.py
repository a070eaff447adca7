"""Damage of each kind is found and named; a sound archive passes; a log of requests is held to the rules."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from copies_texts import BRIDGE, BRIDGE_PARAGRAPHS, lines
from store_scene import FEED_A, NOON, article, entry, fresh, match, minutes, poll, quick_store, settings

from monitor.core.copies import decide
from monitor.core.fingerprint import fingerprint
from monitor.model import Candidates
from monitor.store.invariants import Request, of_requests, violations
from monitor.store.opening import open_for_reading
from monitor.store.verify import verify, verify_file

STATEMENT = " Observers in Kyiv said that a ceasefire had come no nearer that day."


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A feed of three entries, an article and its copy, an announcement."""
    folder = tmp_path_factory.mktemp("verify")
    with quick_store(folder / "monitor.db") as store:
        store.run(lambda books: books.sync(settings(folder), NOON))
        feed = next(f for f in store.run(lambda books: books.due_feeds(NOON)) if f.url == FEED_A)
        served = [entry("a"), entry("b"), entry("c")]
        answer = poll(feed, entries=served, etag='"x"', body_digest="d")
        store.run(lambda books: books.save_poll(answer, fresh(*served), None))
        for outlet, text in (("first.test", lines(BRIDGE) + STATEMENT), ("half.test", lines(*BRIDGE_PARAGRAPHS[:5]) + STATEMENT)):  # fmt: skip
            store.run(lambda books, outlet=outlet, text=text: place(books, outlet, text))
        store.run(lambda books: books.announce("bridges", 1, "desk", NOON))
    return folder / "monitor.db"


def place(books, outlet, text):
    one = article("bridge", text=text, url=f"https://{outlet}/bridge", outlet_id=outlet, title=f"Bridge talks at {outlet}",
                  fingerprint=fingerprint(text))  # fmt: skip
    near = books.candidates(one.fingerprint, language="en") or Candidates()
    return books.add_article(one, decide(one, near), [match()], NOON)


@pytest.fixture
def copy(scene, tmp_path):
    """A database of one's own to damage."""
    path = tmp_path / "monitor.db"
    with closing(open_for_reading(scene)) as conn:
        conn.execute("pragma query_only = off")
        conn.execute("vacuum into ?", (str(path),))
    return path


def damage(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def faults(path, **more):
    checks = verify_file(path, now=NOON + minutes(5), evidence=None, tell=lambda _: None, **more)
    return {check.name: check.faults for check in checks if not check.ok}


def test_a_sound_archive_passes_and_is_not_changed(copy):
    before = copy.read_bytes()

    assert {} == faults(copy)
    assert before == copy.read_bytes()


DAMAGES = {
    "an article without text": (["delete from article_text where article_id = 2"], "what always holds", "I1: article 2 has no text"),
    "an article of a story that is gone": (["update articles set story_id = 99 where id = 2"], "what points where", "row 2 of articles points to nothing in stories"),
    "a changed text that the index does not know": (["update article_text set text = 'x' where article_id = 1"], "the search index", "the search index and the texts differ"),
    "a changed revision": (["update revisions set text = 'x y z' where article_id = 1"], "the evidence of copies", "copy: article 2 and 1: the passages are not those of the texts"),
    "another share": (["update copies set share = 0.123"], "the evidence of copies", "copy: article 2 and 1: share is 0.123, but the texts give "),
    "another kind": (["update copies set kind = 'identical'"], "the evidence of copies", "copy: article 2 and 1: the kind is identical, but the shares make it "),
    "other paragraphs": (["update copies set evidence = json_set(evidence, '$.cut_paragraphs', json('[99]'))"], "the evidence of copies", "the cut paragraphs are not those of the texts"),
    "a lost revision": (["delete from revisions where article_id = 2"], "the evidence of copies", "a revision that the evidence names is not there"),
    "revisions miscounted": (["update articles set revisions = 5 where id = 1"], "what always holds", "article 1 counts 5 revisions and has 1"),
    "an article miscounted": (["update stories set articles = 7"], "what always holds", "story 1 counts 7 articles and has 2"),
    "an address that is gone": (["delete from addresses where article_id = 1"], "what always holds", "is not found under its own address"),
    "a copy in another story": (["insert into stories (id, title, original_id, first_seen_at, last_seen_at) select 2, 't', 2, first_seen_at, last_seen_at from stories",
                                 "update articles set story_id = 2 where id = 2", "update stories set articles = 1"], "what always holds", "article 2 is a copy of an article of another story"),
    "an entry lost": (["delete from entries where key = 'b'"], "what always holds", "I1: feed https://feeds.harbour.test/all.xml: its polls brought 3 new entries, 2 are stored"),
    "an entry lost that a validator stands for": (["delete from entries where key = 'b'"], "what always holds", "I3: feed https://feeds.harbour.test/all.xml: its answer of 2026-06-01T12:00:00Z had 3 entries"),
    "validators of nothing": (["update feeds set last_ok_at = null"], "what always holds", "I3: feed https://feeds.harbour.test/all.xml has validators, and never answered"),
    "a feed without a next time": (["update feeds set next_poll_at = null where id = 1"], "what always holds", "I6: feed"),
    "a feed with a next time that is none": (["update feeds set next_poll_at = 'soon' where id = 1"], "what always holds", "I6: feed"),
    "a feed asked in a thousand years": (["update feeds set next_poll_at = '3026-01-01T00:00:00Z' where id = 1"], "what always holds", "is not asked before 3026-01-01"),
    "one announcement twice": (["insert into outbox (key, topic_id, story_id, target, at) select 'other', topic_id, story_id, target, at from outbox"], "what always holds", "I2: topic bridges: story 1 is announced to desk 2 times"),
    "one announcement twice, once under the number of another story": (
        ["insert into stories (id, title, original_id, first_seen_at, last_seen_at, articles) select 2, 't', 2, first_seen_at, last_seen_at, 1 from stories",
         "delete from copies", "update articles set story_id = 2 where id = 2", "update stories set articles = 1",
         "insert into outbox (key, topic_id, story_id, target, at) select 'bridges:2:desk', topic_id, story_id, target, at from outbox"],
        "what always holds", "I2: topic bridges: story 1 is announced to desk 2 times"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGES)
def test_damage_is_found_and_named(copy, case):
    statements, check, sentence = DAMAGES[case]
    damage(copy, *statements)

    assert sentence in " | ".join(faults(copy)[check])


def test_copies_of_an_article_that_is_withdrawn_are_compared_with_its_heir(tmp_path):
    """The oldest copy becomes the original, and what named the old one says what it shares with the new one."""
    path = tmp_path / "monitor.db"
    texts = {"wire.test": BRIDGE, "half.test": BRIDGE_PARAGRAPHS[:6], "third.test": BRIDGE_PARAGRAPHS[:5]}
    with quick_store(path) as store:
        store.run(lambda books: books.sync(settings(tmp_path), NOON))
        for outlet, paragraphs in texts.items():
            text = paragraphs if isinstance(paragraphs, str) else lines(*paragraphs)
            store.run(lambda books, outlet=outlet, text=text: place(books, outlet, text))
        store.run(lambda books: books.withdraw(1))
        (row,) = store.run(
            lambda books: books.conn.execute("select article_id, original_id, because from copies").fetchall()
        )

    assert (3, 2) == row[:2]
    assert "half.test" in row[2]
    assert "the evidence of copies" not in faults(path)


def test_stories_that_were_announced_and_then_became_one_are_no_damage(copy):
    damage(
        copy,
        "insert into outbox (key, topic_id, story_id, target, at) select 'bridges:7:desk', topic_id, story_id, target, at from outbox",
        "insert into _united (story_id, into_id) values (7, 1)",
    )

    assert {} == faults(copy)

    damage(
        copy,
        "insert into outbox (key, topic_id, story_id, target, at)"
        " select 'bridges:07:desk', topic_id, story_id, target, at from outbox where id = 1",
    )

    assert "I2: topic bridges: story 1 is announced to desk 3 times" in faults(copy)["what always holds"]


def test_a_damaged_page_is_found(copy):
    size = copy.stat().st_size
    with copy.open("r+b") as file:
        for page in range(8, size // 4096, 7):
            file.seek(page * 4096)
            file.write(b"\xff" * 512)

    assert "the file" in faults(copy)


def test_beside_a_running_monitor_the_index_is_looked_up_in_samples(copy):
    damage(
        copy,
        "insert into articles_fts (articles_fts, rowid, title, text)"
        " select 'delete', id, title, text from _searchable where id = 2",
    )
    with closing(open_for_reading(copy)) as conn:
        found = {check.name: check.faults for check in verify(conn, now=NOON, evidence=10) if not check.ok}

    assert "1 articles are not in the search index" in " | ".join(found["the search index"])
    assert "1 of the newest 200 articles are not found by their own words (first: 2)" in found["the search index"]  # fmt: skip


def test_i1_what_was_served_is_stored_exactly_once(copy):
    with closing(open_for_reading(copy)) as conn:
        found = violations(conn, served={FEED_A: ["a", "https://harbour.test/news/b", "lost"]})

    assert [("I1", f"feed {FEED_A}: lost was served and is stored 0 times")] == found


def second(number):
    return NOON + timedelta(seconds=number)


REQUESTS = {
    "in order": ([Request("a", second(0), second(1)), Request("a", second(1), second(2)), Request("b", second(0), second(9))], []),
    "two at a time": ([Request("a", second(0), second(5), "one"), Request("a", second(3), second(4), "two")], ["I5"]),
    "two at a time behind a third": ([Request("a", second(0), second(9)), Request("a", second(1), second(2)), Request("a", second(5), second(6))], ["I5", "I5"]),
    "too early": ([Request("a", second(0), second(1), not_before=second(2))], ["I4"]),
    "not allowed": ([Request("10.0.0.1", second(0), second(1), allowed=False)], ["I8"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_a_log_of_requests_is_held_to_the_rules(case):
    requests, rules = REQUESTS[case]

    assert rules == [found.rule for found in of_requests(requests)]
