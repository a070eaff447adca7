"""How near two texts are: copy, one of the weaker ties, or strangers.

Rules over one pair, with the thresholds in one place. Copies of wire texts are far apart for usual
similarity measures (half the words can differ), while daily templates, press reviews and live blogs come
as near as copies do: so each of those is recognised by what it is. Which archived text is asked, and
what follows from the answer, is the business of `copies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from monitor.core.fingerprint import SHINGLE, shingle_hashes, words
from monitor.core.passages import Body, Comparison, Passage, body, compared, covered, overlap
from monitor.core.wording import numbers, quotations, told_by
from monitor.model import CopyKind

Tie = Literal["copy", "partial", "series", "contained", "quote", "stranger"]

NEARLY_ALL = 0.97  # of both texts: identical
MAIN_BODY = 0.85  # of one text: the other was shortened or extended

COPY = 0.45  # of the shorter text, background left out; measured: copies .52 and more
COPY_UNEVEN = 0.6  # the same, where the longer text is twice as long or more: room for repeated background
COPY_UNQUOTED = 0.25  # of what stands outside quotation marks in the shorter text
COPY_WORDS = 25  # a copy shares at least so many words, background left out,
COPY_PASSAGE = 10  # and one passage of so many: formulas are shorter
SHORT_TEXT = 40  # words; below, formulas reach far,
SHORT_COPY = 0.8  # so that this much of both texts is asked for

PARTIAL = 0.08
PARTIAL_WORDS = 20
QUOTE_WORDS = 12  # in one passage, nearly all of what is shared inside quotation marks
QUOTED = 0.8
OUTSIDE_WORDS = 10  # a text with fewer outside its quotations is a statement, reprinted

UNEVEN = 2
UNEQUAL = 4  # so many times as long as the other: contained, never a copy
LIVE_WORDS = 3000  # longer texts are live blogs and round-ups, unless they share nearly all

HEADLINES_ALIKE = 0.5  # of the shorter headline's words; below, it is another headline
TOLD = 1 / 3  # of a headline's telling words stand in the shared passages, where those are its story

SERIES = 0.3  # of the shorter text, background included: a formula is background after a few days
FEW_NUMBERS = 6  # distinct ones in the shorter text say enough about its day
NUMBERS_KEPT = 2 / 3  # of them; measured: copies keep .76 and more, daily templates .61 and less
NUMBERS_SWAPPED = 3  # places where the text goes on alike around another number
_SWAP = 12  # words: the longest gap between two passages that is such a place

_TICKER = re.compile(r"live[- ]?(?:blog|ticker)|news[- ]?(?:blog|ticker)|(?:^|\W)ticker(?:\W|$)|^\+\+\+")


@dataclass(frozen=True, slots=True)
class Text:
    """One text, cut up once for all its comparisons.

    `marks` are the places of sketched shingles, each with whether it is background, that is, stands in
    several distinct stories. Empty where nothing is background.
    """

    text: str
    body: Body
    title: tuple[str, ...] = ()
    outlet: str = ""
    is_ticker: bool = False
    marks: tuple[tuple[int, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one text is to another, and by which rule: `rule` is a clause for `because`.

    `containment` is the part of the shorter text that stands in the longer one, background left out.
    """

    tie: Tie
    comparison: Comparison
    containment: float
    rule: str = ""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A comparison with what the rules ask of it."""

    text: Text
    other: Text
    comparison: Comparison
    fresh: float  # shared words of the text that are not background
    containment: float  # fresh part of the shorter text
    shared: float  # part of the shorter text, background included
    other_day: bool

    @property
    def shorter(self) -> Text:
        return min(self.text, self.other, key=lambda text: len(text.body.words))

    @property
    def longer(self) -> Text:
        return max(self.other, self.text, key=lambda text: len(text.body.words))

    @property
    def same_outlet(self) -> bool:
        return bool(self.text.outlet) and self.text.outlet == self.other.outlet

    @property
    def headlines_alike(self) -> float:
        here, there = set(self.text.title), set(self.other.title)
        return len(here & there) / min(len(here), len(there)) if here and there else 1.0

    @property
    def is_short(self) -> bool:
        return len(self.shorter.body.words) < SHORT_TEXT

    @property
    def times(self) -> float:
        return len(self.longer.body.words) / max(1, len(self.shorter.body.words))

    @property
    def is_live(self) -> bool:
        return self.text.is_ticker or self.other.is_ticker or len(self.longer.body.words) > LIVE_WORDS


def read(
    text: str,
    *,
    title: str,
    outlet: str,
    url: str = "",
    sketch: Sequence[int] = (),
    background: frozenset[int] = frozenset(),
) -> Text:
    """Cut up a text. `sketch` are the hashes of its fingerprint, `background` those in several stories."""
    cut = body(text)
    marks: tuple[tuple[int, bool], ...] = ()
    if background:
        kept = frozenset(sketch) | background
        hashes = shingle_hashes(cut.words)
        marks = tuple((place, hash_ in background) for place, hash_ in enumerate(hashes) if hash_ in kept)
    return Text(
        text=text,
        body=cut,
        title=tuple(words(title)),
        outlet=outlet,
        is_ticker=is_ticker(title, url),
        marks=marks,
    )


def is_ticker(title: str, url: str) -> bool:
    """Say whether headline or address announce a live blog."""
    return any(_TICKER.search(said.casefold().strip()) for said in (title, url))


def kind(share: float, share_of_original: float) -> CopyKind:
    """Name the kind of a copy by its two shares, rounded as they are stored."""
    if share >= NEARLY_ALL and share_of_original >= NEARLY_ALL:
        return "identical"
    if share >= MAIN_BODY > share_of_original:
        return "shortened"
    if share_of_original >= MAIN_BODY > share:
        return "extended"
    return "edited"


def judge(text: Text, other: Text, *, other_day: bool) -> Judgement:
    """Say what `text` is to `other`. `other_day`: their dates differ."""
    pair = _pair(text, other, other_day=other_day)
    for rule in (_standing, _series, _identical, _contained, _quote, _follow_up, _copy, _partial):
        found = rule(pair)
        if found:
            return Judgement(found[0], pair.comparison, round(pair.containment, 3), found[1])
    return Judgement("stranger", pair.comparison, round(pair.containment, 3), "too little to be a copy")


def _pair(text: Text, other: Text, *, other_day: bool) -> _Pair:
    comparison = compared(text.body, other.body)
    is_shorter = comparison.words <= comparison.original_words
    share = comparison.share if is_shorter else comparison.share_of_original
    length = min(comparison.words, comparison.original_words)
    known = _background_words(text, comparison.passages)
    fresh = max(0.0, share * length - known)
    return _Pair(
        text=text,
        other=other,
        comparison=comparison,
        fresh=fresh,
        containment=fresh / max(length - known, PARTIAL_WORDS),
        shared=share,
        other_day=other_day,
    )


def _background_words(text: Text, passages: Sequence[Passage]) -> float:
    """Estimate how many words of the passages are background.

    Of each passage, the part of its sketched shingles that are background; a passage without any
    sketched shingle counts as fresh.
    """
    total = 0.0
    if not any(is_known for _, is_known in text.marks):
        return total
    for passage in passages:
        last = passage.start + passage.length - SHINGLE
        inside = [is_known for place, is_known in text.marks if passage.start <= place <= last]
        if inside:
            total += passage.length * sum(inside) / len(inside)
    return total


# ── the rules, in order; the first that has an answer decides ────────────────────────────────────


def _standing(pair: _Pair) -> tuple[Tie, str] | None:
    """Standing text: a paywall, a sign-up form, a footer. It may be all that was read of two pages.

    Then the headlines have nothing to do with what the texts share. Outlets of one publisher share such
    texts too; across outlets more is asked for, since there a copy gets a new headline as a rule.
    """
    if pair.headlines_alike >= HEADLINES_ALIKE:
        return None
    shared = [
        word
        for passage in pair.comparison.passages
        for word in pair.text.body.words[passage.start : passage.start + passage.length]
    ]
    told = [told_by(headline, shared) for headline in (pair.text.title, pair.other.title)]
    if _is_standing(pair, [part for part in told if part is not None]):
        return "stranger", "what they share is standing text of the site, the headlines speak of other things"
    return None


def _is_standing(pair: _Pair, told: Sequence[float]) -> bool:
    """Weigh how much of the headlines the shared passages tell; headlines of few words are left out of `told`."""
    if not told:
        return False
    if pair.same_outlet and pair.other_day and min(told) == 0:
        return True
    both = len(told) == 2  # noqa: PLR2004 - two headlines
    if pair.same_outlet:
        return both and max(told) < TOLD
    return both and max(told) == 0 and (pair.other_day or pair.is_short)


def _series(pair: _Pair) -> tuple[Tie, str] | None:
    """A formula filled with the numbers of another day: infections, lottery draws, polls, prices."""
    if pair.shared < SERIES or pair.is_live:
        return None
    here, there = (set(numbers(side.body.words)) for side in (pair.shorter, pair.longer))
    if len(here) < NUMBERS_SWAPPED:
        return None
    kept = len(here & there) / len(here)
    swapped = sum(1 for gap in _gaps(pair) if _is_swap(*gap))
    many_swaps = swapped >= NUMBERS_SWAPPED and kept < NUMBERS_KEPT
    other_numbers = pair.other_day and len(here) >= FEW_NUMBERS and kept < NUMBERS_KEPT
    if many_swaps or (other_numbers and (swapped or pair.shared >= COPY)):
        return "series", f"the same formula, but only {len(here & there)} of {len(here)} numbers agree"
    return None


def _identical(pair: _Pair) -> tuple[Tie, str] | None:
    """The same text; then it does not matter how many stories its parts stand in."""
    both = min(pair.comparison.share, pair.comparison.share_of_original)
    enough = MAIN_BODY if len(pair.longer.body.words) > LIVE_WORDS else NEARLY_ALL
    if both >= enough and not (pair.text.is_ticker or pair.other.is_ticker):
        return "copy", "nearly all of both texts is the same"
    return None


def _contained(pair: _Pair) -> tuple[Tie, str] | None:
    """A short text in a long one: a live blog, a round-up, a page with everything on it."""
    if pair.containment < COPY or pair.fresh < PARTIAL_WORDS:
        return None
    if pair.is_live:
        return "contained", "one of them is a live blog or as long as one"
    if pair.times >= UNEQUAL:
        return "contained", f"one text is {pair.times:.0f} times as long as the other"
    return None


def _quote(pair: _Pair) -> tuple[Tie, str] | None:
    """One longer quotation and nothing else: a statement that many report."""
    longest = pair.comparison.longest
    if longest < QUOTE_WORDS or pair.fresh < QUOTE_WORDS or pair.containment >= 1:
        return None
    quoted_share, unquoted = _quotation(pair)
    if quoted_share >= QUOTED and unquoted < COPY_UNQUOTED:
        return "quote", f"what they share is a quotation, {longest} words in one passage"
    return None


def _follow_up(pair: _Pair) -> tuple[Tie, str] | None:
    """The same outlet on another day under another headline: news on top, the known story repeated below."""
    if (
        pair.same_outlet
        and pair.other_day
        and pair.headlines_alike < HEADLINES_ALIKE
        and pair.shared < MAIN_BODY
    ):
        return _partial(pair)
    return None


def _copy(pair: _Pair) -> tuple[Tie, str] | None:
    """The main body of the shorter text is the other's."""
    enough = COPY if pair.times < UNEVEN else COPY_UNEVEN
    if pair.is_live or pair.times >= UNEQUAL or pair.containment < enough:
        return None
    if pair.is_short:
        both = min(pair.comparison.share, pair.comparison.share_of_original)
        return ("copy", "short, but nearly the same") if both >= SHORT_COPY else None
    if pair.fresh < COPY_WORDS or pair.comparison.longest < COPY_PASSAGE:
        return None
    if _quotation(pair)[1] < COPY_UNQUOTED:
        return None
    return "copy", f"{pair.containment:.0%} of the shorter text"


