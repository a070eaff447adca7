"""A made-up press: articles, their copies with every usual edit, and the traps, the same on every machine.

All words are invented from syllables; `random.Random.random` is the one source of chance, whose sequence
Python promises to keep. Every row says which story it belongs to and what was done to it.
"""

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta

ONSETS = (
    "b",
    "br",
    "d",
    "f",
    "fl",
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
)
NUCLEI = ("a", "e", "i", "o", "u", "ei", "au", "ie")
CODAS = ("", "n", "r", "l", "s", "t", "ng", "rt", "mm", "ck")
GRAMMAR = ("der", "die", "das", "und", "in", "zu", "den", "mit", "von", "für", "ist", "im", "auf", "nicht", "ein", "eine", "als", "auch", "es", "an", "werden", "aus", "er", "hat", "dass", "sie", "nach", "wird", "bei", "einer", "um", "am", "sind", "noch", "wie", "einem", "über", "so", "zum", "war", "haben", "nur", "oder", "aber", "vor", "zur", "bis", "mehr", "durch", "man", "sein", "wurde")  # fmt: skip
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
OUTLETS = ("alpha.test", "beta.test", "gamma.test", "delta.test", "epsilon.test")


class Press:
    """Invents words, sentences and articles."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.vocabulary = [self.word() for _ in range(4000)]

    def number(self, most):
        return int(self.rng.random() * most)

    def pick(self, choices):
        return choices[self.number(len(choices))]

    def word(self):
        syllables = 1 + self.number(3)
        return "".join(self.pick(ONSETS) + self.pick(NUCLEI) + self.pick(CODAS) for _ in range(syllables))

    def sentence(self, names):
        words = []
        for _ in range(8 + self.number(14)):
            chance = self.rng.random()
            if chance < 0.45:
                words.append(self.pick(GRAMMAR))
            elif chance < 0.52:
                words.append(self.pick(names))
            elif chance < 0.56:
                words.append(str(self.number(2000)))
            else:
                # Few words are common, most are rare.
                words.append(self.vocabulary[int(len(self.vocabulary) * self.rng.random() ** 2)])
        return " ".join(words).capitalize() + "."

    def paragraph(self, names, sentences=4):
        return " ".join(self.sentence(names) for _ in range(sentences))

    def article(self, paragraphs=6):
        names = [self.word().capitalize() + self.word() for _ in range(6)]
        text = [self.paragraph(names) for _ in range(paragraphs)]
        return {"title": self.headline(names), "paragraphs": text, "names": names}

    def headline(self, names):
        return f"{self.pick(names)} {self.word()} {self.pick(names)} {self.pick(GRAMMAR)} {self.pick(names)}"


def edits(press, base):
    """Every usual edit of one article: name → paragraphs."""
    paragraphs, names = base["paragraphs"], base["names"]
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph.split(". ")]

    def swap(share):
        words = " ".join(paragraphs).split()
        return [" ".join(press.word() if press.rng.random() < share else word for word in words)]

    def drop(share):
        return [". ".join(sentence for sentence in sentences if press.rng.random() >= share)]

    def first(share):
        words = " ".join(paragraphs).split()
        return [" ".join(words[: int(share * len(words))])]

    lead = press.paragraph(names, 3)
    return {
        "same": paragraphs,
        "first 80 %": first(0.8),
        "first 60 %": first(0.6),
        "first 40 %": first(0.4),
        "own lead": [lead, *paragraphs],
        "another first paragraph": [lead, *paragraphs[1:]],
        "inserts": [paragraphs[0], press.paragraph(names), *paragraphs[1:3], press.paragraph(names), *paragraphs[3:]],
        "every third sentence cut": drop(0.33),
        "half of the sentences cut": drop(0.5),
        "words changed 3 %": swap(0.03),
        "words changed 8 %": swap(0.08),
        "another order": paragraphs[3:] + paragraphs[:3],
        "first 60 %, own lead, words changed": [lead, *[" ".join(
            press.word() if press.rng.random() < 0.02 else word for word in first(0.6)[0].split()
        )]],
    }  # fmt: skip


class Stream:
    """Rows in the order of their time."""

    def __init__(self):
        self.rows = []

    def add(self, *, story, kind, title, paragraphs, outlet, hours):
        self.rows.append(
            {
                "id": f"{len(self.rows)}",
                "url": f"https://{outlet}/{len(self.rows)}",
                "title": title,
                "text": "\n".join(paragraphs),
                "published": (START + timedelta(hours=hours)).isoformat(),
                "outlet": outlet,
                "story": story,
                "kind": kind,
            }
        )

    def in_order(self):
        return sorted(self.rows, key=lambda row: (row["published"], int(row["id"])))


def made(seed=1, copied=60, alone=240):
    """Give the rows of a made-up month: `copied` articles with one to four copies, `alone` without, and the traps."""
    press, stream = Press(seed), Stream()
    footers = {outlet: press.paragraph(["Abo"], 2) for outlet in OUTLETS}
    names_of_edits = list(edits(Press(0), Press(0).article()))
    for n in range(copied):
        _copied(
            press, stream, footers, n, [names_of_edits[(n + k * 5) % len(names_of_edits)] for k in range(3)]
        )
    for n in range(alone):
        base, outlet = press.article(3 + press.number(5)), press.pick(OUTLETS)
        stream.add(
            story=f"alone {n}", kind="alone", title=base["title"], outlet=outlet,
            paragraphs=[*base["paragraphs"], footers[outlet]], hours=press.number(24 * 28),
        )  # fmt: skip
    for trap in (_daily, _quoted, _reused, _reviews, _live, _walls):
        trap(press, stream)
    return stream.in_order()


def _copied(press, stream, footers, n, kinds):
    base, hours = press.article(), press.number(24 * 26)
    story, first = f"wire {n}", press.number(len(OUTLETS))
    stream.add(
        story=story, kind="original", title=base["title"], outlet=OUTLETS[first],
        paragraphs=[*base["paragraphs"], footers[OUTLETS[first]]], hours=hours,
    )  # fmt: skip
    done = edits(press, base)
    for k, kind in enumerate(kinds, 1):
        outlet = OUTLETS[(first + k) % len(OUTLETS)]
        stream.add(
            story=story, kind=kind, title=press.headline(base["names"]), outlet=outlet,
            paragraphs=[*done[kind], footers[outlet]], hours=hours + k,
        )  # fmt: skip


def _daily(press, stream):
    """Four series of daily numbers, each in the words of its outlet."""
    for series in range(4):
        base = press.article(3)
        words = " ".join(base["paragraphs"]).split()
        slots = list(range(4, len(words), 9))
        for day in range(12):
            filled = list(words)
            for slot in slots:
                filled[slot] = str(press.number(100_000))
            stream.add(
                story=f"daily {series} {day}", kind="daily", title=f"{base['title']} {day}",
                outlet=OUTLETS[series], paragraphs=[" ".join(filled)], hours=24 * day + 5,
            )  # fmt: skip


def _quoted(press, stream):
    """One statement of forty to sixty words, quoted by three articles of their own."""
    for n in range(10):
        statement = "„" + press.paragraph(["Minister"], 3) + "“"
        for k in range(3):
            base = press.article(3)
            stream.add(
                story=f"quoting {n} {k}", kind="quoting", title=base["title"], outlet=OUTLETS[k],
                paragraphs=[base["paragraphs"][0], statement, *base["paragraphs"][1:]], hours=60 * n + k,
            )  # fmt: skip


def _reused(press, stream):
    """One paragraph of an article in another one."""
    for n in range(20):
        base, other = press.article(6), press.article(5)
        stream.add(story=f"lender {n}", kind="lender", title=base["title"], outlet=OUTLETS[0],
                   paragraphs=base["paragraphs"], hours=30 * n)  # fmt: skip
        stream.add(story=f"borrower {n}", kind="borrower", title=other["title"], outlet=OUTLETS[1],
                   paragraphs=[*other["paragraphs"], base["paragraphs"][2]], hours=30 * n + 3)  # fmt: skip


def _reviews(press, stream):
    """Press reviews: two paragraphs of each of four opinion pieces."""
    for n in range(5):
        pieces = [press.article(6) for _ in range(4)]
        for k, piece in enumerate(pieces):
            stream.add(story=f"opinion {n} {k}", kind="opinion", title=piece["title"], outlet=OUTLETS[k],
                       paragraphs=piece["paragraphs"], hours=100 * n + k)  # fmt: skip
        stream.add(
            story=f"review {n}", kind="review", title=f"Presseschau {n}", outlet=OUTLETS[4],
            paragraphs=[f"„{p}“" for piece in pieces for p in piece["paragraphs"][1:3]], hours=100 * n + 8,
        )  # fmt: skip


def _live(press, stream):
    """Two live blogs, and the articles that they swallowed."""
    for n in range(2):
        pieces = [press.article(4) for _ in range(25)]
        stream.add(
            story=f"live {n}", kind="live", title=f"Havarie {n}: alle Entwicklungen", outlet=OUTLETS[n],
            paragraphs=[p for piece in pieces for p in piece["paragraphs"][:3]], hours=200 * n,
        )  # fmt: skip
        for k, piece in enumerate(pieces[:6]):
            stream.add(story=f"swallowed {n} {k}", kind="swallowed", title=piece["title"], outlet=OUTLETS[2],
                       paragraphs=piece["paragraphs"], hours=200 * n + 1 + k)  # fmt: skip


def _walls(press, stream):
    """Pages of which nothing but the sign-up form was read."""
    for outlet in OUTLETS[:2]:
        wall = press.paragraph(["Abo"], 6)
        for n in range(12):
            base = press.article(1)
            stream.add(story=f"wall {outlet} {n}", kind="wall", title=base["title"], outlet=outlet,
                       paragraphs=[wall], hours=17 * n)  # fmt: skip


def digest_of(rows):
    """SHA-256 of the rows, so that a floor is never compared with other data."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
