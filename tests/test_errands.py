"""What commands write while `monitor run` holds the lock: through a real daemon, or not at all."""

import asyncio
import contextlib
import errno
import json
import signal
import time
from types import SimpleNamespace

import pytest
from at_work import (
    ask,
    asked,
    at_work,
    begun,
    call,
    database,
    ended,
    left,
    made,
    path,
    stopped,
    until,
    watched,
    watching,
)
from test_cli_story import NOON

from monitor import wishes
from monitor.cli import errand
from monitor.errands import Errands
from monitor.errors import StoreError
from monitor.store import Store, lock
from monitor.store.errands import KEPT

__all__ = ["at_work", "path", "watched"]  # fixtures

WORDS = [
    ("story", "merge", 1, 2, "--because", "the same „Brücke“"),
    ("story", "list", "--json"),
    ("story", "merge", 1, 99),
    ("story", "undo", "--json"),
    ("story", "undo"),
    ("story", "split", 3),
    ("story", "apart", 1, 1),
    ("story", "undo", 1),
    ("story", "off", "Harbour Post"),
    ("story", "on", "harbour.test"),
    ("story", "on", "harbour.test"),
    ("story", "off"),
    ("event", "apart", 1, 4),
    ("event", "together", 1, 4, "--because", "one bridge"),
    ("event", "undo", "--json"),
    ("event", "undo", 7),
    ("label", 1, "yes", "--topic", "bridges"),
    ("topics", "apply", "--json"),
    ("story", "1"),
    ("prune",),
    ("prune", "--anyway", "--json"),
]


def test_a_running_monitor_gives_the_same_answers_as_a_command_alone(tmp_path):
    alone, watched = made(tmp_path / "alone"), made(tmp_path / "watched")
    with watching(watched):
        for words in WORDS:
            expected = call(alone, *words)
            assert expected == call(watched, *words)
        assert 600 == json.loads(expected[1])["polls"]
        assert [] == left(watched)
        assert [("overrides", 0), ("labels", 1)] == ask(
            watched,
            "select 'overrides', count(*) from overrides union all select 'labels', count(*) from labels",
        )


def test_two_commands_at_once_are_both_done_once(watched):
    daemon, path = watched
    with stopped(daemon):
        both = [asked(path, "story", "off", "Harbour Post"), begun(path, "story", "off", "ridge.test")]
        until(lambda: len(left(path)) == 2)
    assert [0, 0] == [ended(one)[0] for one in both]
    assert [("harbour.test",), ("ridge.test",)] == ask(
        path, "select outlet_id from overrides order by outlet_id"
    )


def test_what_a_monitor_does_not_come_to_is_taken_back_and_said_so(watched, monkeypatch):
    daemon, path = watched
    with stopped(daemon), monkeypatch.context() as patch:
        patch.setattr(errand, "PATIENCE", 0.3)
        code, _, said = call(path, "story", "merge", 1, 2)
        assert (1, []) == (code, left(path))
    assert "did not come to it" in said
    assert "Nothing was changed." in said
    assert 0 == call(path, "story", "off", "ridge.test")[0]  # it looks again by now
    assert [("off",)] == ask(path, "select kind from overrides")


@pytest.mark.parametrize(("name", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_told_to_end_takes_back_what_it_asked_for(watched, name, code):
    daemon, path = watched
    with stopped(daemon):
        merge = asked(path, "story", "merge", 1, 2)
        merge.send_signal(name)
        assert (code, "Nothing was changed.") == ended(merge)
        assert [] == left(path)
    call(path, "story", "off", "ridge.test")
    assert [("off",)] == ask(path, "select kind from overrides")


def test_what_a_killed_command_asked_for_is_not_done(watched):
    daemon, path = watched
    with stopped(daemon):
        merge = asked(path, "story", "merge", 1, 2)
        merge.kill()
        ended(merge)
        assert 1 == len(left(path))
    until(lambda: not left(path))
    assert [] == ask(path, "select kind from overrides")
    assert "the command that asked for it is gone" in (path.parent / "run.log").read_text()


def test_only_the_user_reads_what_is_asked(watched):
    daemon, path = watched
    with stopped(daemon):
        merge = asked(path, "story", "merge", 1, 2)
        modes = [file.stat().st_mode & 0o777 for file in (left(path)[0], left(path)[0].parent)]
        merge.kill()
        ended(merge)
    assert [0o600, 0o700] == modes


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGTERM])
def test_a_command_does_itself_what_a_monitor_that_ends_has_left(path, name):
    with watching(path) as daemon:
        daemon.send_signal(signal.SIGSTOP)
        merge = asked(path, "story", "merge", 1, 2)
        daemon.send_signal(name)
        daemon.send_signal(signal.SIGCONT)
        assert (0, "one story now: 1. `monitor story undo` takes it back.") == ended(merge)
    assert [("merge",)] == ask(path, "select kind from overrides")
    assert [] == left(path)


