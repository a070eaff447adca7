"""How near two texts are: copy, one of the weaker ties, or strangers.

Rules over one pair, with the thresholds in one place. Copies of wire texts are far apart for usual
similarity measures (half the words can differ), while daily templates, press reviews and live blogs come
as near as copies do: so each of those is recognised by what it is. Which archived text is asked, and
what follows from the answer, is the business of `copies`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.core.pairs import FEW_NUMBERS, LIVE_WORDS, Pair, Text, is_swap, pair_of
from monitor.core.passages import Comparison, claimed
from monitor.core.wording import TELLING, distinctive, numbers, told_by
from monitor.model import CopyKind

Tie = Literal["copy", "partial", "series", "contained", "quote", "stranger"]

NEARLY_ALL = 0.97  # of both texts: identical
MAIN_BODY = 0.85  # of one text: the other was shortened or extended

COPY = 0.5  # of the shorter text, background left out; measured: copies .52 and more
COPY_UNEVEN = 0.6  # the same, where the longer text is twice as long or more: room for repeated background
COPY_UNQUOTED = 0.25  # of what stands outside quotation marks in the shorter text
COPY_WORDS = 25  # a copy shares at least so many words, background left out,
COPY_PASSAGE = 10  # and one passage of so many: formulas are shorter
SHORT_COPY = 0.8  # of both texts where the shorter is a brief: formulas reach far in it

PARTIAL = 0.08
PARTIAL_WORDS = 20
PARAGRAPH_WORDS = 40  # in one passage: shown however small a part of the article it is
PARAGRAPH_MOST = 100  # words: a longer passage is more than a paragraph taken over
ONE_PASSAGE = 0.9  # of what is shared
LESSER = 0.4  # of the longer text
STANDING = 0.8  # of what is shared
QUOTE_WORDS = 12  # in one passage, nearly all of what is shared inside quotation marks
QUOTED = 0.8

BRIEF = 60  # words: a blurb, a wall, an empty ticker
UNEVEN = 2
UNEQUAL = 4  # so many times as long as the other: contained, never a copy

HEADLINES_ALIKE = 0.5  # of the shorter headline's words; below, it is another headline
TOLD = 1 / 3  # of a headline's telling words stand in the shared passages, where those are its story

SERIES = 0.3  # of the shorter text, background included: a formula is background after a few days
NUMBERS_KEPT = 2 / 3  # of them; measured: copies keep .76 and more, daily templates .61 and less
SUBJECT_MET = 3  # times that a text names what only its headline names,
SUBJECT_SHARED = 0.25  # and so much of it at most in the shared passages: it speaks of something else
NUMBERS_SWAPPED = 3  # places where the text goes on alike around another number


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one text is to another, and by which rule: `rule` is a clause for `because`.

    `comparison` is what can be claimed of the two. `containment` is the part of the shorter text that stands
    in the longer one, background left out.
    """

    tie: Tie
    comparison: Comparison
    containment: float
    rule: str = ""


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
    pair = pair_of(text, other, other_day=other_day)
    tie, rule = next(filter(None, (rule(pair) for rule in _RULES)))
    comparison = claimed(text.body, other.body, pair.comparison.passages)
    return Judgement(tie, comparison, round(pair.containment, 3), rule)


# ── the rules, in order; the first that has an answer decides ────────────────────────────────────


def _wall(pair: Pair) -> tuple[Tie, str] | None:
    """Standing text: a paywall, a sign-up form, a footer. It may be all that was read of two pages.

    Then the headlines have nothing to do with what the texts share. Outlets of one publisher share such
    texts too; across outlets more is asked for, since there a copy gets a new headline as a rule. A
    passage or two are no matter for headlines.
    """
    if pair.shared < COPY or pair.headlines_alike >= HEADLINES_ALIKE:
        return None
    shared = _shared_words(pair)
    told = [told_by(headline, shared) for headline in (pair.text.title, pair.other.title)]
    if _has_their_subject(pair, shared):
        return None
    if _tells_nothing(pair, [part for part in told if part is not None]):
        return "stranger", "what they share is standing text of the site, the headlines speak of other things"
    return None


