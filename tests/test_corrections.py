"""Revisions and copies on one timeline: who corrected, who followed, who never did."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.corrections import Member, Version, changes, corrections, excerpt

TWO = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
WRONG = (
    "Der Hafen von Nordhafen wird am Montag gesperrt. Grund sind Arbeiten an der alten Schleuse.\n"
    "Betroffen sind nach Angaben der Behörde 15 Schiffe, die auf der Reede warten müssen.\n"
    "Der Sprecher der Reederei sagte, man habe mit einer Sperrung erst im Herbst gerechnet."
)
RIGHT = WRONG.replace("15 Schiffe", "51 Schiffe")


def version(number, minute, text, title="Hafen gesperrt"):
    return Version(number, TWO + timedelta(minutes=minute), title, text)


def member(article_id, outlet, *texts):
    """An article whose versions appeared at these minutes: (minute, text), …"""
    return Member(
        article_id, outlet, tuple(version(n, minute, text) for n, (minute, text) in enumerate(texts, 1))
    )


def at(minute):
    return TWO + timedelta(minutes=minute)


def test_the_wire_corrects_one_paper_follows_and_another_never_does():
    wire = member(1, "wire", (0, WRONG), (5, RIGHT))
    follower = member(2, "taz", (2, WRONG), (40, RIGHT))
    never = member(3, "Abend", (3, "Ein eigener Vorspann mit ein paar Worten.\n" + WRONG))
    late = member(4, "Spät", (60, RIGHT))
    brief = member(5, "Kurz", (6, WRONG.partition("\n")[0]))

    (found,) = corrections([wire, follower, never, late, brief])

    assert (found.outlet, found.number, found.at) == ("wire", 2, at(5))
    assert (found.change.before, found.change.after) == ("15", "51")
    assert found.change.reads == "Angaben der Behörde 51 Schiffe, die auf"
    assert [(one.outlet, one.at) for one in found.followed] == [("taz", at(40))]
    assert [one.outlet for one in found.kept] == ["Abend"]
    assert [one.outlet for one in found.right] == ["Spät"]


def test_whoever_is_first_made_the_correction_whatever_the_order_of_the_members():
    members = [
        member(1, "late", (0, WRONG), (30, RIGHT)),
        member(2, "early", (1, WRONG), (10, RIGHT)),
    ]

    for order in (members, members[::-1]):
        (found,) = corrections(order)
        assert (found.outlet, [one.outlet for one in found.followed]) == ("early", ["late"])


def test_a_change_that_concerns_nobody_else_is_no_correction_of_the_story():
    mine = member(1, "one", (0, WRONG + "\nEin Satz, den nur wir haben und sonst niemand."), (5, WRONG))
    other = member(
        2, "two", (1, "Ein ganz anderer Text über einen ganz anderen Hafen in einem anderen Land.")
    )

    assert corrections([mine, other]) == []
    assert corrections([mine]) == []


def test_an_addition_that_others_take_over_shows_who_had_it_first():
    more = WRONG + "\nKorrektur: In einer früheren Fassung stand eine falsche Zahl von Schiffen."
    (found,) = corrections([member(1, "a", (0, WRONG), (5, more)), member(2, "b", (1, WRONG), (9, more))])

    assert found.change.before == ""
    assert found.change.after.startswith("Korrektur: In einer früheren")
    assert [one.outlet for one in found.followed] == ["b"]


def test_a_correction_taken_back_is_still_had_by_nobody():
    wire = member(1, "wire", (0, WRONG), (5, RIGHT), (9, WRONG))
    other = member(2, "other", (1, WRONG))

    first, second = corrections([wire, other])

    assert [one.outlet for one in first.kept] == ["other"]
    assert (second.change.before, second.change.after) == ("51", "15")
    assert [one.outlet for one in second.right] == ["other"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (WRONG, WRONG, []),
        (WRONG, WRONG.replace("\n", "  \n "), []),
        (WRONG, RIGHT, [("15", "51")]),
        (WRONG, WRONG.replace("Montag", "Dienstag, dem zweiten Juni,"), [("Montag", "Dienstag, dem zweiten Juni,")]),
        (WRONG, WRONG.replace(" alten", ""), [("alten", "")]),
        (WRONG.replace("Der Hafen von Nordhafen wird", "Heute wird"), WRONG, [("Heute", "Der Hafen von Nordhafen")]),
        (WRONG, "", [(" ".join(WRONG.split()), "")]),
        ("", "", []),
    ],
)  # fmt: skip
def test_what_changed_is_told_in_printed_words(before, after, expected):
    found = changes(version(1, 0, before), version(2, 5, after))

    assert [(one.before.removesuffix("."), one.after.removesuffix(".")) for one in found] == [
        (old.removesuffix("."), new.removesuffix(".")) for old, new in expected
    ]


def test_paragraphs_in_another_order_are_no_change_of_words():
    lines = WRONG.split("\n")

    assert changes(version(1, 0, WRONG), version(2, 5, "\n".join([lines[2], lines[0], lines[1]]))) == []


def test_a_text_written_anew_tells_at_most_twenty_changes():
    old = " ".join(f"wort{n} a{n} b{n} c{n} d{n} e{n} f{n}" for n in range(60))
    new = old.replace("wort", "neu")

    assert len(changes(version(1, 0, old), version(2, 5, new))) == 20


def test_an_excerpt_stands_as_printed_and_ends_between_words():
    assert excerpt("Eins, zwei – drei! Vier fünf.", [[1, 2], [3, 9]]) == ["zwei – drei!", "Vier fünf."]
    assert excerpt("lang " * 99, [[0, 99]], longest=20) == ["lang lang lang lang …"]
    assert excerpt("kurz", [[5, 3]]) == [""]
