"""A webhook on loopback that behaves as told, and remembers everything it was sent."""

import asyncio
import contextlib
import json

from aiohttp import web


class Receiver:
    """Answers with `mood`: a status, "hang", "redirect", "close", or a function of the request."""

    def __init__(self):
        self.mood = 200
        self.got = []  # (mood, key, body, headers): whatever arrived
        self.elsewhere = []  # what came to the place a redirect leads to
        self.url = ""
        self.headers = {}
        self.arrived = asyncio.Event()

    @property
    def place(self):
        return self.url.removeprefix("http://").partition("/")[0]

    @property
    def keys(self):
        """Keys in the order in which they were taken (answered with 2xx), or may have been (hang, close)."""
        return [key for mood, key, _, _ in self.got if mood in (200, "hang", "close")]

    @property
    def taken(self):
        return [body for mood, _, body, _ in self.got if mood == 200]

    async def answer(self, request):
        raw = await request.read()
        mood = self.mood(request) if callable(self.mood) else self.mood
        self.got.append(
            (mood, request.headers.get("Idempotency-Key"), json.loads(raw), dict(request.headers))
        )
        self.raw = raw
        self.arrived.set()
        if mood == "hang":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(30)
        if mood == "close":
            request.transport.abort()
        if mood == "redirect":
            return web.Response(status=307, headers={"Location": "/elsewhere"})
        return web.Response(status=mood if isinstance(mood, int) else 500, headers=self.headers)

    async def other(self, request):
        self.elsewhere.append(await request.read())
        return web.Response()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/hook/s3cret", self.answer)
        app.router.add_route("*", "/elsewhere", self.other)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook/s3cret"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()
