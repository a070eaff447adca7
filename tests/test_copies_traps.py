"""What comes as near as a copy and is none: formulas, tickers, press reviews, paywalls, background."""

from datetime import timedelta

import pytest
from copies_texts import (
    BRIDGE,
    BRIDGE_PARAGRAPHS,
    EXTRA,
    OWN_PARAGRAPHS,
    SEEN,
    article,
    known,
    lines,
    made,
    verdict,
)

from monitor.core.copies import decide
from monitor.core.fingerprint import fingerprint, shingle_hashes, words
from monitor.model import Candidates

DAILY = (
    "Die Gesundheitsämter haben dem Institut binnen eines Tages {} Neuinfektionen gemeldet. Außerdem wurden "
    "innerhalb von 24 Stunden {} neue Todesfälle verzeichnet, wie aus Zahlen vom Morgen hervorgeht. Vor genau einer "
    "Woche hatte das Institut {} Neuinfektionen und {} neue Todesfälle gemeldet. Die Inzidenz lag demnach bei {}, am "
    "Vortag hatte sie noch {} betragen. Seit Beginn der Erhebung zählte das Institut {} nachgewiesene Infektionen, "
    "die Zahl der Genesenen gab es mit etwa {} an. Insgesamt starben {} Menschen im Zusammenhang mit dem Erreger."
)


@pytest.mark.parametrize("days", [0, 1, 30])
def test_daily_numbers_in_the_same_formula_are_a_series(days):
    one = DAILY.format(8103, 96, 7714, 88, "61,2", "59,9", 2402115, 2210400, 70105)
    two = DAILY.format(9997, 394, 8007, 385, "66,8", "63,4", 2447068, 2255500, 71504)
    found = verdict(
        two, known(one, title="Zahlen vom Morgen"), first_seen=SEEN + timedelta(days=days, hours=1)
    )

    assert found.copy is None
    assert [link.kind for link in found.links] == ["series"]
    assert "the same formula, but only" in found.because


def test_the_same_daily_numbers_at_another_outlet_are_a_copy():
    one = DAILY.format(8103, 96, 7714, 88, "61,2", "59,9", 2402115, 2210400, 70105)

    assert verdict(lines(EXTRA[0], one), known(one)).copy is not None


def test_a_death_toll_that_rises_keeps_the_story():
    assert verdict(BRIDGE.replace("acht Menschen", "9 Menschen").replace("23.000", "24.000")).copy is not None


def test_many_other_numbers_on_another_day_are_a_series_wherever_they_stand():
    frame = lines(*BRIDGE_PARAGRAPHS[7:9])
    table = [" ".join(f"{place}{n * factor}" for n in range(3, 12)) for place, factor in (("", 7), ("", 11))]
    texts = [
        lines(f"{made(words_count=14, seed=n)} {numbers} {made(words_count=14, seed=n + 5)}", frame)
        for n, numbers in enumerate(table)
    ]

    assert verdict(texts[0], known(texts[1])).copy is not None
    assert verdict(texts[0], known(texts[1]), first_seen=SEEN + timedelta(days=2)).copy is None


def test_two_lottery_draws_are_a_series():
    draw = (
        "Die Ziehung vom Samstag brachte folgende Gewinnzahlen: {} und die Superzahl {}. Im Spiel 77 fiel die "
        "Gewinnzahl {}, in der Super 6 die {}. Alle Angaben sind ohne Gewähr. Die nächste Ziehung folgt am Mittwoch."
    )
    one = draw.format("3, 12, 25, 31, 40, 48", 7, 1203984, 558103)
    two = draw.format("5, 9, 17, 22, 33, 49", 2, 9937715, 204966)

    assert verdict(two, known(one), first_seen=SEEN + timedelta(days=7)).copy is None


def test_a_live_blog_swallows_no_article():
    blog = lines(*(made(words_count=200, seed=n) for n in range(16)), BRIDGE)
    found = verdict(BRIDGE, known(blog, title="Havarie in Nordersiel: die Ereignisse"))

    assert found.copy is None
    assert [link.kind for link in found.links] == ["contained"]


