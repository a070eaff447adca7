"""A town for the soak: outlets that publish, copy and correct all day, and answer as badly as the web does."""

import asyncio
import json
from collections import Counter

from aiohttp import web
from town import Outlet, Town, sentences

SHOWN = 40  # items in a feed
KEPT = 200  # pages that an outlet still has
TROUBLES = ("500", "503", "404", "reset", "garbage", "slow", "huge", "short", "loop", "lie", "empty")


class WildOutlet(Outlet):
    """Publishes on request; a part of its answers, `trouble`, goes wrong in one way or another."""

    def __init__(self, host, dice, town):
        super().__init__(host)
        self.dice, self.town = dice, town
        self.trouble = 0.0
        self.number = 0
        self.open = {}  # requests that are being answered, by number

    def grow(self):
        """One more item: its own text, another outlet's, or an earlier one corrected."""
        if self.items and self.dice.random() < 0.2:
            path, title, _ = self.dice.choice(self.items[-10:])
            text = sentences(f"{self.host}{path}", 9) + "\n" + sentences(f"more {self.dice.random()}", 3)
            self.publish(path, f"{title} (korrigiert)"[:120], text)
            return
        self.number += 1
        wire = self.dice.random() < 0.3
        seed = f"wire {self.town.wires}" if wire else f"{self.host}/{self.number}"
        self.publish(f"/{self.number}", f"Waffenstillstand {seed}", sentences(seed, 9))
        self.items = self.items[-SHOWN:]
        for path in list(self.pages)[:-KEPT]:
            del self.pages[path]

    async def answer(self, request):
        self.town.counts["requests"] += 1
        others = [
            one for one in self.open.values() if one.transport is not None and not one.transport.is_closing()
        ]
        if others:
            self.town.faults.append(
                f"I5: {self.host} was asked for {request.path} while it answered {others[0].path}"
            )
        number = self.town.counts["requests"]
        self.open[number] = request
        try:
            if request.path != "/robots.txt" and self.dice.random() < self.trouble:
                kind = self.dice.choice(TROUBLES)
                self.town.counts[kind] += 1
                return await self.misbehave(kind, request)
            answered = await super().answer(request)
            self.asked.clear()
            return answered
        finally:
            self.open.pop(number, None)

    async def misbehave(self, kind, request):
        if kind.isdecimal():
            headers = {"Retry-After": "3"} if kind == "503" else {}
            return web.Response(status=int(kind), headers=headers)
        if kind == "slow":
            await asyncio.sleep(6)
        if kind in {"reset", "slow"}:
            end(request)
            return web.Response()
        if kind == "short":
            answer = web.StreamResponse(headers={"Content-Length": "9999"})
            await answer.prepare(request)
            await answer.write(b"<rss>")
            end(request)
            return answer
        if kind == "loop":
            return web.Response(status=302, headers={"Location": str(request.path)})
        if kind == "lie":
            return web.Response(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})
        body = {
            "garbage": b"\x00\xff<html><p>" + b"&#xD800;" * 50,
            "empty": b"",
            "huge": b"<p>word " * 1_500_000,
        }[kind]
        return web.Response(body=body, content_type="text/html")


class WildTown(Town):
    """Outlets with trouble, and a receiver of announcements that is no better."""

    def __init__(self, count, dice):
        super().__init__(0)
        self.dice = dice
        self.wires = 0
        self.counts, self.faults = Counter(), []
        self.keys = Counter()  # of announcements that were taken
        self.outlets = [WildOutlet(f"127.0.1.{21 + number}", dice, self) for number in range(count)]

    async def __aenter__(self):
        await super().__aenter__()
        app = web.Application()
        app.router.add_post("/hook", self.take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.1.20", 0)
        await site.start()
        self.hook = f"http://127.0.1.20:{site._server.sockets[0].getsockname()[1]}/hook"
        self._runners.append(runner)
        return self

    async def take(self, request):
        body = json.loads(await request.read())
        if self.dice.random() < self.outlets[0].trouble:
            self.counts["hook refused"] += 1
            return web.Response(status=500)
        self.keys[request.headers["Idempotency-Key"]] += 1
        assert body
        return web.Response()

    def trouble(self, share):
        """From now on, this part of all answers goes wrong."""
        for outlet in self.outlets:
            outlet.trouble = share

    def grow(self):
        """Somebody publishes something."""
        self.wires += self.dice.random() < 0.2
        self.dice.choice(self.outlets).grow()

    def shown(self):
        """What every feed shows now: feed address → item links."""
        return {o.feed: [o.address + path for path, _, _ in o.items] for o in self.outlets}


def end(request):
    """End the connection without a word, unless the client was quicker."""
    if request.transport is not None:
        request.transport.abort()
