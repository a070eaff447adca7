"""A small archive, a real Datasette that serves it on loopback, and a real browser that looks at it."""

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from sqlite_utils import Database

from monitor.store.tables import migrations

ROOT = Path(__file__).parents[1]
DATASETTE_1 = os.environ.get("MONITOR_DATASETTE1", str(ROOT / ".venv-datasette1/bin/python"))
HOW_TO_GET_1 = "no Datasette 1.0 here: make datasette1, or name its python in MONITOR_DATASETTE1"
PYTHONS = {"0.65": sys.executable, "1.0a": DATASETTE_1}

SCRIPT = '<script>alert("title")</script>'
BREAKOUT = 'https://e.example/"onmouseover="alert(1)'
OUTLETS = {
    "taz.example": "die tageszeitung",
    "faz.example": "Frankfurter Allgemeine",
    "pravda.example": "Ukrajinska Prawda",
}
PARAGRAPHS = [
    "Washington (dpa) – Der Präsident hat am Montag ein Treffen über eine Waffenruhe angekündigt.",
    "Die Gespräche sollen in Genf stattfinden, teilte das Weiße Haus mit.",
    "Kyjiw reagierte zurückhaltend auf die Ankündigung <b>aus</b> Washington.",
]


def at(minute):
    return f"2026-11-{1 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}:00Z"


def build(path, stories=30):
    """An archive of `stories` stories, every third of them with two copies, some hostile rows among them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = Database(path)
    db.enable_wal()
    migrations.apply(db)
    with db.atomic():
        frame(db)
        for number in range(1, stories + 1):
            story(db, number)
        hostile(db, stories + 1)
        if stories > 1:
            event(db)
        db.execute("insert into articles_fts (articles_fts) values ('rebuild')")
    db.close()
    return path


def frame(db):
    """Outlets, topics, feeds, polls: what stands before there is news."""
    db["outlets"].insert_all({"id": key, "name": name} for key, name in OUTLETS.items())
    db["topics"].insert(
        {"id": "ceasefire", "title": "Ukraine ceasefire talks", "query": "waffenruhe OR ceasefire",
         "schedule": "every 10 minutes", "rules": "{}", "changed_at": at(0)}
    )  # fmt: skip
    db["politeness"].insert(
        {
            "host": "taz.example",
            "day": at(0)[:10],
            "kind": "feed",
            "requests": 9,
            "not_modified": 6,
            "bytes": 90_000,
        }
    )
    db["labels"].insert({"url": "https://taz.example/1", "topic_id": "ceasefire", "wanted": 1, "at": at(0)})
    for number, outlet in enumerate(OUTLETS, 1):
        failing = number == 3
        db["feeds"].insert(
            {"id": number, "url": f"https://{outlet}/rss", "title": f"{OUTLETS[outlet]}: Politik", "outlet_id": outlet,
             "state": "failing" if failing else "ok", "failures": 4 if failing else 0, "next_poll_at": at(3000),
             "last_error": "The server answered 503." if failing else None, "last_ok_at": at(1200)}
        )  # fmt: skip
        db["polls"].insert({"feed_id": number, "at": at(1200 + number), "outcome": "new", "status": 200, "entries": 9,
                            "new_entries": 9, "known_entries": 0, "ms": 120})  # fmt: skip
    db["gaps"].insert(
        {"feed_id": 3, "from_at": at(60), "to_at": at(300), "kind": "outage", "because": "4 failed polls"}
    )


def story(db, number):
    """A story with its original and, every third time, two copies."""
    title = f"Waffenruhe in Sicht? Washington kündigt Treffen Nummer {number} in Genf an"
    first = article(db, number, "taz.example", title, number * 10, agency="dpa" if number % 3 == 0 else None)
    if number % 3 == 0:
        for outlet in ("faz.example", "pravda.example"):
            copy = article(db, number, outlet, title + " – " + outlet, number * 10 + 3, agency="dpa")
            db["copies"].insert(
                {"article_id": copy, "original_id": first, "kind": "extended", "share": 0.667, "share_of_original": 0.97,
                 "because": "2 of 3 paragraphs stand in the original, word for word",
                 "evidence": json.dumps({"revision": 1, "original_revision": 1, "added_paragraphs": [3], "cut_paragraphs": [2]})}
            )  # fmt: skip
            db.execute(
                "update stories set articles = articles + 1, outlets = outlets + 1 where id = ?", [number]
            )


def event(db):
    """One happening that the first two stories report."""
    times = {"first_seen_at": at(10), "last_seen_at": at(20)}
    db["events"].insert({"id": 1, "title": "Treffen in Genf", "stories": 2, "articles": 2, **times})
    for number in (1, 2):
        db["event_stories"].insert(
            {"story_id": number, "event_id": 1, "likeness": 0.4 * (number - 1), "nearest_id": 1 if number == 2 else None,
             "because": "shares Genf, Washington; likeness 0.40", "shared": '["Genf","Washington"]'}
        )  # fmt: skip
    db.execute("update stories set event_id = 1 where id in (1, 2)")
    db.execute("update articles set event_id = 1 where story_id in (1, 2)")


def article(db, story_id, outlet, title, minute, agency=None, url=None):
    """One article with its text, entry, match and first revision; its story when it is the first."""
    row = {"url": url or f"https://{outlet}/{story_id}", "outlet_id": outlet, "title": title, "byline": "A. Author",
           "published_at": at(minute - 1), "first_seen_at": at(minute), "language": "uk" if "pravda" in outlet else "de",
           "words": 240, "agency": agency, "story_id": story_id, "access": "free"}  # fmt: skip
    times = {"first_seen_at": at(minute), "last_seen_at": at(minute)}
    db["stories"].insert({"id": story_id, "title": title, "agency": agency, **times}, ignore=True)
    key = db["articles"].insert(row).last_pk
    db.execute("update stories set original_id = coalesce(original_id, ?) where id = ?", [key, story_id])
    db["article_text"].insert({"article_id": key, "text": "\n".join(PARAGRAPHS)})
    db["revisions"].insert(
        {"article_id": key, "number": 1, "seen_at": at(minute), "title": title, "text": "\n".join(PARAGRAPHS)}
    )
    db["matches"].insert(
        {"article_id": key, "topic_id": "ceasefire", "at": at(minute), "because": "… eine [Waffenruhe] …"}
    )
    db["entries"].insert(
        {"feed_id": list(OUTLETS).index(outlet) + 1, "guid": f"{key}", "key": f"{key}", "digest": "d", "url": row["url"],
         "title": title, "state": "stored", "because": "matches ceasefire", "article_id": key, **times}
    )  # fmt: skip
    return key


def hostile(db, number):
    """A title and an address that try to break out of the page, an entry with a script for a link, a correction."""
    key = article(db, number, "faz.example", SCRIPT + ' <img src=x onerror="alert(2)">', 2000, agency="<svg onload=alert(3)>",
                  url=BREAKOUT)  # fmt: skip
    db.execute("update article_text set text = ? where article_id = ?", [f"{SCRIPT}\n</div></section>", key])
    db["matches"].update((key, "ceasefire"), {"because": f"[{SCRIPT}]"})
    db["revisions"].insert({"article_id": key, "number": 2, "seen_at": at(2010), "title": "Corrected", "text": "…",
                            "words_added": 12, "words_removed": 3})  # fmt: skip
    times = {"first_seen_at": at(2020), "last_seen_at": at(2020)}
    for place, url in enumerate(
        ("javascript:alert(4)", "java\nscript:alert(5)", "data:text/html,<script>alert(6)</script>")
    ):
        db["entries"].insert({"feed_id": 1, "key": f"h{place}", "digest": "d", "url": url, "title": SCRIPT, "guid": url,
                              "author": SCRIPT, "state": "skipped", "because": "its link is no http(s) address", **times})  # fmt: skip
    article(db, number + 1, "taz.example", "Link in disguise", 2030, url="javascript:alert(7)")


@contextlib.contextmanager
def served(python, arguments):
    """A real `datasette serve` on a free loopback port; gives its address."""
    if not Path(python).exists():
        pytest.skip(HOW_TO_GET_1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    argv = [python, "-m", "datasette", "serve", *map(str, arguments), "--port", str(port)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            await_answer(address, process)
            yield address
        finally:
            process.terminate()
            process.stderr.close()


def await_answer(address, process):
    for _ in range(300):
        assert process.poll() is None, process.stderr.read()
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address + "/-/versions.json", timeout=20).close()
            return
        time.sleep(0.05)
    raise AssertionError("Datasette did not answer in time")


def get(address, host=None):
    """(status, headers, text) of one request, whatever the status."""
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def chromium():
    """Where the browser is; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no browser here: apt-get install chromium")
    return found