@pytest.mark.parametrize(
    "title", ["Liveblog: Brücke gesperrt", "Live-Ticker zur Havarie", "+++ Havarie +++ Stau +++"]
)
def test_what_calls_itself_a_ticker_is_linked_only(title):
    found = verdict(lines(*OWN_PARAGRAPHS, BRIDGE), title=title)

    assert found.copy is None
    assert [link.kind for link in found.links] == ["contained"]


def test_a_long_read_at_two_outlets_is_still_a_copy():
    long = lines(*(made(words_count=400, seed=n) for n in range(10)))

    assert verdict(long, known(long)).copy.kind == "identical"


def test_background_repeated_at_the_end_of_a_much_longer_article_is_no_copy():
    shared = lines(*BRIDGE_PARAGRAPHS[7:9])
    brief = lines(made(words_count=95, seed=1), shared)
    report = lines(made(words_count=400, seed=2), shared)

    assert verdict(report, known(brief)).copy is None
    assert [link.kind for link in verdict(report, known(brief)).links] == ["partial"]


def test_a_press_review_is_no_copy_of_what_it_quotes():
    pieces = [made(words_count=130, seed=n) for n in range(4)]
    found = verdict(lines(*pieces), known(f"{pieces[2]} {made(words_count=250, seed=9)}"))

    assert found.copy is None
    assert [link.kind for link in found.links] == ["partial"]


WALL = (
    "Weiterlesen mit einem Abonnement: Freier Zugang zu allen Artikeln, jederzeit kündbar, im ersten Monat gratis. "
    "Sie sind schon dabei? Hier anmelden. Die Laufzeit verlängert sich automatisch, wenn Sie nicht rechtzeitig "
    "kündigen. Mit dem Kauf akzeptieren Sie unsere Geschäftsbedingungen und die Hinweise zum Datenschutz."
)
HEADLINES = ("Warum Bienen im Winter summen", "Der heimliche Sieger des Festivals heißt Krause")


@pytest.mark.parametrize("days", [0, 3])
def test_a_paywall_makes_no_copy_of_its_neighbour(days):
    found = verdict(
        WALL,
        known(WALL, title=HEADLINES[0], outlet_id="taz.de"),
        title=HEADLINES[1],
        first_seen=SEEN + timedelta(days=days),
    )

    assert found.copy is None
    assert found.links == ()
    assert "standing text of the site" in found.because


@pytest.mark.parametrize(
    ("headline", "joins_on_its_day"), [("Sport", False), ("Abonnement: Zugang zu allen Artikeln", True)]
)
def test_a_paywall_on_another_day_needs_one_headline_that_speaks_of_other_things(headline, joins_on_its_day):
    archive = known(WALL, title=headline, outlet_id="taz.de")

    assert verdict(WALL, archive, title=HEADLINES[1], first_seen=SEEN + timedelta(days=3)).copy is None
    assert joins_on_its_day == bool(verdict(WALL, archive, title=HEADLINES[1]).copy)


def test_a_preview_filled_for_another_match_is_a_series():
    preview = "{} gegen {} live im Fernsehen: Anpfiff, Sender, Stream. " + made(words_count=160, seed=3)
    archive = known(
        preview.format("Nordersiel", "Weststadt"),
        outlet_id="taz.de",
        title="Nordersiel gegen Weststadt live im Fernsehen",
    )
    found = verdict(
        preview.format("Altenwerder", "Ostheim"), archive, title="Altenwerder gegen Ostheim live im Fernsehen",
        first_seen=SEEN + timedelta(days=1),
    )  # fmt: skip

    assert found.copy is None
    assert [link.kind for link in found.links] == ["series"]
    assert "the outlet fills this page anew" in found.links[0].because


def test_an_outlet_s_standing_text_is_no_tie():
    footer = made(words_count=50, seed=8)
    text = lines(made(words_count=300, seed=1), footer)
    archive = known(lines(made(words_count=300, seed=2), footer), outlet_id="taz.de")
    learned = frozenset(shingle_hashes(words(footer)))
    later = {"first_seen": SEEN + timedelta(days=2)}
    article_ = article(text, **later)

    before = decide(article_, Candidates(known=(archive,)))
    after = decide(article_, Candidates(known=(archive,), standing=learned))

    assert [link.kind for link in before.links] == ["partial"]
    assert set(before.standing) <= learned
    assert len(before.standing) >= 3
    assert after.links == ()
    assert "standing text that this outlet has printed on other days" in after.near_misses[0].because


