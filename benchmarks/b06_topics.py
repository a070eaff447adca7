"""B6: an article matched against ten, a thousand and ten thousand topics, in batches as the journey settles them."""

import gzip
import json
import random
import re
from collections import Counter
from itertools import islice

import madepages
import papers
import texts
from measure import Row, cpu

from monitor.core.topics import Matcher
from monitor.model import Article, Schedule, Topic

LIMITS = {10: 0.3, 1_000: 0.5, 10_000: 2.0}  # ms an article
BATCH = 50
RARE, COMMON = 0.03, 0.1  # of the articles, that a topic's word may stand in
SEED = 6
PRESS = papers.CORPUS / "copies" / "press-de-2021q1.jsonl.gz"


def measured(quick: bool) -> list[Row]:
    """Every article is asked of every topic. Topics of common words are told of too: they match far more often."""
    count, rounds = (100, 1) if quick else (400, 5)
    articles = press(count)
    rare, common = vocabulary(articles, RARE), vocabulary(articles, COMMON)
    rows = [against(articles, rare, topics, limit, rounds) for topics, limit in LIMITS.items()]
    return [*rows, against(articles, common, 10_000, None, rounds)]


def against(articles: list[Article], words: list[str], topics: int, limit: float | None, rounds: int) -> Row:
    """What an article costs against so many topics made of these words."""
    made = [topic(number, words) for number in range(topics)]
    matcher, ids = Matcher(made), tuple(one.id for one in made)
    matcher.match(articles[:BATCH], [ids] * BATCH)  # reads every query once, as a start does
    values, hits = [], 0
    for _ in range(rounds):
        began, hits = cpu(), 0
        for start in range(0, len(articles), BATCH):
            some = articles[start : start + BATCH]
            hits += sum(len(found.matches) for found in matcher.match(some, [ids] * len(some)))
        values.append((cpu() - began) / len(articles) * 1000)
    note = f"batches of {BATCH}, {hits / len(articles):.2f} matches an article, {source()}"
    kind = "topics" if limit else "topics of common words"
    return Row("B6", f"an article against {topics:,} {kind}", tuple(values), limit, "ms", note=note)


def press(count: int) -> list[Article]:
    """So many press articles as they were published; made-up ones where there is no corpus."""
    if not PRESS.exists():
        return [made(number) for number in range(count)]
    with gzip.open(PRESS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [
        Article(row["url"], "paper.example", row["title"], row["text"], len(row["text"].split()), texts.BEGAN)
        for row in rows
    ]


def made(number: int) -> Article:
    """An article of invented words, as many as real ones have."""
    url, text = f"https://paper.example/{number}", madepages.words(number, 430)
    return Article(url, "paper.example", madepages.words(number + 1_000_000, 8), text, 430, texts.BEGAN)


def source() -> str:
    """Where the material comes from, in words."""
    return "real press articles" if PRESS.exists() else papers.source()


def vocabulary(articles: list[Article], most: float) -> list[str]:
    """Words as people put them into queries: not in one article alone, nor in more than this part of them."""
    found = Counter(word for one in articles for word in set(re.findall(r"[^\W\d_]{6,}", one.text.lower())))
    few = max(2, len(articles) // 200)
    return sorted(word for word, count in found.items() if few <= count <= max(few + 1, most * len(articles)))


def topic(number: int, words: list[str]) -> Topic:
    """A topic in the way of editors: some words for who, some for what, a phrase, beginnings, at times a NOT."""
    dice = random.Random(SEED * 100_000 + number)
    picked = [word + "*" * (dice.random() < 0.4) for word in dice.sample(words, 8)]
    who, what = " OR ".join(picked[:3]), " OR ".join(picked[3:6])
    query = f'({who}) AND ({what} OR "{picked[6].rstrip("*")} {picked[7].rstrip("*")}")'
    if number % 5 == 0:
        query = f"({query}) NOT {picked[7]}"
    return Topic(f"t{number}", f"Topic {number}", query, Schedule("every 10 minutes"), ())


def work(quick: bool) -> list[Row]:
    """In this process alone: matching is a step of the daemon's own loop."""
    return measured(quick)
