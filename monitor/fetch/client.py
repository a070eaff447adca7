"""The one door to the world: `get` asks for an address, follows its redirects, and never raises.

Each hop passes the guard, the cooldowns, robots.txt (articles), and waits for its host's turn; only what
comes after counts against the deadline. A request is sent once: there is no second try, no other user
agent, no HEAD, nothing the caller did not ask for.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from monitor.core.cadence import host_wait
from monitor.errors import BadAnswerError, FetchError, RefusedError, WaitError
from monitor.fetch import body, post, trouble
from monitor.fetch.address import Address, parse, shown, target
from monitor.fetch.deadline import Deadlines
from monitor.fetch.guard import ATTEMPT, Attempt, Guard, open_socket
from monitor.fetch.headers import plain, user_agent, validators
from monitor.fetch.politeness import LIMIT, Cooldowns, Lane, Politeness, at_once
from monitor.fetch.robots import LONGEST as LONGEST_ROBOTS
from monitor.fetch.robots import Robots, RobotsMemory, Shelf
from monitor.fetch.stalls import Stalls
from monitor.fetch.wire import Connector
from monitor.model import Asked, AskedKind, Came, Cooldown, FetchRules, Hop, Page

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BODYLESS = frozenset({204, 304})
SUCCESS = range(200, 300)
MOST_HOPS = 5
KEEP_OPEN = 15.0  # seconds that an idle connection is kept
KEPT_HOSTS = (
    128  # hosts asked lately, from which on idle connections would cost more files than they save time
)
NAMES_KEPT = 60  # seconds that a resolved name is kept
LONGEST_HEADER = 16_384  # bytes of one header; security policies of news sites pass the usual 8,190


def uncounted(_: Asked) -> None:
    """Count nothing."""


class _DroppedError(aiohttp.ClientError):
    """The connection ended before an answer. Unlike aiohttp's own error, it is not tried again unseen."""


@dataclass(slots=True)
class _Errand:
    """One `get` on its way. `left` are the seconds of its deadline that are not used up."""

    url: str
    cap: int
    left: float
    validators: dict[str, str] = field(default_factory=dict)
    validators_of: str | None = None  # None: the address that was asked for
    article: bool = False  # robots.txt applies, and feeds go first
    lane: Lane = Lane.FEED
    kind: AskedKind = "feed"
    cut: bool = False  # of a longer body, take the first `cap` bytes
    authorization: str | None = None  # from the configured address; a Location gives no secrets
    hops: tuple[Hop, ...] = ()
    spent: float = 0.0  # seconds


