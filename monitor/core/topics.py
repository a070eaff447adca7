"""Which topics an article belongs to, because.

SQLite's FTS5 is the matcher: the articles of a batch are indexed in memory with the archive's tokenizer,
and every topic's query is asked once per batch. A match is explained by the passage it was found in, the
lack of one by the condition that was not met. Queries are checked in `complaints` and read in `query`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice

from monitor.core.complaints import Checker, check
from monitor.core.needles import Needles, is_met
from monitor.core.query import Clause, clauses, from_words
from monitor.core.sieve import Sieve
from monitor.core.textindex import TextIndex, TextIndexes, pieces_of
from monitor.core.tokens import Tokens
from monitor.errors import QueryError
from monitor.model import Article, Glance, Match, Topic

__all__ = ["Found", "Matcher", "check", "from_words"]

ONE_BY_ONE = (40, 12)  # topics that are asked one by one, and how many more per article of the batch
EXPLAINED = 3  # topics whose "no" is explained per article
CLAUSES = 20  # conditions of a topic that are tried for an explanation
SHORT = 80  # characters of a condition that are quoted
UNWATCHED = "no topic watches its feed any more"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """The topics an article belongs to; where there are none, `because` says why not."""

    matches: tuple[Match, ...]
    because: str


class Matcher:
    """Matches batches of articles against topics. Safe to use from several threads.

    Raises QueryError, with the topic's id, when one of the queries is none.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = {topic.id: topic for topic in topics}
        self._order = {topic_id: place for place, topic_id in enumerate(self._topics)}
        self._indexes = TextIndexes()
        self._read: dict[str, tuple[Clause, ...]] = {}
        _check_all(topics)

    def match(self, articles: Sequence[Article], watched_by: Sequence[tuple[str, ...]]) -> list[Found]:
        """Ask, for each article, the topics that watch its feed; the answers come in the articles' order.

        `watched_by` holds the topics' ids; ids of topics that are gone are passed over.
        """
        pairs = list(zip(articles, watched_by, strict=True))
        asked = {ids: self._asked(ids) for ids in set(watched_by)}
        if not any(asked.values()):
            return [Found((), UNWATCHED)] * len(pairs)
        candidates = self._candidates(asked.values(), articles)
        with self._indexes.of(articles) as index:
            batch = _Batch(index, candidates, self._clauses)
            return [_found(row, article, asked[ids], batch) for row, (article, ids) in enumerate(pairs)]

    @cached_property
    def sieve(self) -> Sieve:
        """What tells from all the text of a page which topics an article there could match."""
        return Sieve(self._needles)

    def ruled_out(self, outlet: str, glance: Glance, watched_by: tuple[str, ...]) -> str:
        """Why none of the topics that watch its feed can match an article of this outlet on a page looked at."""
        asked = self._asked(watched_by)
        article = Article("", outlet, glance.title, "", 0, _NEVER)
        return _because(asked, lambda topic: unwanted(topic, article) or self._absent(topic, glance))

    def _absent(self, topic: Topic, glance: Glance) -> str:
        """The conditions of the query for which the page has not the words."""
        split, words, beginnings = self._needles.split, glance.words, glance.beginnings
        missing = [
            clause
            for clause in self._clauses(topic)
            if clause.wanted and not is_met(clause.text, split, words, beginnings)
        ]
        if not missing:
            return "its words are not all on the page"
        return f"nothing of {' and nothing of '.join(map(_quoted, missing))} on the page"

    def _asked(self, ids: tuple[str, ...]) -> dict[str, Topic]:
        return {topic_id: self._topics[topic_id] for topic_id in ids if topic_id in self._topics}

    def _candidates(
        self, asked: Iterable[Mapping[str, Topic]], articles: Sequence[Article]
    ) -> list[list[str]] | None:
        """For each row the topics that it may match, where there are many; None where each is simply asked."""
        (few, more), size = ONE_BY_ONE, len(articles)
        if len(set().union(*asked)) <= few + more * size:
            return None
        rows = self._needles.rows(pieces_of(articles))
        candidates: list[list[str]] = [[] for _ in range(size)]
        for topic_id in sorted(rows, key=self._order.__getitem__):
            for row in range(size):
                if rows[topic_id] >> row & 1:
                    candidates[row].append(topic_id)
        return candidates

    def _clauses(self, topic: Topic) -> tuple[Clause, ...]:
        """The conditions of a topic, read once."""
        if topic.id not in self._read:
            self._read[topic.id] = clauses(topic.query)[:CLAUSES]
        return self._read[topic.id]

    @cached_property
    def _needles(self) -> Needles:
        queries = {topic.id: topic.query for topic in self._topics.values()}
        return Needles(queries, Tokens().words)


