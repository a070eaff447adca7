"""What is worth a second message about a story that was announced, and in which words.

Three things are: the first report that adds its own to a wire text, a correction of the original, and a
number of outlets that is passed. A comma is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from monitor.core import passages
from monitor.core.pairs import is_ticker
from monitor.model import Correction, StoryChange, Told, Update

OWN_WORDS = 80  # of an article's own, to be more than an introduction
CHANGED_WORDS = 25  # added and removed together, to be more than polish
FEW = 3  # numbers shown

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# How outlets say that they were wrong, at the head or the foot of a text.
_CORRECTS = re.compile(
    r"\b(?:correction|corrected|clarification|editor['’]s note|an earlier version of this|korrektur|berichtigung"
    r"|richtigstellung|in einer (?:früheren|ersten) (?:version|fassung)|rectificatif|rectification|erratum"
    r"|fe de errores|corrección|rettifica|errata corrige|correctie|rectificatie|sprostowanie|rättelse|rettelse"
    r"|oikaisu|correção|виправлено|исправлено|уточнение)\b",
    re.IGNORECASE,
)


def updates(change: StoryChange, thresholds: dict[str, tuple[int, ...]]) -> Iterator[Update]:
    """Every update of a story, for every target that has heard of it.

    `thresholds` are the numbers of outlets by target; a target that is not in it wants no updates.
    """
    for told in change.told:
        if told.target in thresholds:
            yield from own_reports(change, told)
            yield from corrections(change, told)
            yield from many_outlets(change, told, thresholds[told.target])


def own_reports(change: StoryChange, told: Told) -> Iterator[Update]:
    """The first article that adds its own to a wire text. One that is announced by itself is no update.

    Nor is a text that credits an agency itself: outlets cut wire texts, and who prints more of one reports nothing.
    """
    if change.agency is None:
        return
    for report in change.reports:
        own = round(report.words * (1 - report.share))
        if report.agency is not None:
            continue
        if own >= OWN_WORDS and (told.topic_id, told.target) not in report.known_to:
            because = f"the first own report beyond the {change.agency} text: {report.outlet}, {own} words of its own"
            yield Update(change.story_id, told.topic_id, told.target, "own", because, report.article_id)
            return


def share_in(text: str, others: Iterable[str]) -> float:
    """The share of a text's words that stand in any of these other texts, 0 to 1; runs of eight words count."""
    here = passages.body(text)
    runs = [
        (passage.start, passage.length)
        for other in others
        for passage in passages.shared_passages(here.words, passages.body(other).words)
        if passage.length >= passages.CLAIMED
    ]
    return passages.share_of(passages.covered(runs), len(here.words))


def corrections(change: StoryChange, told: Told) -> Iterator[Update]:
    """Revisions of the original that change what it says."""
    for one in change.corrections:
        if because := what_changed(one):
            event = f"correction:{one.number}"
            because = f"{one.outlet} changed its text: {because}"
            yield Update(change.story_id, told.topic_id, told.target, event, because, one.article_id)


def many_outlets(change: StoryChange, told: Told, thresholds: Sequence[int]) -> Iterator[Update]:
    """The highest of these numbers of outlets that is reached and was not told."""
    reached = max((number for number in thresholds if number <= change.outlets), default=0)
    if reached > told.outlets:
        because = f"now carried by {change.outlets} outlets, after {told.outlets}"
        yield Update(
            change.story_id, told.topic_id, told.target, f"outlets:{reached}", because, change.newest_article
        )


def what_changed(one: Correction) -> str | None:
    """What a revision changed, in words; None when it is no news, as when a live blog has another post."""
    if said := correction_said(one.text_before, one.text):
        return f'it says "{said}"'
    if is_ticker(one.title, one.url):
        return None
    is_renamed = " ".join(one.title_before.split()) != " ".join(one.title.split())
    if is_renamed and not one.had_that_title:
        return f'the headline "{one.title_before}" became "{one.title}"'
    gone, new, count = word_changes(one.text_before, one.text)
    if count <= CHANGED_WORDS and (numbers := changed_numbers(gone, new)):
        return numbers
    if count > CHANGED_WORDS:
        return f"{len(new)} words added, {len(gone)} removed"
    return None


def correction_said(before: str, after: str) -> str | None:
    """The words with which a text says, for the first time, that it corrects something."""
    if found := _CORRECTS.search(after):
        return None if _CORRECTS.search(before) else found[0]
    return None


def word_changes(before: str, after: str) -> tuple[list[str], list[str], int]:
    """Words that are gone, words that are new, and how many both are together."""
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    gone: list[str] = []
    come: list[str] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            come += new[c:d]
    return gone, come, len(gone) + len(come)


def changed_numbers(gone: Sequence[str], new: Sequence[str]) -> str | None:
    """`12 became 21`: numbers that stand where others stood. Times of the day do not count."""
    old_numbers, new_numbers = Counter(_numbers(gone)), Counter(_numbers(new))
    lost, come = list((old_numbers - new_numbers).elements()), list((new_numbers - old_numbers).elements())
    if not lost or not come:
        return None
    return f"{', '.join(lost[:FEW])} became {', '.join(come[:FEW])}"


def _numbers(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if ":" not in word.strip(":"):
            yield from _NUMBER.findall(word)