def _shared_words(pair: Pair) -> list[str]:
    return [
        word
        for passage in pair.comparison.passages
        for word in pair.text.body.words[passage.start : passage.start + passage.length]
    ]


def _has_their_subject(pair: Pair, shared: Sequence[str]) -> bool:
    """Say whether a word of both headlines stands in what two texts of one outlet and day share: their subject."""
    if not pair.same_outlet or pair.other_day:
        return False
    here, there, known = (
        {word[:TELLING] for word in words if len(word) >= TELLING}
        for words in (pair.text.title, pair.other.title, shared)
    )
    return bool(here & there & known)


def _tells_nothing(pair: Pair, told: Sequence[float]) -> bool:
    """Weigh how much of the headlines the shared passages tell; headlines of few words are left out of `told`."""
    if not told:
        return False
    if pair.same_outlet and pair.other_day and min(told) == 0:
        return True
    both = len(told) == 2  # noqa: PLR2004 - two headlines
    if pair.same_outlet:
        return both and max(told) < TOLD
    least = TOLD if pair.shared >= MAIN_BODY and min(told) == 0 else 0
    return both and max(told) <= least and (pair.other_day or pair.is_short)


def _series(pair: Pair) -> tuple[Tie, str] | None:
    """A formula filled with the numbers of another day: infections, lottery draws, polls, prices."""
    if pair.shared < SERIES or pair.is_live:
        return None
    here, there = (set(numbers(side.body.words)) for side in (pair.shorter, pair.longer))
    if len(here) < NUMBERS_SWAPPED:
        return None
    kept = len(here & there) / len(here)
    swapped = sum(1 for gap in pair.gaps if is_swap(*gap))
    many_swaps = swapped >= NUMBERS_SWAPPED and kept < NUMBERS_KEPT
    other_numbers = pair.other_day and len(here) >= FEW_NUMBERS and kept < NUMBERS_KEPT
    no_number_kept = pair.other_day and swapped and not kept
    if many_swaps or no_number_kept or (other_numbers and (swapped or pair.shared >= COPY)):
        return "series", f"the same formula, but only {len(here & there)} of {len(here)} numbers agree"
    return None


def _other_headline(pair: Pair) -> tuple[Tie, str] | None:
    """A page that an outlet fills anew: match previews, podcasts, tickers. What is new in the headline is nowhere shared."""
    is_filled_anew = pair.other_day or len(pair.longer.body.words) < BRIEF
    if pair.shared < SERIES or not pair.same_outlet or not is_filled_anew:
        return None
    here, there = (
        distinctive(*sides)
        for sides in ((pair.text.title, pair.other.title), (pair.other.title, pair.text.title))
    )
    if here and there and not (here | there) & {word[:TELLING] for word in _shared_words(pair)}:
        return (
            "series",
            "the outlet fills this page anew: what the two headlines differ in stands nowhere in what they share",
        )
    return None


def _other_subject(pair: Pair) -> tuple[Tie, str] | None:
    """The same page about somebody else: match previews, tests. What only one headline names stands outside of what they share."""
    if pair.shared < SERIES or not pair.same_outlet or pair.is_live:
        return None
    shared = Counter(word[:TELLING] for word in _shared_words(pair))
    sides = (pair.text, pair.other), (pair.other, pair.text)
    if not all(_has_subject_of_its_own(text, other, shared) for text, other in sides):
        return None
    # On one day it may be one event after all: that says nothing against other texts of the story.
    tie: Tie = "series" if pair.other_day else "partial"
    return (
        tie,
        "the same page about something else, or a follow-up: each speaks apart of what only its headline names",
    )


def _has_subject_of_its_own(text: Text, other: Text, shared: Counter[str]) -> bool:
    """Say whether something that only this headline names is often met in its text, and hardly in what is shared."""
    own = {word for word in distinctive(text.title, other.title) if not any(map(str.isdigit, word))}
    met = Counter(word[:TELLING] for word in text.body.words)
    return any(met[word] >= SUBJECT_MET and shared[word] <= SUBJECT_SHARED * met[word] for word in own)


def _standing(pair: Pair) -> tuple[Tie, str] | None:
    """What they share, the outlet prints every few days, and next to nothing else."""
    if pair.standing and pair.standing >= STANDING * pair.comparison.shared_words and pair.fresh < COPY_WORDS:
        return "stranger", "what they share is standing text that this outlet has printed on other days"
    return None