class Client:
    """The network under these rules. An async context manager; `get` and `cool` serve `Web`.

    `version` and `rules.contact` make the User-Agent; `clock` gives aware times in UTC; `robots_memory`
    and `cooldowns` carry what hosts asked of us over restarts. `resolver` replaces the system's; `count`
    hears of every request, and of those that were not made.
    """

    def __init__(
        self,
        rules: FetchRules,
        *,
        version: str,
        clock: Callable[[], datetime],
        robots_memory: RobotsMemory | None = None,
        cooldowns: Iterable[Cooldown] = (),
        resolver: AbstractResolver | None = None,
        count: Callable[[Asked], None] = uncounted,
    ) -> None:
        self._rules = rules
        self._count = count
        self._clock = clock
        self._resolver = resolver
        self._headers = {
            "User-Agent": user_agent(version, rules.contact),
            "Accept-Encoding": body.ACCEPT_ENCODING,
        }
        self._guard = Guard(rules.allow_private, proxied=rules.proxy is not None)
        self._is_private = self._guard.allows
        self._most = at_once(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        self._politeness = Politeness(rules.per_host_delay, limit=self._most)
        self._cooldowns = Cooldowns(cooldowns)
        self._stalls = Stalls()
        memory = Shelf() if robots_memory is None else robots_memory
        self._robots = Robots(memory, self._robots_txt, clock)

    async def __aenter__(self) -> Self:
        self._time = asyncio.get_running_loop().time
        self._deadlines = Deadlines(self._rules.timeout)
        self._keeping = self._session(force_close=self._most < LIMIT)  # idle connections are open files too
        self._closing = self._session(force_close=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._robots.close()
        await self._keeping.close()
        await self._closing.close()

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        validators_of: str | None = None,
        article: bool = False,
        listing: bool = False,
    ) -> Page | FetchError:
        """Ask for an address; redirects are followed. Whatever the status, the answer is a Page.

        `etag` and `last_modified` are sent as they were received, to `validators_of` only (by default to
        `url`). `article`: robots.txt applies, feeds go first, and `max_page` is the cap instead of
        `max_feed`. The same holds for a `listing` (a sitemap), which is counted apart.
        """
        rules, page = self._rules, article or listing
        errand = _Errand(
            url,
            cap=rules.max_page if page else rules.max_feed,
            left=rules.timeout,
            lane=Lane.ARTICLE if page else Lane.FEED,
            kind="other" if listing else "article" if article else "feed",
            article=page,
        )
        if etag or last_modified:
            errand.validators = validators(etag, last_modified)
            errand.validators_of = validators_of if validators_of != url else None
        return await self._run(errand)

    async def sitemaps(self, url: str) -> tuple[str, ...] | FetchError:
        """The sitemaps that the robots.txt of this address's host names, as they stand there."""
        try:
            return await self._robots.sitemaps(parse(url))
        except FetchError as error:
            return trouble.alone(error)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Page | FetchError:
        """Send a message to an address of the configuration; see `monitor.fetch.post`."""
        way = post.Way(self._closing, self._guard, self._deadlines, self._clock, self._rules.timeout)
        return await post.send(way, url, content, headers)

    def set_back(self, by: timedelta) -> None:
        """The wall clock was set back by so much."""
        self._cooldowns.set_back(by)

    def cool(self, scope: str, until: datetime, because: str) -> None:
        """Ask nothing in this scope (host, registrable domain or URL) before `until`."""
        self._cooldowns.add(Cooldown(scope, until, because))
        self._cooldowns.purge(self._clock())

    async def _robots_txt(self, url: str) -> Page | FetchError:
        """A robots.txt."""
        errand = _Errand(url, LONGEST_ROBOTS, self._rules.timeout, lane=Lane.ARTICLE, kind="robots", cut=True)
        return await self._run(errand)

    async def _run(self, errand: _Errand) -> Page | FetchError:
        try:
            here = parse(errand.url)
            errand.authorization = here.authorization
            while isinstance(found := await self._visit(errand, here), Address):
                here = found
        except FetchError as error:
            return trouble.alone(error)
        except Exception as error:  # noqa: BLE001  the promise of this door: a failure is a value
            return trouble.alone(trouble.unexpected(errand.url, error))
        return found

    async def _visit(self, errand: _Errand, here: Address) -> Page | Address:
        """Ask one address when it may be asked: the page, or where it redirects to."""
        attempt, delay = await self._permitted(errand, here)
        waited = await self._politeness.enter(here.key, errand.lane, delay)
        began = None
        try:
            if waited or errand.article:
                self._heed(errand, here)  # the host may have asked somebody before us for patience
            began = self._time()
            return await self._ask(errand, here, attempt, began)
        finally:
            self._politeness.leave(here.key, began)

    async def _permitted(self, errand: _Errand, here: Address) -> tuple[Attempt, float]:
        """How to open this address, and the pause in seconds that its robots.txt asks for."""
        try:
            attempt = self._guard.attempt(here)
            self._heed(errand, here)
            return attempt, await self._robots.check(here) if errand.article else 0.0
        except RefusedError:
            self._count(Asked(here.name, errand.kind, self._clock(), "refused"))
            raise
        except WaitError:
            self._count(Asked(here.name, errand.kind, self._clock(), "held"))
            raise

    def _heed(self, errand: _Errand, here: Address) -> None:
        if errand.article and (wait := self._stalls.wait(here.key, self._time())):
            until = self._clock() + timedelta(seconds=wait)
            because = f"pages of {here.host} did not come in time, so its others wait a while"
            raise WaitError(shown(here.text), because, until=until)
        if not self._cooldowns:
            return
        cooldown = self._cooldowns.of(errand.url, here, self._clock())
        if cooldown is not None:
            raise WaitError(shown(here.text), cooldown.because, until=cooldown.until)

    async def _ask(self, errand: _Errand, here: Address, attempt: Attempt, began: float) -> Page | Address:
        ATTEMPT.set(attempt)
        response: aiohttp.ClientResponse | None = None
        came: Came = "error"
        try:
            with self._deadlines.of(errand.left):
                response = await self._send(errand, here, attempt)
                try:
                    if response.status in REDIRECTS:
                        came = "answer"
                        return self._next(errand, here, response)
                    content = await self._content(errand, here, response)
                    came = "answer"
                finally:
                    response.release()  # closes the connection when something of the body is left in it
        except TimeoutError:
            if errand.article:
                self._stalls.was_slow(here.key, self._time())
            raise trouble.slow(here, self._rules.timeout) from None
        except (aiohttp.ClientError, OSError) as error:
            raise trouble.explained(error, here, attempt) from None
        finally:
            taken = self._time() - began
            errand.spent += taken
            errand.left -= taken
            self._tally(errand, here, came, response)
        if errand.article:
            self._stalls.was_in_time(here.key)
        page = self._page(errand, here, response, content)
        self._be_patient(page, here)
        return page

    def _be_patient(self, page: Page, here: Address) -> None:
        """Do as an answer asks before its host's turn goes to the next in line."""
        if page.status < HTTPStatus.BAD_REQUEST:
            return
        asked = host_wait(page, private=self._is_private(here), now=self._clock())
        if asked is not None:
            self.cool(asked.scope, asked.until, asked.because)

    def _tally(
        self, errand: _Errand, here: Address, came: Came, response: aiohttp.ClientResponse | None
    ) -> None:
        """Tell of a request that was made."""
        status, size = (response.status, response.content.total_bytes) if response is not None else (None, 0)
        self._count(Asked(here.name, errand.kind, self._clock(), came, status, size))

    async def _send(self, errand: _Errand, here: Address, attempt: Attempt) -> aiohttp.ClientResponse:
        """Send the request, and wait for the head of the answer.

        A kept connection may have been closed by the host in the very moment of its use; then, and only
        then, the request goes out again on a new one (RFC 9112 section 9.3.1).
        """
        hosts = self._politeness
        keep = len(hosts) <= KEPT_HOSTS or hosts.is_wanted(here.key)
        session = self._keeping if keep else self._closing
        headers = self._sent(errand, here)
        try:
            return await session.get(here.url, headers=headers, allow_redirects=False)
        except _DroppedError:
            if attempt.opened:
                raise
            return await session.get(here.url, headers=headers, allow_redirects=False)

    def _sent(self, errand: _Errand, here: Address) -> dict[str, str] | None:
        """The headers that are this request's own: validators and password go where they belong only."""
        if errand.validators_of is None:
            theirs = not errand.hops
        else:
            theirs = parse(errand.validators_of).text == here.text
        sent = errand.validators if theirs else {}
        if errand.authorization is None:
            return sent or None
        return {**sent, "Authorization": errand.authorization}

    def _next(self, errand: _Errand, here: Address, response: aiohttp.ClientResponse) -> Address:
        """Where a redirect leads, noted in the errand. BadAnswerError when it leads nowhere new."""
        location = response.headers.get("Location", "")
        if not location:
            raise BadAnswerError(shown(here.text), f"{here.host} redirects without saying where")
        there = target(here, location)
        if there.text in {parse(errand.url).text, *(hop.url for hop in errand.hops)}:
            raise BadAnswerError(shown(here.text), f"{here.host} redirects in a circle")
        if len(errand.hops) >= MOST_HOPS:
            raise BadAnswerError(shown(here.text), f"more than {MOST_HOPS} redirects, one after the other")
        if there.origin != here.origin:
            errand.authorization = None
        errand.hops += (Hop(response.status, there.text),)
        errand.lane = Lane.BEGUN
        return there

    async def _content(self, errand: _Errand, here: Address, response: aiohttp.ClientResponse) -> bytes:
        if response.status in BODYLESS:
            return b""
        if response.status in SUCCESS:
            return await body.whole(response, here, errand.cap, cut=errand.cut)
        return await body.some(response, here)

    def _page(self, errand: _Errand, here: Address, response: aiohttp.ClientResponse, content: bytes) -> Page:
        return Page(
            errand.url,
            here.text,
            response.status,
            plain(response.headers),
            content,
            self._clock(),
            ms=round(errand.spent * 1000),
            hops=errand.hops,
        )

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        """Connections without memory: no cookies, no environment, no unpacking, no deadline but ours."""
        connector = Connector(
            limit=0,  # the lines of `politeness` are the limit
            force_close=force_close,
            keepalive_timeout=None if force_close else KEEP_OPEN,
            socket_factory=open_socket,
            resolver=self._resolver,
            ttl_dns_cache=NAMES_KEPT,
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            proxy=self._rules.proxy,
            timeout=aiohttp.ClientTimeout(total=None),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            middlewares=(_once,),
        )


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request again by itself: who asks twice, asks too often."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorCertificateError):
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise _DroppedError(str(error)) from error