def test_a_command_that_is_no_monitor_at_work_is_waited_for_a_moment(path, monkeypatch):
    monkeypatch.setattr(errand, "A_MOMENT", 0.2)
    with lock.hold(database(path)):
        code, _, said = call(path, "story", "merge", 1, 2)
        other = begun(path, "story", "split", 3)
        time.sleep(0.5)
    assert 11 == code
    assert "is at work on this database" in said
    assert 0 == ended(other)[0]
    assert [] == left(path)


# ── files as a killed process left them ──────────────────────────────────────────────────────────


def taken(path, name, **told):
    """A wish that an earlier life of the monitor had taken on, of a command that is gone."""
    folder = wishes.folder_of(database(path))
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.taken").write_text(json.dumps(told))


def test_what_was_taken_on_is_done_by_the_next_start_and_once(path):
    merge = {"kind": "merge", "one": 1, "other": 2, "because": None}
    taken(path, "first", **merge)
    taken(path, "second", kind="undo", said_id=None)
    with Store.open(database(path)) as store:  # killed between the commit and its putting the file away
        store.run(lambda books: books.keep_answer("second", '{"done": {}}'))
    taken(path, "third", kind="fly")
    with watching(path):
        until(lambda: not left(path))
    assert [("merge",)] == ask(path, "select kind from overrides")
    answers = dict(ask(path, "select name, answer from _errands"))
    assert [{"done": 1}, {"done": {}}] == [json.loads(answers[name]) for name in ("first", "second")]
    assert "nobody knows how to do 'fly'" in json.loads(answers["third"])["refused"]
    assert 1 == (path.parent / "run.log").read_text().count("a fault in monitor itself")


async def test_what_a_full_disk_refuses_can_be_taken_back_until_there_is_room(path):
    wish = wishes.Wish(
        database(path), {"kind": "off", "outlet_id": "a.test", "topic_id": None, "because": "x" * 9000}
    )
    told = []
    with Store.open(database(path)) as store:
        daemon = SimpleNamespace(paused=False)
        rooms = SimpleNamespace(store=store, pages=None)

        def trouble(error):
            told.append(str(error))
            daemon.paused = True

        errands = Errands(rooms, daemon, trouble, lambda: NOON)
        (pages,) = await store.write(lambda books: books.conn.execute("pragma page_count").fetchone())
        await store.write(lambda books: books.conn.execute(f"pragma max_page_count = {pages}").fetchall())
        await fill_up(store)
        async with errands.beside():
            wish.leave()
            await asyncio.to_thread(until, lambda: told)
            assert (True, []) == (wish.is_asked(), store.run(lambda books: books.overrides()))
            await store.write(lambda books: books.conn.execute("pragma max_page_count = 1000000").fetchall())
            daemon.paused = False
            await asyncio.to_thread(until, lambda: not wish.is_open())
        assert ["a.test"] == [said.outlet_id for said in store.run(lambda books: books.overrides())]
    wish.close()
    assert "the disk is full" in told[0]


async def fill_up(store):
    """Take the last room that there is in the pages of the file."""
    with contextlib.suppress(StoreError):
        for number in range(1000):
            await store.write(lambda books, n=number: books.keep_answer(f"room {n}", "x" * 50))


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_changed(watched, monkeypatch):
    _, path = watched

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(wishes.json, "dump", full)
    code, _, said = call(path, "story", "merge", 1, 2)
    assert 1 == code
    assert "No space left on device. Nothing was changed." in said
    assert [] == list(wishes.folder_of(database(path)).iterdir())


def test_half_written_files_of_killed_commands_go(path):
    folder = wishes.folder_of(database(path))
    folder.mkdir()
    (folder / "half.part").write_text('{"kind": "me')
    with watching(path):
        until(lambda: not list(folder.iterdir()))


def test_only_the_newest_answers_are_kept(path):
    with Store.open(database(path)) as store:
        store.run(lambda books: [books.keep_answer(str(n), "{}") for n in range(KEPT + 5)])
    assert [(KEPT, 5)] == ask(path, "select count(*), min(cast(name as integer)) from _errands")