def _identical(pair: Pair) -> tuple[Tie, str] | None:
    """The same text; then it does not matter how many stories its parts stand in."""
    both = min(pair.comparison.share, pair.comparison.share_of_original)
    enough = MAIN_BODY if len(pair.longer.body.words) > LIVE_WORDS else NEARLY_ALL
    if both >= enough:
        return "copy", "nearly all of both texts is the same"
    return None


def _contained(pair: Pair) -> tuple[Tie, str] | None:
    """A short text in a long one: a live blog, a round-up, a page with everything on it."""
    if pair.containment < COPY or pair.fresh < PARTIAL_WORDS:
        return None
    if pair.is_live:
        return "contained", "one of them is a live blog or as long as one"
    if pair.times >= UNEQUAL:
        return "contained", f"one text is {pair.times:.0f} times as long as the other"
    return None


def _quote(pair: Pair) -> tuple[Tie, str] | None:
    """One longer quotation and nothing else: a statement that many report."""
    longest = pair.comparison.longest
    if longest < QUOTE_WORDS or pair.fresh < QUOTE_WORDS or pair.containment >= 1:
        return None
    quoted_share, unquoted = pair.quotation
    if quoted_share >= QUOTED and unquoted < COPY_UNQUOTED:
        return "quote", f"what they share is a quotation, {longest} words in one passage"
    return None


def _follow_up(pair: Pair) -> tuple[Tie, str] | None:
    """The same outlet on another day under another headline: news on top, the known story repeated below."""
    if (
        pair.same_outlet
        and pair.other_day
        and pair.headlines_alike < HEADLINES_ALIKE
        and pair.shared < MAIN_BODY
    ):
        return _partial(pair) and (
            "partial",
            "a follow-up: news of another day above what the outlet had before",
        )
    return None


def _copy(pair: Pair) -> tuple[Tie, str] | None:
    """The main body of the shorter text is the other's."""
    enough = COPY if pair.times < UNEVEN else COPY_UNEVEN
    if pair.is_live or pair.times >= UNEQUAL or pair.containment < enough:
        return None
    if pair.is_short:
        both = min(pair.comparison.share, pair.comparison.share_of_original)
        return ("copy", "short, but nearly the same") if both >= SHORT_COPY else None
    if pair.fresh < COPY_WORDS or pair.comparison.longest < COPY_PASSAGE:
        return None
    if pair.quotation[1] < COPY_UNQUOTED or _is_one_paragraph(pair):
        return None
    return "copy", f"{pair.containment:.0%} of the shorter text"


def _is_one_paragraph(pair: Pair) -> bool:
    """Say whether what is shared is one passage as long as a paragraph, and the lesser part of a longer article."""
    longest = pair.comparison.longest
    is_alone = longest >= ONE_PASSAGE * pair.comparison.shared_words
    is_lesser = longest < LESSER * len(pair.longer.body.words) and pair.shared < MAIN_BODY
    return is_alone and is_lesser and longest <= PARAGRAPH_MOST


def _partial(pair: Pair) -> tuple[Tie, str] | None:
    """Shared passages in different articles: a part of the shorter one, or a whole paragraph of whatever part."""
    whole_paragraph = pair.fresh >= PARAGRAPH_WORDS and pair.comparison.longest >= PARAGRAPH_WORDS
    if pair.fresh >= PARTIAL_WORDS and (pair.containment >= PARTIAL or whole_paragraph):
        return "partial", _too_little(pair)
    return None


def _stranger(pair: Pair) -> tuple[Tie, str]:
    return "stranger", _too_little(pair)


def _too_little(pair: Pair) -> str:
    """Say why shared words are no copy: too few, or known from elsewhere."""
    if pair.shared >= COPY > pair.containment:
        return "too little to be a copy, once what stands in several other stories is left out"
    return "too little to be a copy"


_RULES = (
    _wall,
    _series,
    _other_headline,
    _other_subject,
    _standing,
    _identical,
    _contained,
    _quote,
    _follow_up,
    _copy,
    _partial,
    _stranger,
)