class _Batch:
    """What is known about the texts of one batch: each question is put to FTS5 once."""

    def __init__(
        self,
        index: TextIndex,
        candidates: Sequence[Sequence[str]] | None,
        clauses_of: Callable[[Topic], tuple[Clause, ...]],
    ) -> None:
        self.index = index
        self.clauses_of = clauses_of
        self._candidates = candidates
        self._rows: dict[str, frozenset[int]] = {}
        self._passages: dict[str, dict[int, str]] = {}

    def candidates(self, row: int, topics: Mapping[str, Topic]) -> Iterable[Topic]:
        if self._candidates is None:
            return topics.values()
        return [topics[topic_id] for topic_id in self._candidates[row] if topic_id in topics]

    def passages(self, query: str) -> dict[int, str]:
        """The rows that match a topic's query, with their passages."""
        if query not in self._passages:
            self._passages[query] = self.index.passages(query)
        return self._passages[query]

    def rows(self, query: str) -> frozenset[int]:
        """The rows that match a condition."""
        if query not in self._rows:
            self._rows[query] = self.index.rows(query)
        return self._rows[query]


def _check_all(topics: Iterable[Topic]) -> None:
    checker = Checker()
    try:
        for topic in topics:
            checker.check(topic.query)
    except QueryError as error:
        raise QueryError(f"{topic.id}: {error}", error.offset) from error
    finally:
        checker.close()


def _found(row: int, article: Article, topics: Mapping[str, Topic], batch: _Batch) -> Found:
    """The matches of one article, or why there are none."""
    taking = (topic for topic in batch.candidates(row, topics) if unwanted(topic, article) is None)
    if matching := [topic for topic in taking if row in batch.passages(topic.query)]:
        matches = tuple(Match(t.id, batch.passages(t.query)[row]) for t in matching)
        return Found(matches, "matches " + ", ".join(topic.id for topic in matching))
    return Found((), _because(topics, lambda t: unwanted(t, article) or "; ".join(_unmet(t, row, batch))))


def _because(topics: Mapping[str, Topic], why_not: Callable[[Topic], str]) -> str:
    """Why none of the topics matches: the reasons of the first, and how many more there are."""
    if not topics:
        return UNWATCHED
    reasons = [f"{topic.id}: {why_not(topic)}" for topic in islice(topics.values(), EXPLAINED)]
    if (more := len(topics) - EXPLAINED) > 0:
        reasons.append(f"nor did {more} more topic{'s' if more > 1 else ''} match")
    return " · ".join(reasons)


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────


def unwanted(topic: Topic, article: Article) -> str | None:
    """Why a topic does not take this article whatever it says: its language or its outlet."""
    language = (article.language or "").partition("-")[0].casefold()
    if topic.languages and language and language not in topic.languages:
        return f"it is in {language}, and only {' and '.join(topic.languages)} is wanted"
    if article.outlet_id in topic.exclude:
        return f"{article.outlet_id} is excluded"
    if topic.outlets and article.outlet_id not in topic.outlets:
        return f"{article.outlet_id} is not among its outlets"
    return None


def _unmet(topic: Topic, row: int, batch: _Batch) -> Iterator[str]:
    """The conditions of the query that the text does not meet, in words."""
    conditions = batch.clauses_of(topic)
    missing = [c for c in conditions if c.wanted and row not in batch.rows(c.text)]
    present = [c for c in conditions if not c.wanted and row in batch.rows(c.text)]
    if missing:
        yield f"nothing of {' and nothing of '.join(map(_quoted, missing))} in the text"
    if present:
        yield f"{' and '.join(map(_quoted, present))} is in the text, after NOT"
    if not missing and not present:
        yield "its words are in the text, but not the way the query wants them"


def _quoted(clause: Clause) -> str:
    """The clause on one line, cut between its words when it is long."""
    text = " ".join(clause.text.split())
    if len(text) <= SHORT:
        return text
    cut = text[: text.rfind(" ", 0, SHORT)] if " " in text[:SHORT] else text[:SHORT]
    joint = " OR" if " OR " in text else ""
    return f"{cut.removesuffix(' OR')}{joint} …{')' if text.endswith(')') else ''}"
