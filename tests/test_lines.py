"""The lines of a text, and what is left without those that an outlet prints again and again."""

import pytest
from events_texts import report
from hypothesis import given
from hypothesis import strategies as st
from store_scene import all_rows, quick_store, value
from test_store_events import bring, event_of

from monitor.core.fingerprint import words
from monitor.core.lines import LOOKED, lead, lines
from monitor.core.reports import report as account
from monitor.store import lines as store_lines

OFFER = (
    "Lesen Sie jetzt weiter. Mit dem Hafenblick-Abo erfahren Sie alles, was in Nordersiel zählt: Recherchen, Reportagen, "
    "Kommentare aus erster Hand. Vier Wochen für einen Euro, danach monatlich kündbar. Sie haben schon ein Abo? "
    "Melden Sie sich hier an."
)
# What is to be read before the offer, on five days: five happenings.
STUBS = (
    ("Wo der Hering blieb", "Die Fischer von Sandwyk holen leere Netze ein."),
    ("Geheime Akten im Zollamt", "Drei Ordner fehlen, und keiner war es."),
    ("Warum Oberst Brandis schweigt", "Der Untersuchungsausschuss wartet seit Mai."),
    ("Das Orchester ohne Dirigenten", "Probenbesuch in der Philharmonie Hellerau."),
    ("Ein Sommer voller Quallen", "Badegäste fragen sich, woher sie kommen."),
)


@pytest.fixture
def store(tmp_path):
    with quick_store(tmp_path / "monitor.db") as opened:
        yield opened


def stub(store, number, *, outlet="hafenblick.test", day=None):
    """One article of which only the beginning is to be read, on the day of its number; gives the article's id."""
    title, kicker = STUBS[number]
    text = f"{kicker} {OFFER}"
    return bring(
        store, "bridge 1", hours=24 * (number if day is None else day), url=f"https://{outlet}/{number}", outlet_id=outlet,
        title=title, text=text, fingerprint=None,
    )  # fmt: skip


def numbers_of(text, outlet="taz.de"):
    return [line.key for line in lines(outlet, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das ist eins. Das ist zwei.", ["Das ist eins.", "Das ist zwei."]),
        ("Politik | Ausland\nSie reden wieder", ["Politik |", "Ausland", "Sie reden wieder"]),
        ("Lesen Sie auch: Wer zahlt?", ["Lesen Sie auch:", "Wer zahlt?"]),
        ("停火谈判开始。双方到场。", ["停火谈判开始。", "双方到场。"]),
        ("Um 3.14 Uhr war es so weit", ["Um 3.14 Uhr war es so weit"]),
        ("", []),
    ],
)
def test_a_line_ends_with_a_sentence_a_colon_a_bar_or_the_line(text, expected):
    assert [line.text for line in lines("taz.de", text)] == expected


def test_the_same_words_are_the_same_line_of_one_outlet_alone():
    (one,) = numbers_of("Jetzt hier WEITERLESEN!")

    assert numbers_of("jetzt hier weiterlesen.") == [one]
    assert numbers_of("Jetzt hier weiterlesen!", outlet="faz.net") != [one]
    assert numbers_of("Jetzt dort weiterlesen!") != [one]


def test_two_words_are_no_standing_line_unless_they_are_long():
    assert numbers_of("Bild: dpa") == [None, None]
    assert numbers_of("停火谈判开始。") == [None]
    assert None not in numbers_of("请订阅我们的电子报以便每天早上收到最新的国际新闻。")


def test_what_lies_far_down_is_one_line_without_a_number():
    sentence = "Das Wetter bleibt, wie es ist. "
    *told, rest = lines("taz.de", sentence * 400)

    assert {line.key for line in told} == {numbers_of(sentence.strip())[0]}
    assert sum(len(line.text) for line in told) < LOOKED
    assert rest.key is None


def test_lines_that_stand_there_always_are_left_out():
    told = lines("taz.de", "Die Brücke ist gesperrt. Jetzt taz abonnieren und lesen. Bis Juni bleibt sie zu.")

    assert lead(told, {told[1].key}).text == "Die Brücke ist gesperrt.\nBis Juni bleibt sie zu."
    assert lead(told, {told[1].key}).lines == tuple(line.key for line in told)


@given(st.text(max_size=6000))
def test_without_standing_lines_no_word_is_lost(text):
    told = lines("taz.de", text)

    assert "".join(lead(told, ()).text.split()) == "".join(text.split())


def test_texts_before_a_paywall_are_not_one_event_because_of_the_offer(store):
    for number in range(3):
        stub(store, number)
    late = [stub(store, number) for number in (3, 4)]

    assert event_of(store, late[0]) != event_of(store, late[1])
    shared = value(store, "select group_concat(shared) from event_stories where story_id >= 4")
    assert "Abo" not in shared


def test_before_the_offer_is_known_it_does_tie_them(store):
    """What the rule is there for: without it, the two stubs above would be one event."""
    both = [stub(store, number) for number in (3, 4)]

    assert event_of(store, both[0]) == event_of(store, both[1])


def test_a_line_is_known_by_three_days_not_by_three_stories(store):
    for number in range(4):
        stub(store, number, day=0)
    assert value(store, "select max(days) from _standing_lines") == 1

    known = store.run(lambda books: books.lead(report("bridge 1", outlet_id="hafenblick.test", text=OFFER)))
    assert words(known.text) == words(OFFER)


def test_another_outlet_may_print_it(store):
    for number in range(3):
        stub(store, number)
    other = report("bridge 1", outlet_id="sandwyk.test", text=OFFER)

    assert words(store.run(lambda books: books.lead(other)).text) == words(OFFER)


def test_what_came_once_is_forgotten_after_a_week_what_is_known_is_not(store):
    for number in range(3):
        stub(store, number)
    before = value(store, "select count(*) from _standing_lines")
    stub(store, 3, outlet="sandwyk.test", day=2 + store_lines.DAYS_NEW + 1)

    kept = all_rows(
        store, "select days from _standing_lines where last_on < (select max(last_on) from _standing_lines)"
    )
    assert before == 3 + len(kept)  # the three kickers are gone
    assert {days for (days,) in kept} == {3}

    stub(store, 4, outlet="sandwyk.test", day=2 + store_lines.DAYS_KNOWN + 1)
    assert value(store, "select max(days) from _standing_lines") == 1


def test_a_text_of_standing_lines_alone_says_too_little(store):
    for number in range(3):
        stub(store, number)
    bare = report("bridge 1", outlet_id="hafenblick.test", title="Kurz gesagt", text=OFFER)

    assert account(bare, store.run(lambda books: books.lead(bare)).text) is None
