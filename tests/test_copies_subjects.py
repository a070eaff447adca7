"""Pages of one outlet about different things, walls of sister outlets, and what both headlines are about."""

from datetime import timedelta

import pytest
from copies_texts import BRIDGE_PARAGRAPHS, EXTRA, SEEN, known, lines, made, verdict

DAY = timedelta(days=1)
# A preview: a third of it is about the match, the rest the outlet prints above every match.
FRAME = made(words_count=120, seed=3) + " Im Programm stehen danach Ostheim, Altenwerder und Nordersiel."
GUEST = (
    "{0} reist mit drei Siegen zu {1}. Wer {0} gegen {1} sehen möchte, braucht kein Abonnement. Zuletzt trennten sich {0} "
    "und {1} ohne Tore. Der Trainer von {0} bangt um seinen Torwart, bei {1} fehlt der Stürmer."
)


def preview(home, guest):
    frame = FRAME.split()
    return f"{' '.join(frame[:60])} {GUEST.format(guest, home)} {' '.join(frame[60:])}"


def previewed(home, guest, **changes):
    return known(preview(home, guest), title=title(home, guest), outlet_id="taz.de", **changes)


def title(home, guest):
    return f"{home} gegen {guest} heute im Fernsehen und im kostenlosen Stream"


@pytest.mark.parametrize(("days", "tie"), [(0, "partial"), (1, "series"), (9, "series")])
def test_a_preview_that_shares_one_team_with_another_is_no_copy_on_any_day(days, tie):
    found = verdict(
        preview("Weststadt", "Altenwerder"),
        previewed("Weststadt", "Ostheim"),
        title=title("Weststadt", "Altenwerder"),
        first_seen=SEEN + days * DAY + timedelta(hours=1),
    )

    assert found.copy is None
    assert [link.kind for link in found.links] == [tie]
    assert "each speaks apart of what only its headline names" in found.links[0].because


def test_the_same_preview_under_another_headline_is_a_copy():
    found = verdict(
        preview("Weststadt", "Ostheim"),
        previewed("Weststadt", "Ostheim"),
        title="Wo der Gast aus dem Osten zu sehen ist",
    )

    assert found.copy.kind == "identical"


def test_another_outlet_may_have_its_own_subject_in_the_text_it_took_over():
    """The rule is about pages that one outlet fills anew; who takes a text over adds what is at home."""
    local = "Auch in Altenwerder sind Firmen betroffen. Altenwerder liefert Stahl, und Altenwerder wartet. " + made(words_count=40, seed=5)  # fmt: skip
    found = verdict(
        lines(*BRIDGE_PARAGRAPHS[:7], local), title="Was die Havarie für Altenwerder bedeutet", outlet_id="heide.de"
    )  # fmt: skip

    assert found.copy is not None


def test_half_a_copy_of_the_original_that_is_an_issue_of_a_member_s_series_is_a_story():
    """The member added figures; the text has the same figures of another day."""
    daily = " ".join(
        f"An der Station {n} zählte das Amt heute {{}} Fälle und am Tag davor {{}} ." for n in "abcdefgh"
    )
    report = lines(*BRIDGE_PARAGRAPHS[6:9])
    original = known(
        lines(report, *BRIDGE_PARAGRAPHS[9:], BRIDGE_PARAGRAPHS[5]),
        article_id=1,
        story_id=3,
        title="Lage im Norden",
    )
    member = known(lines(BRIDGE_PARAGRAPHS[8], daily.format(*range(100, 116))), article_id=2, story_id=3,
                   title="Lage im Norden", outlet_id="zeit.de", is_original=False)  # fmt: skip
    text = lines(report, daily.format(*range(500, 516)))

    assert verdict(text, original, first_seen=SEEN + DAY).copy.original_id == 1
    assert verdict(text, original, member, first_seen=SEEN + DAY).copy is None


WALL = (
    "Vielen Dank für Ihre Bewertung! Wir arbeiten stetig an der Verbesserung von {}, dabei ist Ihre Meinung für "
    "uns unverzichtbar, und jede Antwort wird gelesen."
)
CONSENT = (
    "Mit Klick auf Abschicken erkläre ich mich mit der Verarbeitung meiner Daten gemäß der Einwilligung einverstanden. "
    "Es ist für uns selbstverständlich, dass wir verantwortungsvoll mit Ihren persönlichen Daten umgehen. Die Einwilligung "
    "kann jederzeit ohne Angabe von Gründen widerrufen werden, eine kurze Nachricht genügt. Weitere Hinweise stehen in "
    "unserer Erklärung zum Schutz Ihrer Daten, die auf jeder Seite unten verlinkt ist und viele Fragen beantwortet."
)


@pytest.mark.parametrize(
    ("text", "days"), [(WALL, 0), (WALL, 30), (CONSENT, 24)], ids=["short", "short, later", "long, later"]
)
def test_a_wall_of_sister_outlets_is_no_tie_though_a_word_of_one_headline_stands_in_it(text, days):
    found = verdict(
        text.format("weststaedter-bote.de"),
        known(text.format("nordersieler-blatt.de"), title="Bagger legt im Hafen Schlick frei", outlet_id="nordersieler-blatt.de"),
        title="Trödelmarkt in Weststadt: viele Fotos",
        outlet_id="weststaedter-bote.de",
        first_seen=SEEN + timedelta(days=days, hours=1),
    )  # fmt: skip

    assert found.copy is None
    assert found.links == ()
    assert "standing text of the site" in found.near_misses[0].because


def test_a_consent_form_below_a_long_article_is_no_tie_to_the_page_that_is_only_the_form():
    found = verdict(
        lines(made(words_count=200, seed=7), CONSENT),
        known(CONSENT, title="Rennstall arbeitet mit Zulieferer zusammen", outlet_id="maschinen.example"),
        title="Hersteller baut Modell mit neuer Technik, weitere Antriebe folgen",
        outlet_id="autos.example",
        first_seen=SEEN + 24 * DAY,
    )

    assert found.copy is None
    assert found.links == ()


def test_two_reports_of_one_outlet_and_day_are_related_by_the_subject_of_both_headlines():
    """What they share speaks of it, however little it has of the headlines otherwise."""
    shared = lines(*BRIDGE_PARAGRAPHS[3:9])
    found = verdict(
        lines(shared, EXTRA[0]),
        known(lines(EXTRA[1], shared), outlet_id="taz.de", title="Nordersiel: Katastrophe kostet Vertrauen, heißt es im Hafenamt"),
        title="Nordersiel atmet auf: Familien loben Retter nach Schrecksekunde",
    )  # fmt: skip

    assert found.copy is not None
