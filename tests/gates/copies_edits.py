"""Eighteen kinds of edits that turn an article into somebody else's copy, and one paragraph taken over.

    python tests/gates/copies_edits.py ARCHIVE.jsonl[.gz|.xz] [--bases 300] [--articles 6000]

What is added comes from articles that are not in the archive, so that every story but the base's own is a
foreign one. `random.Random` seeded with words is the one source of chance.
"""

import argparse
import random
import time
import zlib
from collections import Counter
from datetime import timedelta

from copies_stream import Shelf, article_of, rows_of

from monitor.core.copies import decide
from monitor.core.pairs import is_ticker

SPELLINGS = (
    ("ß", "ss"), ("Prozent", "%"), ("Millionen", "Mio."), (" percent", "%"), ("Dollar", "US-Dollar"), ("tt", "t"), ("ise", "ize"),
    ("our ", "or "), ("ä", "ae"), ("–", "-"), (" und ", " u. "), (" and ", " & "),
)  # fmt: skip


class Editor:
    """Edits one article; `strangers` are texts to take leads and paragraphs from."""

    def __init__(self, text, strangers, rng):
        self.rng = rng
        self.lines = [line for line in text.split("\n") if line.strip()]
        self.words = text.split()
        self.strangers = strangers

    def sentences(self, text=None):
        """The text's sentences, roughly: who reads them knows no paragraphs."""
        flat = " ".join(self.words if text is None else text.split())
        return [part + "." for part in flat.rstrip(".").split(". ")]

    def foreign(self, sentences):
        """Sentences of an article that is not in the archive."""
        other = self.sentences(self.rng.choice(self.strangers))
        first = self.rng.randrange(max(1, len(other) - sentences))
        return " ".join(other[first : first + sentences])

    def first(self, share):
        return " ".join(self.words[: int(share * len(self.words))])

    def cut(self, share):
        """The text without so many of its words, in whole sentences."""
        sentences, gone = self.sentences(), set()
        words_left = len(self.words)
        for n in self.rng.sample(range(len(sentences)), len(sentences)):
            length = len(sentences[n].split())
            if words_left - length >= (1 - share) * len(self.words):
                gone.add(n)
                words_left -= length
        return " ".join(s for n, s in enumerate(sentences) if n not in gone)

    def spelled(self, text):
        for usual, other in SPELLINGS:
            text = text.replace(usual, other)
        return text

    def misread(self, share):
        """Letters taken for others, as by a scanner."""
        letters = "aeinrstlo"
        text = " ".join(self.words)
        return "".join(
            self.rng.choice(letters) if sign.isalpha() and self.rng.random() < share else sign
            for sign in text
        )

    def swapped(self, share):
        pool = self.rng.choice(self.strangers).split()
        return " ".join(self.rng.choice(pool) if self.rng.random() < share else w for w in self.words)

    def with_inserts(self, count):
        sentences = self.sentences()
        for _ in range(count):
            sentences.insert(self.rng.randrange(len(sentences) + 1), self.foreign(1))
        return " ".join(sentences)

    def moved(self):
        """Thirds in another order."""
        s = self.sentences()
        third = max(1, len(s) // 3)
        return " ".join([*s[third * 2 :], *s[:third], *s[third : third * 2]])

    def everything(self):
        """The first 60 %, an own lead, other spellings, and every seventh sentence left out."""
        part = Editor(self.first(0.6), self.strangers, self.rng)
        return f"{self.foreign(2)} {self.spelled(part.cut(0.15))}"

    def all(self):
        """Kind → edited text."""
        return {
            "first 80 %": self.first(0.8),
            "first 60 %": self.first(0.6),
            "first 40 %": self.first(0.4),
            "last 60 %": " ".join(self.words[int(0.4 * len(self.words)) :]),
            "own lead before": f"{self.foreign(3)}\n" + "\n".join(self.lines),
            "own lead instead": f"{self.foreign(2)} " + " ".join(self.sentences()[2:]),
            "other spellings": self.spelled(" ".join(self.words)),
            "30 % of the sentences cut": self.cut(0.3),
            "50 % of the sentences cut": self.cut(0.5),
            "two sentences inserted": self.with_inserts(2),
            "six sentences inserted": self.with_inserts(6),
            "1 % of the letters misread": self.misread(0.01),
            "3 % of the letters misread": self.misread(0.03),
            "15 % of the words replaced": self.swapped(0.15),
            "another order": self.moved(),
            "one line, capitals": " ".join(self.words).upper(),
            "menu before, menu after": f"{self.foreign(3)}\n{' '.join(self.words)}\n{self.foreign(4)}",
            "cut, lead, spellings, sentences": self.everything(),
        }

    def borrowed(self):
        """A foreign article with one paragraph (fifty to ninety words) of this one."""
        other = self.sentences(self.rng.choice(self.strangers))
        length = self.rng.randrange(50, 90)
        # Not from the last third, where the site's furniture stands.
        start = self.rng.randrange(max(1, 2 * len(self.words) // 3 - length))
        other.insert(self.rng.randrange(len(other)), " ".join(self.words[start : start + length]) + ".")
        return "\n".join(other)


def queries(rows, strangers, seed):
    """For each base: (its row, kind → edited article)."""
    for row in rows:
        editor = Editor(row["text"], strangers, random.Random(f"{seed} {row['url']}"))
        base = article_of(row)
        yield (
            row,
            {kind: edited(base, text) for kind, text in editor.all().items()},
            edited(base, editor.borrowed()),
        )


def edited(base, text):
    """The base with another text, three hours later at another outlet under half of its headline."""
    words = base.title.split()
    row = {
        "url": f"https://edits.test/{zlib.crc32(text.encode())}", "outlet": "edits.test", "text": text,
        "title": " ".join(words[::2]), "published": base.published.isoformat(),
    }  # fmt: skip
    return article_of(row, base.first_seen + timedelta(hours=3))


def measured(shelf, bases, strangers, seed="edits"):
    """How many of each kind came home, how many came to a foreign story, how a borrowed paragraph was taken."""
    home, foreign, borrowed, count = Counter(), Counter(), Counter(), 0
    for row, kinds, borrower in queries(bases, strangers, seed):
        count += 1
        story = shelf.story_of[row.get("id", row["url"])]
        for kind, article in kinds.items():
            verdict = asked(shelf, article)
            home[kind] += bool(verdict.copy and verdict.copy.story_id == story)
            foreign[kind] += bool(verdict.copy and verdict.copy.story_id != story)
        verdict = asked(shelf, borrower)
        ids = {shelf.ids[key] for key in shelf.members[story]}
        borrowed[
            next(
                (link.kind for link in verdict.links if link.other_id in ids),
                "copy" if verdict.copy else "none",
            )
        ] += 1
    return {kind: home[kind] / count for kind in home}, foreign, borrowed, count


def asked(shelf, article):
    """What the archive says of an article, which it does not keep."""
    known = shelf.books.candidates(article.fingerprint, language=None, outlet=article.outlet_id)
    return decide(article, known)


def scene(rows, count, seed="bases"):
    """An archive, bases that are articles in it, and texts that are not in it, neither they nor copies of them."""
    rng = random.Random(seed)
    rows = list({row["url"]: row for row in rows}.values())
    kept_out = set(rng.sample(range(len(rows)), len(rows) // 20))
    shelf = Shelf()
    for n, row in enumerate(rows):
        if n not in kept_out:
            shelf.add(row.get("id", row["url"]), article_of(row))
    shelf.settle()
    strangers = [rows[n]["text"] for n in sorted(kept_out) if is_stranger(shelf, rows[n])]
    able = [row for n, row in enumerate(rows) if n not in kept_out and is_article(shelf, row)]
    return shelf, rng.sample(able, min(count, len(able))), strangers


def is_article(shelf, row):
    """Whether a text is long enough to be edited, no ticker, and more than the wall of its site."""
    found = article_of(row).fingerprint
    if not 120 <= len(row["text"].split()) <= 2500:
        return False
    if is_ticker(row["title"], row["url"]):
        return False
    known = shelf.books.candidates(found, language=None).background
    return len(known.intersection(found.hashes)) <= 0.7 * len(found.hashes)


def is_stranger(shelf, row):
    """Whether a text is long enough to lend sentences, and nobody's copy."""
    return len(row["text"].split()) >= 120 and not asked(shelf, article_of(row)).copy


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows")
    parser.add_argument("--bases", type=int, default=300)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--seed", default="edits")
    options = parser.parse_args()
    shelf, bases, strangers = scene(rows_of(options.rows)[: options.articles], options.bases, options.seed)
    started = time.process_time()
    home, foreign, borrowed, count = measured(shelf, bases, strangers, options.seed)
    queries_made = count * (len(home) + 1)
    print(
        f"{len(shelf.ids)} articles, {count} bases, {1000 * (time.process_time() - started) / queries_made:.2f} ms a query"
    )
    for kind, share in home.items():
        print(f"  {kind:<34} {share:.3f}  foreign {foreign[kind]}")
    print(
        f"mean recall {sum(home.values()) / len(home):.4f}; foreign {1000 * foreign.total() / (count * len(home)):.1f} per 1,000"
    )
    print(f"one paragraph: {dict(borrowed)}")


if __name__ == "__main__":
    main()