def test_one_hit_by_an_idiom_is_not_even_compared():
    idiom = "an diesem Dienstag in der Nacht"
    text = lines(made(words_count=100, seed=1) + " " + idiom, made(words_count=100, seed=2))
    hit = next(h for h in shingle_hashes(words(idiom)))
    archive = known(f"{made(words_count=90, seed=3)} {idiom} {made(words_count=90, seed=4)}", hit=hit)

    assert verdict(text, archive).because == "starts a story: nothing like it in the archive"


def test_one_hit_in_a_paragraph_is_compared():
    hit = shingle_hashes(words(BRIDGE_PARAGRAPHS[4]))[7]

    assert [
        link.kind for link in verdict(lines(*OWN_PARAGRAPHS, BRIDGE_PARAGRAPHS[4]), known(hit=hit)).links
    ] == ["partial"]


def test_one_paragraph_of_a_brief_in_a_longer_article_is_partial():
    brief = lines(made(words_count=40, seed=1), BRIDGE_PARAGRAPHS[4])
    found = verdict(lines(made(words_count=170, seed=2), BRIDGE_PARAGRAPHS[4]), known(brief))

    assert found.copy is None
    assert [link.kind for link in found.links] == ["partial"]


def test_an_outlet_may_publish_its_own_text_again_under_a_new_headline():
    assert verdict(BRIDGE, known(outlet_id="taz.de")).copy.kind == "identical"


def test_a_follow_up_of_the_same_outlet_is_a_story():
    found = verdict(
        lines(*OWN_PARAGRAPHS, *BRIDGE_PARAGRAPHS[3:7]),
        known(outlet_id="taz.de"),
        first_seen=SEEN + timedelta(days=2),
    )

    assert found.copy is None
    assert [link.kind for link in found.links] == ["partial"]


def test_formulas_of_a_few_words_make_no_copy_however_many_they_are():
    formulas = [" ".join(BRIDGE.split()[n : n + 8]) for n in range(0, 160, 8)]
    one = " ".join(f"{formula} ganz anders als sonst {chr(97 + n)}" for n, formula in enumerate(formulas))
    two = " ".join(f"{formula} so wie immer {chr(97 + n)} eben" for n, formula in enumerate(formulas))

    assert verdict(one, known(two)).copy is None


def test_background_of_many_stories_makes_no_copy():
    everywhere = lines(*BRIDGE_PARAGRAPHS[3:8])
    text = lines(*OWN_PARAGRAPHS, everywhere)
    archive = known(lines(made(words_count=90, seed=1), everywhere, made(words_count=90, seed=2)))
    sketched = frozenset(fingerprint(text).hashes) & frozenset(shingle_hashes(words(everywhere)))

    assert verdict(text, archive).copy is not None
    assert verdict(text, archive, background=sketched).copy is None


def test_an_identical_text_is_a_copy_even_when_all_of_it_is_background():
    assert verdict(BRIDGE, background=frozenset(fingerprint(BRIDGE).hashes)).copy.kind == "identical"


MISSILE = (
    "Das Militär von Nordmark hat nach Angaben des Generalstabs im Nachbarland Südmark am {} erneut {} "
    "ballistische Kurzstreckenraketen getestet. Die Geschosse seien gegen {} Uhr nahe {} gestartet worden und nach "
    "einem Flug von rund {} Kilometern ins Meer gestürzt, teilte der Generalstab mit. {} UN-Resolutionen verbieten dem "
    "Land die Erprobung solcher Raketen, die je nach Bauart auch einen Sprengkopf tragen können."
)


def test_two_missile_tests_are_two_stories():
    march = MISSILE.format("Dienstag", "zwei", "7.10", "der Hafenstadt Wolmar", 450, "Die Regierung in Südmark berief noch am Vormittag den Sicherheitsrat ein und sprach von einer gezielten Provokation.")  # fmt: skip
    june = MISSILE.format("Samstag", "vier", "18.40", "dem Flughafen von Anklau", 620, "Beobachter verwiesen auf das gemeinsame Manöver zweier Flotten, das am Abend zuvor vor der Küste geendet hatte.")  # fmt: skip
    found = verdict(
        june,
        known(march, title="Nordmark testet zwei Raketen nahe Wolmar"),
        title="Vier Raketen über Anklau: Nordmark provoziert erneut",
        first_seen=SEEN + timedelta(days=88),
    )

    assert found.copy is None
    assert {link.kind for link in found.links} <= {"series", "partial"}


