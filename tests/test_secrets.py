"""No secret of the configuration reaches the database, the terminal or the log (S36, S41)."""

import asyncio
import os
import subprocess
import sys

import pytest
from town import Town, sentences

from monitor import config

SECRETS = {"FEED_PASSWORD": "pa55-wort-geheim", "FEED_TOKEN": "Zq7mT0kenT0ken", "PATH_KEY": "deepPathKey99",
           "DESK_WEBHOOK": "https://hooks.example.org/T0PSECRETHOOK"}  # fmt: skip
EVERYWHERE = (*SECRETS.values(), "T0PSECRETHOOK", "literalpass", "literaluser")


def configured(town, folder, more=""):
    one, two, three, four = town.outlets
    feeds = [
        one.feed.replace("://", "://desk:${FEED_PASSWORD}@"),
        two.feed + "?token=${FEED_TOKEN}",
        three.feed + "/${PATH_KEY}/feed",
        four.feed.replace("://", "://literaluser:literalpass@") + "?again=1",
    ]
    path = town.config(folder, more=more)
    text = path.read_text()
    for outlet, feed in zip(town.outlets, feeds, strict=True):
        text = text.replace(f'"{outlet.feed}"', f'"{feed}"')
    path.write_text(text.replace("    schedule:", "    alert: [desk]\n    schedule:"))
    return path


def run(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "monitor", *map(str, words)],
        cwd=cwd, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **SECRETS},
    )  # fmt: skip


async def test_s36_s41_a_run_full_of_secrets_leaves_none_behind(tmp_path):
    async with Town(4) as town:
        for number, outlet in enumerate(town.outlets):
            outlet.publish(f"/{number}", f"Waffenstillstand {number}", sentences(str(number), 18))
        path = configured(town, tmp_path, 'alerts: {desk: {to: "${DESK_WEBHOOK}"}}\n')
        said = []
        for words in (["check"], ["poll", "--all"], ["poll", "--all", "--json"], ["status"], ["feeds", "list"],
                      ["feeds", "list", "--json"], ["check", "--online"], ["poll", "nothing"]):  # fmt: skip
            done = await asyncio.to_thread(run, *words, "-c", path, cwd=tmp_path)
            said.append(f"{words}\n{done.stdout}\n{done.stderr}")
    sent = [headers.get("Authorization") for _, path, headers in town.outlets[0].asked if "feed" in path]
    everything = [(file, file.read_bytes()) for file in tmp_path.rglob("*.db*")]

    assert everything
    assert sent
    assert all(sent)
    assert any("?token=" + SECRETS["FEED_TOKEN"] in path for path in town.outlets[1].paths_asked())
    assert any("4 feeds polled" in one for one in said), said
    for secret in EVERYWHERE:
        for one in said:
            assert secret not in one
        for file, content in everything:
            assert secret.encode() not in content, file


def feeds_of(tmp_path, *urls, **environ):
    path = tmp_path / "monitor.yaml"
    listed = "".join(f"      - {url}\n" for url in urls)
    path.write_text(
        f"version: 1\ndatabase: m.db\ntopics:\n  t:\n    query: a\n    schedule: every 10 minutes\n    feeds:\n{listed}"
    )
    return config.load(path, environ)


@pytest.mark.parametrize(
    ("written", "shown", "asked"),
    [
        ("https://a.test/feed", "https://a.test/feed", ""),
        ("https://u:${PW}@a.test/feed", "https://a.test/feed", "https://u:w0rd@a.test/feed"),
        ("https://a.test/${PW}/feed", "https://a.test/${PW}/feed", "https://a.test/w0rd/feed"),
        (
            "https://a.test/feed?token=${PW}&q=1",
            "https://a.test/feed?token=***&q=1",
            "https://a.test/feed?token=w0rd&q=1",
        ),
        ("https://u:p@a.test/feed", "https://a.test/feed", "https://u:p@a.test/feed"),
        ('"${WHOLE}"', "https://b.test/***", "https://b.test/x/y"),
    ],
)
def test_a_feed_is_known_by_its_address_without_secrets(tmp_path, written, shown, asked):
    settings = feeds_of(tmp_path, written, PW="w0rd", WHOLE="https://b.test/x/y")

    assert [(shown, asked)] == [(feed.url, feed.address) for feed in settings.feeds]
    assert (shown,) == settings.topics[0].feeds
    assert "w0rd" not in repr(settings)


def test_feeds_that_differ_in_their_secret_only_keep_apart(tmp_path):
    settings = feeds_of(tmp_path, "https://a.test/f?token=one", "https://a.test/f?token=two")

    assert ("https://a.test/f?token=***", "https://a.test/f?token=***#2") == settings.topics[0].feeds
    assert ["https://a.test/f?token=one", "https://a.test/f?token=two"] == [f.address for f in settings.feeds]
