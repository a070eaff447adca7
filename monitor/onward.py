"""Following a link to the outlet's page, past pages that only pass their visitors on.

Redirects of HTTP are followed by the client. This follows what stands in pages, each step a polite
request of its own under robots.txt, and says why where a link cannot be resolved.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core import redirects
from monitor.errors import FetchError, RefusedError
from monitor.model import Hop, Page
from monitor.seams import Web

OK = 200
MOST_STEPS = 3


async def arrived(url: str, answer: Page, web: Web) -> Page | FetchError:
    """The page that a link leads to in the end, with every hop on the way; or why it cannot be had.

    `answer` is what the link `url` brought. RefusedError where it ends at a service's own page: asking
    again would lead to the same.
    """
    for _ in range(MOST_STEPS):
        there = redirects.onward(answer) if answer.status == OK else None
        if there is None:
            break
        found = await web.get(there, article=True)
        if isinstance(found, FetchError):
            return found
        answer = replace(found, url=url, hops=(*answer.hops, Hop(answer.status, there), *found.hops))
    because = redirects.dead_end(url, answer.final_url) if answer.status == OK else None
    return RefusedError(url, because) if because else answer
