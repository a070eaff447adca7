"""Texts and an archive of one article, for the tests of copies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.core.copies import decide
from monitor.core.fingerprint import fingerprint, words
from monitor.model import Article, Candidates, Known

DATA = Path(__file__).parent / "data"
BRIDGE = (DATA / "copies_bridge.txt").read_text(encoding="utf-8").strip()
OWN = (DATA / "copies_bridge_own.txt").read_text(encoding="utf-8").strip()
ROUND = (DATA / "copies_round.txt").read_text(encoding="utf-8").strip()
BRIDGE_PARAGRAPHS, OWN_PARAGRAPHS, EXTRA = BRIDGE.split("\n"), OWN.split("\n"), ROUND.split("\n")
QUOTE = (
    "»Wir haben in dieser Nacht großes Glück gehabt, und ich bitte alle, die es eilig haben, in den nächsten "
    "Wochen freundlich zueinander zu bleiben, denn schneller wird es hier so bald nicht mehr gehen«, sagte Tabel."
)
SEEN = datetime(2026, 3, 24, 6, 12, tzinfo=UTC)


def known(text=BRIDGE, **changes):
    default = Known(
        article_id=7,
        story_id=3,
        outlet_id="faz.net",
        outlet="FAZ",
        title="Baggerschiff rammt Hafenbrücke in Nordersiel",
        text=text,
        first_seen=SEEN,
        agency="dpa",
    )
    return replace(default, **changes)


def article(text, **changes):
    default = Article(
        url="https://taz.de/nordersiel",
        outlet_id="taz.de",
        title="Nordersiel steht still: Brücke nach Havarie gesperrt",
        text=text,
        words=len(words(text)),
        first_seen=SEEN + timedelta(hours=2),
        fingerprint=fingerprint(text),
    )
    return replace(default, **changes)


def verdict(text, *archive, background=frozenset(), **changes):
    return decide(article(text, **changes), Candidates(known=archive or (known(),), background=background))


def lines(*paragraphs):
    return "\n".join(paragraphs)


def made(*, words_count, seed):
    """A text of words that no other seed has."""
    return " ".join(f"w{seed}x{n}" for n in range(words_count))
