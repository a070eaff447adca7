"""What an outlet says it published: its news sitemap, found by its robots.txt and read politely.

Every request is one of our client's: robots.txt applies, hosts get their pauses, what is read is bounded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core import cadence, sitemap, urls
from monitor.errors import FetchError, ParseError, WaitError
from monitor.model import Cooldown, Listing, Page
from monitor.seams import Web, Workers

OK = 200
MOST_MAPS = 8  # sitemaps and indexes asked for one site


@dataclass(slots=True)
class News:
    """What was found of a site. `because` says why nothing was; `until` is set where the host wants patience."""

    listings: dict[str, Listing] = field(default_factory=dict)  # by address
    maps: list[str] = field(default_factory=list)  # sitemaps that listed news
    because: str = "the outlet names no news sitemap, and none is where they usually are"
    until: datetime | None = None
    cooldown: Cooldown | None = None

    @property
    def oldest(self) -> datetime | None:
        """When the oldest page that is listed was published."""
        return min((one.published for one in self.listings.values()), default=None)


async def news_of(site: str, since: datetime, web: Web, workers: Workers, now: datetime) -> News:
    """The pages that a site's news sitemaps list. `site` is any address of its host.

    At most `MOST_MAPS` requests beside that for robots.txt. Pages of other domains are left out.
    """
    news = News()
    named = await web.sitemaps(site)
    if isinstance(named, FetchError):
        news.because = named.because
        news.until = (named.until or now) if isinstance(named, WaitError) else None
        return news
    waiting = deque(sitemap.promising(named, site) or sitemap.usual_places(site))
    asked: set[str] = set()
    while waiting and len(asked) < MOST_MAPS and news.until is None:
        url = waiting.popleft()
        if url not in asked:
            asked.add(url)
            waiting.extendleft(reversed(await read_map(url, since, news, web, workers, now)))
        if news.listings and not named:
            break  # of the usual places, the first that holds news is enough
    keep_own(news, site)
    return news


async def read_map(
    url: str, since: datetime, news: News, web: Web, workers: Workers, now: datetime
) -> list[str]:
    """Read one sitemap into `news`; gives the further ones that it leads to."""
    answer = await web.get(url, listing=True)
    if isinstance(answer, WaitError):
        news.because, news.until = answer.because, answer.until or now
        return []
    if isinstance(answer, FetchError):
        news.because = answer.because
        return []
    if answer.status != OK:
        told_to_wait(answer, news, web, now)
        return []
    found = await workers.sitemap(answer.body, url=answer.final_url)
    if isinstance(found, ParseError):
        return []
    if found.listings:
        news.maps.append(answer.final_url)
        news.listings.update((one.url, one) for one in found.listings)
    return sitemap.worth_asking(found.submaps, since)


def told_to_wait(answer: Page, news: News, web: Web, now: datetime) -> None:
    """A host that answers with a demand to wait is given that time."""
    asked = cadence.host_wait(answer, private=False, now=now)
    if asked is not None:
        web.cool(asked.scope, asked.until, asked.because)
        news.cooldown, news.because, news.until = asked, asked.because, asked.until


def keep_own(news: News, site: str) -> None:
    """Leave out pages of other domains: a sitemap speaks for its own site only."""
    domain = urls.registrable(site)
    news.listings = {url: one for url, one in news.listings.items() if urls.registrable(url) == domain}
