"""A backup has the raw pages too: copied first, their chain computed again, let go of in turn."""

import json
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from store_scene import NOON, add, article, quick_store, settings
from test_pages import change, filled, page

from monitor.cli import cli
from monitor.errors import StoreError
from monitor.model import BackupRules
from monitor.store import backup
from monitor.store.backup import back_up, backups, backups_of_pages, dated
from monitor.store.opening import open_for_reading
from monitor.store.pagefile import archive_of, faults_of_archive, head, kept_pages, open_to_read
from monitor.store.pages import PageArchive

CONFIG = 'version: 1\ndatabase: data/monitor.db\ntopics: {t: {query: a, feeds: ["https://a.test/feed"]}}\n'


@pytest.fixture
def path(tmp_path):
    """A database with an article, its raw page and another one."""
    place = tmp_path / "data" / "monitor.db"
    with quick_store(place) as store:
        store.run(lambda books: books.sync(settings(tmp_path), NOON))
        add(store, article())
    filled(archive_of(place), page("a"), page("b"))
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    return place


def monitor(path, *words, code=0):
    done = CliRunner().invoke(cli, ["-c", str(path.parents[1] / "monitor.yaml"), *map(str, words)])
    assert code == done.exit_code, (done.output, done.exception)
    return done


def names(path):
    return sorted(one.name for one in backup.folder_of(path).iterdir())


def test_a_backup_has_the_raw_pages_beside_it_with_their_whole_chain(path):
    made = back_up(path, dated(path, NOON))

    assert ["monitor-20260601T120000Z-archive.db", "monitor-20260601T120000Z.db"] == names(path)
    assert (path.parent / "backups" / "monitor-20260601T120000Z-archive.db", None) == (
        made.pages,
        made.missing,
    )
    with closing(open_to_read(made.pages)) as copy, closing(open_to_read(archive_of(path))) as archive:
        assert made.page == head(copy) == head(archive)
        assert [] == list(faults_of_archive(copy))
        assert ["https://harbour.test/a", "https://harbour.test/b"] == [k.page.url for k in kept_pages(copy)]
    assert 0o640 == made.pages.stat().st_mode & 0o777


def test_restored_pages_are_written_on(path):
    made = back_up(path, dated(path, NOON))
    archive = archive_of(path)
    for file in archive.parent.glob("archive.db*"):
        file.unlink()
    made.pages.rename(archive)

    filled(archive, page("c"))

    with closing(open_to_read(archive)) as conn:
        assert ([], 3) == (list(faults_of_archive(conn)), head(conn)[0])


def test_r13_pages_that_come_meanwhile_are_in_it_whole_or_not_at_all_and_every_one_has_its_article(path):
    done = threading.Event()

    def write(store):
        archive = PageArchive(archive_of(path))
        number = 10
        while not done.is_set():
            number += 1
            add(store, article(f"a{number}", number))
            found = store.run(lambda books: books.conn.execute("select max(id) from articles").fetchone()[0])
            archive.add(page(f"p{number}"), article_id=found)
        archive.close()

    with quick_store(path) as store:
        writer = threading.Thread(target=write, args=(store,))
        writer.start()
        try:
            copies = [back_up(path, path.with_name(f"copy{number}.db")) for number in range(3)]
        finally:
            done.set()
            writer.join()

    for made in copies:
        with closing(open_to_read(made.pages)) as pages, closing(open_for_reading(made.path)) as conn:
            assert [] == list(faults_of_archive(pages))
            known = {row[0] for row in conn.execute("select id from articles")}
            told = {row[0] for row in pages.execute("select article_id from pages where id > 2")}
        assert set() == told - known
    assert copies[0].page[0] <= copies[-1].page[0]


def test_both_are_let_go_of_together(path):
    for day in range(4):
        back_up(path, dated(path, NOON + timedelta(days=day)), keep=2)

    assert [
        "monitor-20260603T120000Z-archive.db", "monitor-20260603T120000Z.db",
        "monitor-20260604T120000Z-archive.db", "monitor-20260604T120000Z.db",
    ] == names(path)  # fmt: skip


