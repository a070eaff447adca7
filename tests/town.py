"""A small town of outlets on loopback: feeds and pages that a test writes, and a log of what was asked."""

import gzip
import hashlib
from html import escape

from aiohttp import web

PAGE = """<!doctype html><html lang="{lang}"><head><title>{title} | {outlet}</title>
<link rel="canonical" href="{url}">{head}</head><body>
<nav><a href="/">Start</a> <a href="/politik">Politik</a> <a href="/sport">Sport</a></nav>
<main><article><h1>{title}</h1>{text}</article></main>
<footer>Impressum, Datenschutz</footer></body></html>"""


class Outlet:
    """One outlet on one loopback address."""

    def __init__(self, host, lang="de"):
        self.host = host
        self.lang = lang
        self.items = []  # (path, title, summary)
        self.pages = {}  # path → body, or a handler
        self.asked = []  # (method, path, headers)
        self.robots = None
        self.feed_status = 200
        self.address = ""

    @property
    def feed(self):
        return f"{self.address}/feed.xml"

    @property
    def private(self):
        return self.address.removeprefix("http://")

    def publish(self, path, title, text, *, summary="", head="", listed=True):
        """Put an article on the air: its page, and an item in the feed."""
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n"))
        self.pages[path] = PAGE.format(
            lang=self.lang,
            title=escape(title),
            outlet=self.host,
            url=self.address + path,
            head=head,
            text=paragraphs,
        )
        if listed:
            self.items = [item for item in self.items if item[0] != path]
            self.items.append((path, title, summary))

    def paths_asked(self):
        return [path for _, path, _ in self.asked]

    def rss(self):
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{self.address}{path}</link>"
            f"<guid>{self.address}{path}</guid><description>{escape(summary)}</description></item>"
            for path, title, summary in reversed(self.items)
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{self.host}</title><link>{self.address}/</link>{items}</channel></rss>"
        )

    async def answer(self, request):
        path = request.path_qs
        self.asked.append((request.method, path, dict(request.headers)))
        if path == "/robots.txt":
            return web.Response(text=self.robots or "", status=200 if self.robots else 404)
        if path == "/feed.xml":
            return self.feed_answer(request)
        page = self.pages.get(path)
        if callable(page):
            return await page(request)
        if page is None:
            return web.Response(
                status=404, text="<html><title>404</title><p>Not here.", content_type="text/html"
            )
        body = page if isinstance(page, bytes) else page.encode()
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    def feed_answer(self, request):
        if self.feed_status != 200:
            return web.Response(status=self.feed_status)
        body = self.rss().encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        headers = {"ETag": tag, "Content-Type": "application/rss+xml"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=gzip.compress(body), headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=body, headers=headers)


class Town:
    """Outlets 127.0.0.21, 127.0.0.22 … each on a free port."""

    def __init__(self, count=3):
        self.outlets = [Outlet(f"127.0.0.{21 + number}") for number in range(count)]
        self._runners = []

    async def __aenter__(self):
        for outlet in self.outlets:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", outlet.answer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, outlet.host, 0)
            await site.start()
            outlet.address = f"http://{outlet.host}:{site._server.sockets[0].getsockname()[1]}"
            self._runners.append(runner)
        return self

    async def __aexit__(self, *_):
        for runner in self._runners:
            await runner.cleanup()

    def config(
        self, folder, *, query="waffenstillstand* OR ceasefire OR truce", schedule="every 1 second", more=""
    ):
        """A configuration that watches every outlet of the town; gives its path."""
        feeds = ", ".join(f'"{outlet.feed}"' for outlet in self.outlets)
        private = ", ".join(f'"{outlet.private}"' for outlet in self.outlets)
        path = folder / "monitor.yaml"
        path.write_text(
            "version: 1\ndatabase: data/monitor.db\ncontact: desk@example.org\n"
            "topics:\n  truce:\n    title: Truce\n"
            f"    query: '{query}'\n    feeds: [{feeds}]\n    schedule: {schedule}\n"
            f"fetch: {{per_host_delay: 0s, timeout: 5s, allow_private: [{private}]}}\n{more}",
            encoding="utf-8",
        )
        (folder / "data").mkdir(exist_ok=True)
        return path


TOPICS = (
    "Verhandlungen",
    "Unterhändler",
    "Außenminister",
    "Beobachter",
    "Gesandte",
    "Generäle",
    "Vermittler",
)
PLACES = ("Genf", "Ankara", "Kyjiw", "Doha", "Warschau", "Wien", "Astana", "Riad")
VERBS = ("berichteten", "erklärten", "bestätigten", "verlangten", "bezweifelten", "begrüßten", "vertagten")


def sentences(seed, count):
    """Text that no other seed gives: `count` sentences about a truce, three a paragraph."""
    made = []
    for number in range(count):
        name = hashlib.sha256(f"{seed}:{number}".encode()).digest()
        words = [hashlib.sha256(name + bytes([i])).hexdigest()[: 4 + name[i] % 6] for i in range(9)]
        made.append(
            f"{TOPICS[name[0] % 7]} aus {PLACES[name[1] % 8]} {VERBS[name[2] % 7]} am {name[3] % 28 + 1}. Tag, "
            f"der Waffenstillstand sei {' '.join(words)} geblieben."
        )
    return "\n".join(" ".join(made[i : i + 3]) for i in range(0, count, 3))
