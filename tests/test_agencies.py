"""Which wire service a text credits: a table of what papers write, and of what only looks like it."""

import time

import pytest

from monitor.core.agencies import credit

REST = "Der Sprecher sagte am Dienstag, das Treffen sei gut verlaufen. Einzelheiten nannte er nicht.\n" * 4

DATELINES = [
    ("Washington (dpa) - Der Präsident will reisen.", "dpa", "dateline 'Washington (dpa)'"),
    ("Berlin/Paris (dpa/AFP) – Die Minister trafen sich.", "dpa, AFP", "dateline 'Berlin/Paris (dpa/AFP)'"),
    ("WASHINGTON, Aug 6 (Reuters) - The president will meet him.", "Reuters", "dateline 'WASHINGTON, Aug 6 (Reuters)'"),
    ("KYIV, Ukraine (AP) — The talks began on Tuesday.", "AP", "dateline 'KYIV, Ukraine (AP)'"),
    ("Washington dpa/taz | Der Präsident will reisen.", "dpa", "dateline 'Washington dpa/taz'"),
    ("BERLIN taz/afp/rtr | Die Regierung will sparen.", "AFP, Reuters", "dateline 'BERLIN taz/afp/rtr'"),
    ("MOSCOW, August 6. /TASS/. The ministry said so.", "TASS", "dateline 'MOSCOW, August 6. /TASS/'"),
    ("МОСКВА, 6 августа. /ТАСС/. Министерство сообщило.", "TASS", "dateline 'МОСКВА, 6 августа. /ТАСС/'"),
    ("Москва. 6 августа. INTERFAX.RU - Министр заявил.", "Interfax", "dateline 'Москва. 6 августа. INTERFAX.RU'"),
    ("(ANSA) - ROMA, 06 AGO - Il ministro ha detto.", "ANSA", "dateline '(ANSA)'"),
    ("Madrid, 6 ago (EFE).- El ministro dijo el martes.", "EFE", "dateline 'Madrid, 6 ago (EFE)'"),
    ("Lisboa, 06 ago 2024 (Lusa) – O ministro disse.", "Lusa", "dateline 'Lisboa, 06 ago 2024 (Lusa)'"),
    ("Paris, 6 août 2024 (AFP) - Le ministre a dit.", "AFP", "dateline 'Paris, 6 août 2024 (AFP)'"),
    ("BEIJING, Aug. 6 (Xinhua) -- China said on Tuesday.", "Xinhua", "dateline 'BEIJING, Aug. 6 (Xinhua)'"),
    ("Frankfurt am Main (epd). Die Kirche plant.\nFrankfurt am Main (epd) - Mehr.", "epd", "dateline 'Frankfurt am Main (epd)'"),
    ("Den Haag (ANP) - De minister zei.", "ANP", "dateline 'Den Haag (ANP)'"),
    ("The Hague (AP) — Judges said.", "AP", "dateline 'The Hague (AP)'"),
    ("Київ (Укрінформ) – Міністр сказав.", "Ukrinform", "dateline 'Київ (Укрінформ)'"),
    ("Frankfurt (dpa-AFX) - Der Dax steigt.", "dpa", "dateline 'Frankfurt (dpa-AFX)'"),
    ("Neue Gespräche\nStartseite Politik Neue Gespräche London (dpa) - Die Minister.", "dpa", "London (dpa)'"),
]  # fmt: skip

ENDINGS = [
    ("© dpa-infocom, dpa:240806-99-12345/2", "dpa", "credit line 'dpa:240806-99-12345/2'"),
    ("© AFP", "AFP", "credit line '© AFP'"),
    (
        "Copyright 2024 The Associated Press. All rights reserved.",
        "AP",
        "'Copyright 2024 The Associated Press'",
    ),
    ("(Quelle: dpa)", "dpa", "credit line 'Quelle: dpa'"),
    ("Quelle: ntv.de, mau/dpa/AFP", "dpa, AFP", "credit line 'Quelle: ntv.de, mau/dpa/AFP'"),
    ("Mit Material von dpa und AFP", "dpa, AFP", "credit line 'Mit Material von dpa und AFP'"),
    ("(mit dpa)", "dpa", "credit line 'mit dpa'"),
    ("mit Reuters", "Reuters", "credit line 'mit Reuters'"),
    ("This story was published by AFP.", "AFP", "credit line 'This story was published by AFP'"),
    (
        "(Reporting by Jane Doe; Editing by John Roe)",
        "Reuters",
        "'(Reporting by Jane Doe; Editing by John Roe)'",
    ),
    (
        "Associated Press writers Jane Doe and John Roe contributed to this report.",
        "AP",
        "credit line 'Associated Press",
    ),
    ("With files from The Canadian Press", "CP", "credit line 'With files from The Canadian Press'"),
    ("ptz/Reuters", "Reuters", "credit line 'ptz/Reuters'"),
    ("(dpa/lby)", "dpa", "credit line '(dpa/lby)'"),
    ("(AP)", "AP", "credit line '(AP)'"),
    ("dpa", "dpa", "credit line 'dpa'"),
    ("Источник: Интерфакс", "Interfax", "credit line 'Источник: Интерфакс'"),
]

