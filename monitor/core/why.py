"""Why a topic takes an article or not: by which words at which place, or for lack of which condition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.core.query import any_of, wanted_terms
from monitor.core.textindex import TextIndexes
from monitor.core.topics import Matcher
from monitor.model import Article, Topic

MOST_PLACES = 8  # that are told of one topic
MOST_WORDS = 6  # that are told of one place
_MARKED = re.compile("\x02([^\x03]*)\x03")


@dataclass(frozen=True, slots=True)
class Place:
    """Where words of the query stand: in the headline, or in a paragraph of the text, counted from 1."""

    where: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """A topic's answer to one article. `because` is the passage, or what is missing."""

    topic_id: str
    matched: bool
    because: str
    places: tuple[Place, ...] = ()


def why(topics: Sequence[Topic], article: Article) -> list[Why]:
    """Every topic's answer, in the topics' order."""
    answers = []
    for topic in topics:
        found = Matcher([topic]).match([article], [(topic.id,)])[0]
        if found.matches:
            places = tuple(_places(topic.query, article))
            answers.append(Why(topic.id, True, found.matches[0].because, places))
        else:
            answers.append(Why(topic.id, False, found.because.removeprefix(f"{topic.id}: ")))
    return answers


def _places(query: str, article: Article) -> Iterator[Place]:
    """The headline and the paragraphs that hold words of the query."""
    paragraphs = [line for line in article.text.split("\n") if line.strip()]
    headline = [Place("headline", words) for _, words in _marked(query, "title", article, [article.title])]
    yield from headline
    for row, words in _marked(query, "text", article, paragraphs)[: MOST_PLACES - len(headline)]:
        yield Place(f"paragraph {row + 1}", words)


def _marked(
    query: str, column: str, article: Article, parts: Sequence[str]
) -> list[tuple[int, tuple[str, ...]]]:
    """The parts, from 0, that hold words which the query wants in this column; and these words."""
    terms = wanted_terms(query, column)
    if not terms:
        return []
    with TextIndexes().of([replace(article, title="", text=part) for part in parts]) as index:
        marked = index.highlighted(any_of(terms), MOST_PLACES)
    return [(row, tuple(dict.fromkeys(_MARKED.findall(text)))[:MOST_WORDS]) for row, text in marked]