def _partial(pair: _Pair) -> tuple[Tie, str] | None:
    """Shared passages in different articles."""
    if pair.containment >= PARTIAL and pair.fresh >= PARTIAL_WORDS:
        return "partial", "too little to be a copy"
    return None


# ── what the rules ask ───────────────────────────────────────────────────────────────────────────


def _gaps(pair: _Pair) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Give, for each two neighbouring passages, the words between them in either text, where they are few."""
    here, there = pair.text.body.words, pair.other.body.words
    passages = pair.comparison.passages
    for a, b in pairwise(passages):
        gap = here[a.start + a.length : b.start]
        other = there[a.original_start + a.length : b.original_start]
        if 0 < len(gap) <= _SWAP and 0 < len(other) <= _SWAP:
            yield gap, other


def _is_swap(gap: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether both sides have numbers, and none in common."""
    here, there = set(numbers(gap)), set(numbers(other))
    return bool(here and there and not here & there)


def _quotation(pair: _Pair) -> tuple[float, float]:
    """Give two parts, 0–1: of the shared words, those in quotation marks; of the words outside, the shared ones.

    Both are counted in the shorter text. Where hardly a word stands outside, the second is 1.
    """
    text = pair.shorter
    length = len(text.body.words)
    passages = pair.comparison.passages
    if text is pair.text:
        shared = covered((passage.start, passage.length) for passage in passages)
    else:
        shared = covered((passage.original_start, passage.length) for passage in passages)
    quoted = quotations(text.text)
    outside = length - sum(span.length for span in quoted)
    shared_words = sum(span.length for span in shared)
    shared_quoted = sum(overlap(shared, span.start, span.start + span.length) for span in quoted)
    unquoted = (shared_words - shared_quoted) / outside if outside >= OUTSIDE_WORDS else 1.0
    return (shared_quoted / shared_words if shared_words else 0.0), unquoted
