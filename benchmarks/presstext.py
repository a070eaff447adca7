"""Articles made of invented words, with the statistics that matter to whoever looks for copies.

Words by Zipf's law, a stock of phrases that everybody uses, a footer for each outlet, names of their own
in every story; one article in seven is an edited copy of a recent one, one in twenty takes over a
paragraph, one in a hundred is a daily formula with other numbers. Same seed, same articles.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

START = datetime(2026, 1, 1, tzinfo=UTC)
ONSETS = [
    "b",
    "br",
    "d",
    "f",
    "g",
    "h",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "w",
    "z",
    "sch",
]
NUCLEI = ["a", "e", "i", "o", "u", "ei", "au", "ie"]
CODAS = ["", "", "n", "r", "l", "s", "t", "ng", "ck"]
VOCABULARY, PHRASES, OUTLETS, RECENT = 60_000, 20_000, 200, 400
MEAN, SPREAD = 5.95, 0.45  # of the logarithm of an article's length: 430 words on average


@dataclass(frozen=True, slots=True)
class Made:
    """One article, and what it was made as."""

    kind: str
    title: str
    text: str
    outlet: str
    at: datetime


class Press:
    """Makes articles, one after the other, ninety seconds apart."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = random.Random(seed)
        self.words = [self.word() for _ in range(VOCABULARY)]
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
        self.phrases = [" ".join(self.running(self.rng.randrange(5, 10))) for _ in range(PHRASES)]
        self.phrase_weights = list(accumulate(1 / (rank + 20) for rank in range(PHRASES)))
        self.footers = [" ".join(self.running(40)) for _ in range(OUTLETS)]
        self.formulas = [self.running(180) for _ in range(10)]
        self.recent: list[list[str]] = []
        self.count = 0

    def word(self) -> str:
        """An invented word of one to four syllables."""
        pick = self.rng.choice
        return "".join(pick(ONSETS) + pick(NUCLEI) + pick(CODAS) for _ in range(self.rng.randrange(1, 5)))

    def running(self, count: int) -> list[str]:
        """So many words of running text."""
        return self.rng.choices(self.words, cum_weights=self.weights, k=count)

    def article(self) -> Made:
        """The next article."""
        self.count += 1
        chance, outlet = self.rng.random(), self.rng.randrange(OUTLETS)
        if chance < 0.01:
            kind, paragraphs = "daily", self.formula()
        elif chance < 0.15 and self.recent:
            kind, paragraphs = "copy", self.copy()
        else:
            kind, paragraphs = "own", self.own()
            if chance > 0.95 and self.recent:
                kind = "borrower"
                paragraphs.insert(1, self.rng.choice(self.rng.choice(self.recent)))
            self.recent.append(paragraphs)
            del self.recent[:-RECENT]
        title = " ".join(self.rng.sample(paragraphs[0].split(), 5))
        text = "\n".join([*paragraphs, self.footers[outlet]])
        return Made(kind, title, text, f"outlet{outlet}.test", START + timedelta(seconds=90 * self.count))

    def own(self) -> list[str]:
        """Paragraphs of about seventy words, with phrases of the stock and names of their own."""
        length = max(60, min(3000, round(self.rng.lognormvariate(MEAN, SPREAD))))
        names = [self.word().capitalize() + self.word() for _ in range(5)]
        words: list[str] = []
        while len(words) < length:
            words += self.running(self.rng.randrange(8, 30))
            words.append(self.rng.choice(names))
            words += self.rng.choices(self.phrases, cum_weights=self.phrase_weights)[0].split()
        return [" ".join(words[n : n + 70]) for n in range(0, length, 70)]

    def copy(self) -> list[str]:
        """A recent article with a part of its paragraphs, sometimes a lead of its own and a few other words."""
        base = self.rng.choice(self.recent)
        kept = base[: max(1, round(len(base) * self.rng.uniform(0.5, 1)))]
        lead = [" ".join(self.running(40))] if self.rng.random() < 0.5 else []
        return lead + [
            " ".join(
                word if self.rng.random() > 0.02 else self.rng.choice(self.words) for word in part.split()
            )
            for part in kept
        ]

    def formula(self) -> list[str]:
        """A daily text with other numbers every nine words."""
        words = list(self.rng.choice(self.formulas))
        for slot in range(4, len(words), 9):
            words[slot] = str(self.rng.randrange(100_000))
        return [" ".join(words)]
