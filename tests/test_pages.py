"""The archive of raw pages: what was kept can be shown to be what was served."""

import sqlite3
import zlib
from contextlib import closing
from datetime import timedelta
from hashlib import sha256

import pytest
from store_scene import NOON

from monitor.errors import NotFoundError, StoreError
from monitor.model import Extract, Outcome, Page, Quality, Reading, Task
from monitor.store import pagefile, pages
from monitor.store.pagefile import faults_of_archive, head, kept_pages, open_to_read
from monitor.store.pages import PageArchive


def page(name, body=None, at=NOON, **headers):
    url = f"https://harbour.test/{name}"
    head = {"content-type": "text/html", "set-cookie": "visitor=1", **headers}
    return Page(url, url, 200, head, body or f"<p>{name}".encode(), at)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "archive.db"


def filled(path, *some):
    with closing(PageArchive(path)) as archive:
        for number, one in enumerate(some, 1):
            archive.add(one, article_id=number)
    return path


def read(path, **more):
    with closing(open_to_read(path)) as conn:
        return list(kept_pages(conn, **more))


def faults(path):
    with closing(open_to_read(path)) as conn:
        return list(faults_of_archive(conn))


def change(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(*statement) if isinstance(statement, tuple) else conn.execute(statement)


def test_a_page_comes_back_as_it_was_served(path):
    filled(path, page("a", "Kyjiw · ö".encode("latin-1", "replace")))

    (kept,) = read(path)
    assert (1, 1, sha256(kept.page.body).hexdigest()) == (kept.id, kept.article_id, kept.sha256)
    assert {"content-type": "text/html"} == kept.page.headers
    assert page("a").url == kept.page.url
    assert NOON == kept.page.at
    assert 0o640 == path.stat().st_mode & 0o777


def test_nothing_is_made_before_the_first_page(path):
    PageArchive(path).close()

    assert not path.parent.exists()
    with pytest.raises(NotFoundError, match="no raw pages were kept"):
        open_to_read(path)


def test_the_same_body_is_stored_once(path):
    filled(path, page("a", b"same"), page("b", b"same"))

    with closing(sqlite3.connect(path)) as conn:
        assert (2, 1) == conn.execute("select (select count(*) from pages), (select count(*) from bodies)").fetchone()  # fmt: skip


def test_the_chain_goes_on_over_restarts(path):
    filled(path, page("a"), page("b"))
    filled(path, page("c"))

    assert [1, 2, 3] == [kept.id for kept in read(path)]
    assert [] == faults(path)


CHANGES = {
    "a body": (("update bodies set zlib = ? where id = 2", (zlib.compress(b"forged"),)), "the body of page 2"),
    "a body that is no zlib": (("update bodies set zlib = x'00' where id = 2",), "the body of page 2"),
    "a body and its digest": (("update pages set sha256 = ? where id = 2", (sha256(b"forged").hexdigest(),)), "page 2 (https://harbour.test/b) is not what was kept"),
    "a date": (("update pages set at = '2020-01-01T00:00:00Z' where id = 2",), "page 2 (https://harbour.test/b) is not what was kept"),
    "an address": (("update pages set final_url = 'x' where id = 3",), "page 3 (x) is not what was kept"),
    "a header": (("update pages set headers = '[]' where id = 1",), "page 1 (https://harbour.test/a) is not what was kept"),
    "a page taken out": (("delete from pages where id = 2",), "pages 2 to 2 are missing"),
    "the first page taken out": (("delete from pages where id = 1",), "pages 1 to 1 are missing"),
    "a hash": (("update pages set hash = 'x' where id = 2",), "page 3 (https://harbour.test/c) is not what was kept"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_whatever_is_changed_shows(path, case):
    statement, sentence = CHANGES[case]
    filled(path, page("a"), page("b"), page("c"))
    change(path, statement)

    assert sentence in " | ".join(faults(path))


def test_a_whole_chain_made_anew_ends_in_another_hash(path, tmp_path):
    filled(path, page("a"), page("b"))
    forged = filled(tmp_path / "forged.db", page("a", b"forged"), page("b"))
    ends = []
    for one in (path, forged):
        with closing(open_to_read(one)) as conn:
            ends.append(head(conn))

    assert ends[0][0] == ends[1][0]
    assert ends[0][1] != ends[1][1]


def test_old_pages_go_from_the_front_and_the_chain_still_holds(path, monkeypatch):
    monkeypatch.setattr(pagefile, "PRUNED_AT_ONCE", 2)
    days = [page(f"p{n}", b"same" if n in {0, 4} else None, NOON + timedelta(days=n)) for n in range(6)]
    filled(path, *days)

    with closing(PageArchive(path)) as archive:
        assert 3 == archive.prune(NOON + timedelta(days=3))
        archive.add(page("later", at=NOON + timedelta(days=9)))

    assert [4, 5, 6, 7] == [kept.id for kept in read(path)]
    assert b"same" == read(path)[1].page.body
    assert [] == faults(path)
    with closing(sqlite3.connect(path)) as conn:
        assert 4 == conn.execute("select count(*) from bodies").fetchone()[0]


def test_pruning_everything_leaves_a_chain_to_go_on(path):
    filled(path, page("a"), page("b"))
    with closing(PageArchive(path)) as archive:
        assert 2 == archive.prune(NOON + timedelta(days=1))
    filled(path, page("c"))

    assert [3] == [kept.id for kept in read(path)]
    assert [] == faults(path)


def test_without_an_archive_there_is_nothing_to_prune(path):
    with closing(PageArchive(path)) as archive:
        assert 0 == archive.prune(NOON)


def test_pages_are_taken_out_by_time_and_the_newest_of_an_article(path):
    with closing(PageArchive(path)) as archive:
        for number, (article, entry) in enumerate([(1, 1), (1, None), (None, 7), (None, 7), (2, 2)]):
            archive.add(
                page(f"p{number}", at=NOON + timedelta(hours=number)), article_id=article, entry_id=entry
            )

    assert [2, 4, 5] == [kept.id for kept in read(path, newest_only=True)]
    since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    assert [2, 3] == [kept.id for kept in read(path, since=since, until=until)]


def test_another_programs_file_is_refused_and_left_alone(path, caplog):
    path.parent.mkdir()
    change(path, "create table t (x)")
    before = path.read_bytes()

    filled(path, page("a"))
    with pytest.raises(StoreError, match="no archive of pages"):
        open_to_read(path)

    assert before == path.read_bytes()
    assert "1 pages are not kept" in caplog.text


def test_a_page_too_many_is_not_kept_and_said_once(path, monkeypatch, caplog):
    monkeypatch.setattr(pages, "MOST_WAITING", -1)

    filled(path, page("a"), page("b"))

    assert not path.exists()
    assert 1 == caplog.text.count("pages come faster than they can be written")


ARTICLE = Extract(Quality("article", "x"), "T", "text")
WALL = Extract(Quality("consent", "x"), "T", "")
STORED, OFF = Outcome("stored", "x", 5), Outcome("off_topic", "x")
KEPT = {
    "an article": (Reading(Task("u", entry_id=1), page("a"), ARTICLE), STORED, [(5, 1)]),
    "a wall that may fall": (Reading(Task("u", entry_id=1), page("a"), WALL), Outcome("quarantined", "x"), [(None, 1)]),
    "a page that no topic wants": (Reading(Task("u", entry_id=1), page("a"), ARTICLE), OFF, []),
    "the feed's own text": (Reading(Task("u", entry_id=1), page("a"), WALL, from_feed=True), STORED, [(None, 1)]),
    "an article read again": (Reading(Task("u", article_id=5), page("a"), ARTICLE), STORED, [(5, None)]),
    "a wall in its place": (Reading(Task("u", article_id=5), page("a"), WALL), STORED, []),
    "an unchanged article": (Reading(Task("u", article_id=5), page("a"), unchanged=True), STORED, []),
    "no page": (Reading(Task("u", entry_id=1)), STORED, []),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_what_is_kept(path, case):
    reading, outcome, expected = KEPT[case]
    with closing(PageArchive(path)) as archive:
        archive.keep(reading, outcome)

    found = [(kept.article_id, kept.entry_id) for kept in read(path)] if path.exists() else []
    assert expected == found


def test_s36_no_secret_of_the_configuration_stands_in_the_archive(path):
    with closing(PageArchive(path)) as archive:
        archive.secrets = ("hunter2",)
        archive.add(page("a?token=hunter2", b"<p>", link="<https://harbour.test/?token=hunter2>"))

    assert b"hunter2" not in path.read_bytes()
    assert "https://harbour.test/a?token=***" == read(path)[0].page.url


def test_headers_that_cannot_be_stored_cost_nothing_else(path):
    filled(path, page("a", etag='"\udcff\0"'))

    assert '"\ufffd\ufffd"' == read(path)[0].page.headers["etag"]
    assert [] == faults(path)