BYLINES = [
    ("dpa", "dpa"),
    ("Von dpa", "dpa"),
    ("dpa/tz", "dpa"),
    ("Lena Muster, dpa", "dpa"),
    ("AFP und Reuters", "AFP, Reuters"),
    ("By The Associated Press", "AP"),
    ("Jane Doe (Reuters)", "Reuters"),
    ("Reuters Staff", "Reuters"),
    ("Keystone-SDA", "Keystone-SDA"),
    ("NTB", "NTB"),
]

FALSE_FRIENDS = [
    "Der Umsatz von Reuters stieg im zweiten Quartal. Der Konzern will weiter wachsen, sagte ein Sprecher.",
    "Nach Angaben der Nachrichtenagentur Interfax landete die Maschine am Morgen in Moskau.",
    "Das sagte der Minister der Deutschen Presse-Agentur (dpa), wie am Montag bekannt wurde.",
    "Der Aktionsplan (AP) - so nennt ihn das Ministerium - liegt nun vor.",
    "Three people died in Harrisburg, PA, on Monday, the AP-style guide notwithstanding.",
    "Die App APA-Kids ist neu. Sie kostet nichts. Das teilte die Firma mit.",
    "Er fuhr mit dem TT nach Hause. Die Polizei hielt ihn an, weil er zu schnell war.",
    "The agency TASS reported that the minister had left. Nobody confirmed it.",
]


@pytest.mark.parametrize(("start", "agency", "because"), DATELINES)
def test_a_dateline_names_the_agency(start, agency, because):
    found = credit(title="Neue Gespräche", text=f"{start}\n{REST}")

    assert found is not None
    assert found.agency == agency
    assert because in found.because


@pytest.mark.parametrize(("line", "agency", "because"), ENDINGS)
def test_a_credit_line_at_the_end_names_the_agency(line, agency, because):
    found = credit(title="Neue Gespräche", text=f"{REST}{line}")

    assert found is not None
    assert found.agency == agency
    assert because in found.because


@pytest.mark.parametrize(("byline", "agency"), BYLINES)
def test_a_byline_names_the_agency(byline, agency):
    found = credit(title="Neue Gespräche", text=REST, byline=byline)

    assert found is not None
    assert found.agency == agency
    assert found.because == f"byline '{byline}'"


@pytest.mark.parametrize("sentence", FALSE_FRIENDS)
def test_speaking_of_an_agency_credits_nobody(sentence):
    assert credit(title="Reuters wächst", text=f"{sentence}\n{REST}") is None
    assert credit(title="Reuters wächst", text=f"{REST}{sentence}") is None


@pytest.mark.parametrize(
    "line", ["Foto: dpa", "Bild: © AFP", "Photo by REUTERS", "Symbolbild (dpa)", "(Foto: Muster/dpa)"]
)
def test_a_photo_credit_is_no_credit_of_the_text(line):
    assert credit(title="Neue Gespräche", text=f"{REST}{line}") is None


@pytest.mark.parametrize("byline", ["Ada Appel", "Paul Tass", "Anna P. Schmidt", "Redaktion", "", None])
def test_a_persons_name_is_no_agency(byline):
    assert credit(title="Neue Gespräche", text=REST, byline=byline) is None


def test_an_empty_text_credits_nobody():
    assert credit(title="", text="") is None


@pytest.mark.parametrize(
    "text", ["A" * 100_000, "A " * 50_000, "(" * 50_000, "A, " * 40_000, "a/" * 40_000, "Aa. 6 a. " * 9000]
)
def test_a_hostile_text_costs_little_time(text):
    started = time.process_time()
    credit(title="", text=text, byline=text)

    assert time.process_time() - started < 0.5
