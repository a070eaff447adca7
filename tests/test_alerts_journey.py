"""Alerts, digests and feeds of a whole monitor: from a feed's bytes to the receiver, processes killed in between."""

import asyncio
import json
import signal

import feedparser
import pytest
from receiver import Receiver
from test_cli import monitor
from test_daemon import ask, running, until
from test_journey import poll
from town import Town, sentences

DESK = """alerts:
  desk: {to: "URL", updates: false, at_most: 1000 per minute}
"""


def configured(town, folder, hook, **options):
    """A configuration that announces at the receiver."""
    path = town.config(folder, more=DESK.replace("URL", hook.url), **options)
    text = path.read_text().replace("    schedule:", "    alert: [desk]\n    schedule:", 1)
    path.write_text(text.replace("allow_private: [", f'allow_private: ["{hook.place}", '))
    return path


@pytest.fixture
async def hook():
    async with Receiver() as opened:
        yield opened


async def test_a_poll_announces_each_story_once_and_writes_its_feeds(tmp_path, hook):
    async with Town(3) as town:
        text = sentences("wire", 12)
        for outlet in town.outlets:
            outlet.publish("/wire", "Waffenstillstand hält", text)
        town.outlets[0].publish("/own", "Eigener Bericht", sentences("own", 12))
        path = configured(town, tmp_path, hook)
        summary = await poll(path)
        await poll(path)

    assert ({"sent": 2}, 2) == (summary["alerts"], len(hook.got))
    wire = next(body for body in hook.taken if body["story"]["title"] == "Waffenstillstand hält")
    assert (3, ["Waffenstillstand"]) == (
        wire["story"]["articles"],
        list(dict.fromkeys(wire["story"]["matched"])),
    )
    parsed = feedparser.parse((tmp_path / "data" / "feeds" / "truce.atom").read_bytes())
    assert (False, 2) == (bool(parsed.bozo), len(parsed.entries))
    assert 2 == len(json.loads((tmp_path / "data" / "feeds" / "truce.json").read_bytes())["items"])


async def test_an_article_that_is_here_already_is_announced_for_a_topic_that_meets_it_anew(tmp_path, hook):
    async with Town(1) as town:
        town.outlets[0].publish("/a", "Der Waffenstillstand hält", sentences("a", 12))
        path = configured(town, tmp_path, hook)
        quiet = path.read_text()
        path.write_text(quiet.replace("    alert: [desk]\n", ""))
        await poll(path)
        assert [] == hook.got
        path.write_text(quiet)
        town.outlets[0].items[0] = ("/a", "Der Waffenstillstand hält noch", "")
        await poll(path)
        await poll(path)

    assert ["truce:1:desk"] == hook.keys


async def test_r19_killed_between_sending_and_marking_every_story_arrives_and_twice_only_under_its_key(
    tmp_path, hook
):
    async with Town(1) as town:
        (outlet,) = town.outlets
        for item in range(8):
            outlet.publish(f"/{item}", f"Waffenstillstand {item}", sentences(f"s{item}", 9))
        path = configured(town, tmp_path, hook)
        # A receiver that has a message and does not answer: the process dies before the row is marked.
        hook.mood = lambda _: 200 if len(hook.got) in (1, 2) else "hang"
        for count in (1, 4):
            async with running(path) as process:
                await until(lambda: len(hook.got) == count)  # noqa: B023
                process.kill()
                await process.wait()
        hook.mood = 200
        async with running(path) as process:
            await until(lambda: ask(path, "select count(*) from outbox where state = 'sent'")[0][0] == 8)
            process.send_signal(signal.SIGTERM)
            assert 0 == await asyncio.wait_for(process.wait(), 20)

    order = [key for (key,) in ask(path, "select key from outbox order by id")]
    assert 8 == len(order)
    assert order == list(dict.fromkeys(hook.keys))
    assert 10 == len(hook.keys)
    assert hook.place not in (tmp_path / "run.log").read_text()


async def test_the_commands_list_try_and_show(tmp_path, hook):
    async with Town(1) as town:
        town.outlets[0].publish("/a", "Der Waffenstillstand hält", sentences("a", 12))
        path = configured(town, tmp_path, hook)
        path.write_text(path.read_text().replace("alerts:\n", 'alerts:\n  daily: {to: "mailto:a@b.test", when: \'digest at "07:00"\'}\n')
                        .replace("alert: [desk]", "alert: [desk, daily]") + "smtp: {host: 127.0.0.1, sender: m@b.test, security: none}\n")  # fmt: skip
        hook.mood = 500
        await poll(path)

        def run(*words):
            return asyncio.to_thread(monitor, "alerts", *words, "-c", path, cwd=tmp_path)

        listed = {row["name"]: row for row in json.loads((await run("list", "--json")).stdout)}
        rows = json.loads((await run("list", "desk", "--json")).stdout)
        refused = await run("test", "desk")
        hook.mood = 200
        taken = await run("test", "desk")
        preview = await run("preview", "daily")
        unknown = await run("test", "nobody")

    assert ("webhook", 1, "the receiver answered HTTP 500") == tuple(
        listed["desk"][k] for k in ("kind", "waiting", "last_error")
    )
    assert ("e-mail", 'digest at "07:00"', 1) == tuple(
        listed["daily"][k] for k in ("kind", "when", "waiting")
    )
    assert [("truce:1:desk", "waiting", 1)] == [(row["key"], row["state"], row["tries"]) for row in rows]
    assert (1, "monitor: desk: not taken: the receiver answered HTTP 500\n") == (
        refused.returncode,
        refused.stderr,
    )
    assert (0, "test", "desk: taken") == (taken.returncode, hook.taken[-1]["kind"], taken.stdout[:11])
    assert "1. Der Waffenstillstand hält" in preview.stdout
    assert (2, True) == (unknown.returncode, "There are: daily, desk" in unknown.stderr)
    assert hook.place not in "".join(done.stdout + done.stderr for done in (refused, taken, preview))