@contextlib.asynccontextmanager
async def browsing(profile):
    """A headless browser with a profile of its own; gives a `Tab`."""
    argv = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
            "--remote-debugging-port=0", "about:blank"]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        address = await asyncio.wait_for(devtools_address(process.stderr), 30)
        async with aiohttp.ClientSession() as session:
            async with session.get(
                address.replace("ws://", "http://").partition("/devtools")[0] + "/json"
            ) as answer:
                page = next(tab for tab in await answer.json() if tab["type"] == "page")
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket_:
                yield await Tab(socket_).start()
    finally:
        process.terminate()
        await process.wait()


async def devtools_address(lines):
    async for line in lines:
        if b"DevTools listening on" in line:
            return line.decode().split()[-1]
    raise AssertionError("the browser did not start")


class Tab:
    """One page of the browser over the DevTools protocol; remembers dialogs, requests and refusals."""

    def __init__(self, socket_):
        self.socket = socket_
        self.number = 0
        self.dialogs = []
        self.requests = []
        self.errors = []

    async def start(self):
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        return self

    async def call(self, method, **params):
        self.number += 1
        await self.socket.send_json({"id": self.number, "method": method, "params": params})
        return await self.until(lambda message: message.get("id") == self.number)

    async def until(self, is_it):
        while True:
            message = await self.socket.receive_json(timeout=30)
            self.note(message)
            if message.get("method") == "Page.javascriptDialogOpening":
                await self.socket.send_json(
                    {"id": 0, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
                )
            if is_it(message):
                assert "error" not in message, message
                return message.get("result", {})

    def note(self, message):
        params = message.get("params", {})
        match message.get("method"):
            case "Page.javascriptDialogOpening":
                self.dialogs.append(params["message"])
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.errors.append(params["exceptionDetails"])
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(params["entry"]["text"])

    async def open(self, address, *, width=1280, height=900, dark=False):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call("Page.navigate", url=address)
        await self.until(lambda message: message.get("method") == "Page.loadEventFired")

    async def see(self, script):
        """The value of a piece of JavaScript on the page."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def press(self, script):
        """Run a piece of JavaScript that leads to another page, and wait for that page."""
        await self.see(script)
        await self.until(lambda message: message.get("method") == "Page.loadEventFired")

    async def photograph(self):
        """What is on the screen, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


def text_of(html):
    """The page as one reads it: no tags, no scripts."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL))
