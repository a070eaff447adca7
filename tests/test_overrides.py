"""The user's word over the verdict: joined, kept apart, switched off; and the reason says whose it was."""

from datetime import UTC, datetime

import pytest
from store_scene import NOON, article, text

from monitor.core import copies, overrides
from monitor.core.fingerprint import fingerprint
from monitor.model import Candidates, Known, Rulings

SAID = datetime(2026, 6, 3, 9, 30, tzinfo=UTC)
DATE = "you said so on 3 June 2026"


def known(article_id, story_id, seed, outlet="meadow.test"):
    return Known(article_id, story_id, outlet, outlet, f"Story {seed}", text(seed), NOON, url=f"https://{outlet}/{seed}")  # fmt: skip


def decided(one, candidates, rulings, topics=()):
    verdict = copies.decide(one, candidates)
    return overrides.corrected(one, verdict, candidates, rulings, topics)


COPY = article("late", 1, first_seen=NOON)
FIRST = known(7, 4, 1)
CANDIDATES = Candidates((FIRST,))


def test_nothing_said_changes_nothing():
    assert decided(COPY, CANDIDATES, Rulings()) == copies.decide(COPY, CANDIDATES)
    assert not Rulings()


def test_an_article_joins_the_story_the_user_named_though_the_texts_are_strangers():
    other = known(9, 5, 2)

    verdict = decided(COPY, CANDIDATES, Rulings(joined=other, joined_at=SAID))

    assert (verdict.copy.original_id, verdict.copy.story_id, verdict.copy.share) == (9, 5, 0.0)
    assert verdict.because.startswith(f"{DATE}; ")
    assert verdict.because == verdict.copy.because


def test_an_article_that_would_join_there_anyway_keeps_its_evidence():
    verdict = decided(COPY, CANDIDATES, Rulings(joined=FIRST, joined_at=SAID))

    assert (verdict.copy.kind, verdict.copy.share) == ("identical", 1.0)
    assert verdict.because.startswith(f"{DATE}; the same text as")


def test_an_article_kept_apart_starts_a_story_and_a_tie_shows_what_would_have_been():
    verdict = decided(COPY, CANDIDATES, Rulings(apart={4: SAID}))

    assert verdict.copy is None
    assert verdict.because.startswith(f"kept apart, {DATE}: the same text as meadow.test")
    (link,) = verdict.links
    assert (link.other_id, link.kind, link.share) == (7, "partial", 1.0)


def test_an_article_kept_out_of_one_story_joins_the_next_best():
    second = known(8, 6, 1, "harbour.test")
    rulings = Rulings(apart={copies.decide(COPY, Candidates((FIRST, second))).copy.story_id: SAID})

    verdict = decided(COPY, Candidates((FIRST, second)), rulings)

    assert verdict.copy is not None
    assert verdict.copy.story_id not in rulings.apart
    assert DATE in verdict.copy.because
    assert [link.other_id for link in verdict.links] == [7]


@pytest.mark.parametrize(
    ("rulings", "topics"),
    [
        (Rulings(off={"harbour.test": SAID}), ()),
        (Rulings(off={"meadow.test": SAID}), ()),
        (Rulings(off_topics={"bridges": SAID}), ("truce", "bridges")),
    ],
)
def test_what_is_switched_off_stands_alone(rulings, topics):
    verdict = decided(COPY, CANDIDATES, rulings, topics)

    assert verdict.copy is None
    assert "copies are switched off for" in verdict.because
    assert DATE in verdict.because
    assert [link.kind for link in verdict.links] == ["partial"]


def test_a_switch_for_others_concerns_nobody():
    rulings = Rulings(off={"else.test": SAID}, off_topics={"truce": SAID}, apart={99: SAID})

    assert decided(COPY, CANDIDATES, rulings, ["bridges"]).copy is not None


def test_a_join_by_name_counts_over_every_switch():
    rulings = Rulings(joined=FIRST, joined_at=SAID, off={"harbour.test": SAID}, apart={4: SAID})

    assert decided(COPY, CANDIDATES, rulings).copy.story_id == 4


def test_an_article_that_is_nobodys_copy_needs_no_ruling():
    one = article("new", 5, fingerprint=fingerprint(text(5)))

    assert decided(one, CANDIDATES, Rulings(apart={4: SAID})) == copies.decide(one, CANDIDATES)