def test_pages_that_are_not_what_was_kept_cost_neither_the_backup_nor_the_last_good_copy_of_them(path):
    back_up(path, dated(path, NOON), keep=2)
    change(archive_of(path), "update pages set final_url = 'x' where id = 2")

    made = [back_up(path, dated(path, NOON + timedelta(days=day)), keep=2) for day in (1, 2)]

    assert ["monitor-20260601T120000Z-archive.db", "monitor-20260602T120000Z.db", "monitor-20260603T120000Z.db"] == names(path)  # fmt: skip
    assert (None, None) == (made[1].pages, made[1].page)
    assert "the copy is not sound and was removed: page 2 (x) is not what was kept" in made[1].missing


def test_r03_room_for_the_database_is_kept_free_and_pages_that_do_not_fit_are_left_out(path, monkeypatch):
    enough = SimpleNamespace(free=int(backup.ROOM * path.stat().st_size) + 5000)
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: enough)

    made = back_up(path, dated(path, NOON))

    assert "MB are free. Nothing was written" in made.missing
    assert ["monitor-20260601T120000Z.db"] == names(path)


def test_without_the_database_its_pages_are_no_backup(path, monkeypatch):
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("update article_text set text = 'other words'")

    with pytest.raises(StoreError, match="the search index and the texts differ"):
        back_up(path, dated(path, NOON))

    assert [] == names(path)


@pytest.mark.parametrize("name", ["mine.db", "mine-archive.db"])
def test_a_file_that_is_there_is_not_written_over_and_nothing_is_begun(path, tmp_path, name):
    (tmp_path / name).write_text("my own")

    with pytest.raises(StoreError, match=f"{name}: there is a file of this name already"):
        back_up(path, tmp_path / "mine.db")

    assert "my own" == (tmp_path / name).read_text()
    assert [name] == [one.name for one in tmp_path.glob("mine*")]


def test_what_a_clock_that_was_ahead_has_made_goes_first_and_the_newest_stays(path):
    for days in (0, 400, 401):
        back_up(path, dated(path, NOON + timedelta(days=days)), keep=2)

    made = back_up(path, dated(path, NOON + timedelta(days=1)), keep=2)

    assert made.path.exists()
    assert [NOON + timedelta(days=1), NOON + timedelta(days=401)] == [at for at, _ in backups(path)]
    assert backups(path)[0][0] == backups_of_pages(path)[0][0]


def test_they_may_be_left_out(path):
    (path.parents[1] / "monitor.yaml").write_text(CONFIG + "backup: {pages: false}\n")
    without = json.loads(monitor(path, "backup", path.with_name("one.db"), "--json").stdout)
    given = json.loads(monitor(path, "backup", path.with_name("two.db"), "--pages", "--json").stdout)

    assert (None, None) == (without["pages"], without["missing"])
    assert (str(path.with_name("two-archive.db")), 2) == (given["pages"], given["page"][0])
    assert BackupRules().pages


def test_the_command_says_what_it_copied_and_verify_reads_both(path):
    told = monitor(path, "backup", path.with_name("mine.db")).stdout
    sound = monitor(path, "verify", path.with_name("mine.db")).stdout
    change(path.with_name("mine-archive.db"), "delete from pages where id = 1")
    damaged = monitor(path, "verify", path.with_name("mine.db"), code=1).stdout
    alone = monitor(path, "verify", path.with_name("mine-archive.db"), code=1).stdout

    assert f"{path.with_name('mine-archive.db')}: raw pages up to number 2, " in told
    assert "sound  the raw pages: every hash computed again, up to page 2" in sound
    assert "pages 1 to 1 are missing" in damaged
    assert ["WRONG  the raw pages"] == [
        line.partition(":")[0] for line in alone.splitlines() if line[:1] != " "
    ]


def test_the_command_exits_with_3_where_the_pages_could_not_be_copied(path):
    archive_of(path).write_bytes(b"no database at all, but for its name" * 50)

    done = monitor(path, "backup", code=3)

    assert "read back and sound" in done.stdout
    assert "the raw pages are not in this backup: " in done.stderr


def test_an_archive_is_found_in_a_folder_of_any_name(tmp_path):
    odd = tmp_path / "50% #1?" / "archive.db"
    filled(odd, page("a"))

    with closing(open_to_read(odd)) as conn:
        assert 1 == head(conn)[0]