def test_wrong_dates_keep_a_copy_in_its_story():
    found = verdict(BRIDGE, known(published=SEEN - timedelta(days=40)), published=SEEN + timedelta(days=1))

    assert found.copy.kind == "identical"


def test_the_same_page_crawled_again_at_another_address_is_a_copy():
    corrected = lines(BRIDGE_PARAGRAPHS[0].replace("acht", "neun"), *BRIDGE_PARAGRAPHS[1:], "Anmerkung: Wir haben die Zahl oben berichtigt.")  # fmt: skip
    found = verdict(
        corrected,
        known(outlet_id="taz.de", title="Nordersiel steht still: Brücke nach Havarie gesperrt"),
        url="https://taz.de/nordersiel-2",
        first_seen=SEEN + timedelta(days=3),
    )

    assert found.copy is not None
    assert found.copy.share > 0.9


COOKIES = (
    "Wir und bis zu 182 Partner nutzen Cookies und ähnliche Techniken, um Inhalte und Anzeigen zu personalisieren, ihre "
    "Leistung zu messen und Erkenntnisse über unser Publikum zu gewinnen. Mit einem Klick auf „Alles annehmen“ willigen "
    "Sie ein, dass Ihre Daten auch außerhalb der Europäischen Union verarbeitet werden. Ihre Wahl können Sie jederzeit "
    "unter „Einstellungen“ widerrufen. Wer das nicht möchte, kann unser Angebot mit einem Pur-Abo lesen."
)


@pytest.mark.parametrize("days", [0, 2])
def test_a_cookie_wall_makes_no_copy(days):
    archive = known(COOKIES, title=HEADLINES[0], outlet_id="taz.de")
    found = verdict(COOKIES, archive, title=HEADLINES[1], first_seen=SEEN + timedelta(days=days))

    assert found.copy is None
    assert found.links == ()
    assert "standing text" in found.near_misses[0].because


RELEASE = (
    "Die Stadtwerke Nordersiel investieren in den kommenden drei Jahren 48 Millionen Euro in ihr Fernwärmenetz. Rund 2.300 "
    "Haushalte im Hafenviertel sollen bis Ende 2028 angeschlossen werden. „Wir machen uns unabhängig von Öl und Gas und "
    "nutzen, was die Elbe uns schenkt“, sagte Geschäftsführerin Ina Brandt. Herzstück ist eine Großwärmepumpe am Klärwerk. "
    "Die Preise sollen für bestehende Kunden bis 2027 stabil bleiben. Das Land fördert das Vorhaben mit zwölf Millionen Euro."
)
RETOLD = (
    "Im Hafenviertel wird künftig mit Abwasser geheizt: Am Klärwerk entsteht eine große Wärmepumpe, an die bis 2028 etwa "
    "2.300 Wohnungen gehen. Was das kostet, steht auch fest, nämlich 48 Millionen Euro, ein Viertel davon zahlt das Land. "
    "Ina Brandt, die Chefin der Stadtwerke, verspricht, dass alte Kunden bis 2027 nicht mehr zahlen als heute. „Wir machen "
    "uns unabhängig von Öl und Gas und nutzen, was die Elbe uns schenkt“, sagt sie. Umweltverbände bleiben skeptisch."
)


def test_a_press_release_retold_in_other_words_is_a_story():
    found = verdict(RETOLD, known(RELEASE))

    assert found.copy is None
    assert {link.kind for link in found.links} <= {"quote", "partial"}


def test_a_press_release_printed_with_a_sentence_before_is_a_copy():
    assert verdict(lines("Gute Nachricht für das Hafenviertel, die viele dort lange erwartet haben.", RELEASE), known(RELEASE)).copy.kind in {"extended", "identical", "edited"}  # fmt: skip
