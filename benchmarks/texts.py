"""Articles for the store, made of the words of real texts, each a text of its own."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache

import papers

from monitor.core.extract import read_page
from monitor.core.fingerprint import fingerprint
from monitor.errors import ExtractError
from monitor.model import Article, Page, Task

BEGAN = datetime(2025, 6, 2, 8, tzinfo=UTC)
OUTLETS = 40


def articles(count: int, *, first: int = 0, words: int | None = None) -> list[Article]:
    """Articles number `first` and following; with `words`, all of that length, else as long as real ones are."""
    return [article(number, words) for number in range(first, first + count)]


def article(number: int, words: int | None = None) -> Article:
    """The words of a real text in an order of its own: the same for a number, kin to no other."""
    pool = vocabulary()
    some = list(pool[number % len(pool)])
    random.Random(number).shuffle(some)
    some = ["the", *(some * (words // len(some) + 1))[: words - 1]] if words else ["the", *some]
    text = "\n".join(" ".join(some[start : start + 45]) for start in range(0, len(some), 45))
    outlet = f"paper{number % OUTLETS}.example"
    return Article(
        url=f"https://{outlet}/news/{number}",
        outlet_id=outlet,
        title=" ".join(some[:9]),
        text=text,
        words=len(some),
        first_seen=BEGAN + timedelta(seconds=number),
        published=BEGAN,
        language="en",
        extractor="trafilatura",
        fingerprint=fingerprint(text),
    )


@cache
def vocabulary() -> tuple[tuple[str, ...], ...]:
    """The words of some real articles."""
    found = []
    for number, paper in enumerate(papers.pages(60)):
        url = f"https://paper.example/{number}"
        try:
            read = read_page(Page(url, url, 200, {}, paper.body, BEGAN), Task(url=url))
        except ExtractError:
            continue
        words = tuple(read.text.split())
        if len(words) > 100:
            found.append(words)
    return tuple(found)
