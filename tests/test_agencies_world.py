"""The wire services of the world, each as its own clients credit it; and what only looks like one of them."""

import pytest

from monitor.core.agencies import credit, inherited

BODY = "The minister spoke of progress on Tuesday. Nobody wanted to say more about it.\n" * 4

STARTS = [
    ("de", "Kassel (dpa/lhe) - Der Fluss steigt weiter.", "dpa"),
    ("fr", "Lyon, 6 août 2026 (AFP) - Le fleuve monte encore.", "AFP"),
    ("en", "OSLO, Aug 6 (Reuters) - The river keeps rising.", "Reuters"),
    ("en", "MONTGOMERY, Ala. (AP) — The river keeps rising.", "AP"),
    ("de", "Hannover (epd). Die Kirchen öffnen ihre Säle.", "epd"),
    ("de", "Bonn (KNA) Der Bischof öffnet den Dom.", "KNA"),
    ("de", "Wien (APA/dpa) - Die Donau steigt weiter.", "APA, dpa"),
    ("de", "Bern (awp/sda) - Die Aare steigt weiter.", "Keystone-SDA"),
    ("de", "Köln (SID) - Der Torwart wechselt.", "SID"),
    ("it", "(ANSA) - TORINO, 06 AGO - Il fiume sale ancora.", "ANSA"),
    ("es", "Sevilla, 6 ago (EFE).- El río sigue subiendo.", "EFE"),
    ("ru", "ТУЛА, 6 августа. /ТАСС/. Река поднимается.", "TASS"),
    ("ru", "Тула. 6 августа. ИНТЕРФАКС - Река поднимается.", "Interfax"),
    ("uk", "Львів. 6 серпня. УНІАН. Річка піднімається.", "UNIAN"),
    ("uk", "Львів (Укрінформ) – Річка піднімається.", "Ukrinform"),
    ("en", "WUHAN, Aug. 6 (Xinhua) -- The river keeps rising.", "Xinhua"),
    ("zh", "新华社武汉8月6日电 江水继续上涨。", "Xinhua"),
    ("en", "OSAKA (Kyodo) -- The river keeps rising.", "Kyodo"),
    ("ja", "【大阪共同】川の水位が上がっている。", "Kyodo"),
    ("ja", "【8月6日 AFP】川の水位が上がっている。", "AFP"),
    ("ja", "［東京 6日 ロイター］ - 川の水位が上がっている。", "Reuters"),
    ("es", "El río sigue subiendo.\nPor Agencia EFE\nEl ministro lo dijo el martes.", "EFE"),
    ("en", "BRISBANE (AAP) - The river keeps rising.", "AAP"),
    ("en", "WINNIPEG (CP) — The river keeps rising.", "CP"),
    ("no", "Bergen (NTB-AFP): Elven stiger fortsatt.", "NTB, AFP"),
    ("no", "Bergen (NTB): Elven stiger fortsatt.", "NTB"),
    ("sv", "GÖTEBORG (TT) – Älven stiger.", "TT"),
    ("da", "Aarhus (Ritzau) - Åen stiger stadig.", "Ritzau"),
    ("fi", "TAMPERE (STT) - Joki nousee yhä.", "STT"),
    ("pl", "Gdańsk (PAP) - Rzeka nadal wzbiera.", "PAP"),
    ("cs", "Brno 6. srpna (ČTK) – Řeka dál stoupá.", "ČTK"),
    ("nl", "ZWOLLE (ANP) - De rivier stijgt verder.", "ANP"),
    ("fr", "NAMUR (Belga) - La rivière monte encore.", "Belga"),
    ("pt", "Porto, 06 ago 2026 (Lusa) – O rio continua a subir.", "Lusa"),
]
ENDS = [
    ("de", "Mit Material von dpa und AFP", "dpa, AFP"),
    ("de", "Mit Material der Nachrichtenagenturen Reuters und epd.", "Reuters, epd"),
    ("de", "Verwendete Quellen: Nachrichtenagenturen dpa und KNA", "dpa, KNA"),
    ("de", "(lsm/dpa)", "dpa"),
    ("de", "taz/dpa", "dpa"),
    ("de", "(APA/AFP/Reuters)", "APA, AFP, Reuters"),
    ("de", "(sda/afp)", "Keystone-SDA, AFP"),
    ("de", "dpa/SID", "dpa, SID"),
    ("de", "Quelle: n-tv.test, abc/rts", "Reuters"),
    ("en", "This report by The Canadian Press was first published Aug. 6, 2026.", "CP"),
    ("en", "With files from The Associated Press", "AP"),
    ("en", "(With inputs from PTI)", "PTI"),
    ("en", "- Australian Associated Press", "AAP"),
    ("en", "Copyright 2026 AP News. All rights reserved.", "AP"),
    ("en", "(Reporting by Ada Lind in Oslo; Editing by Tom Berg)", "Reuters"),
    ("fr", "(avec AFP et Reuters)", "AFP, Reuters"),
    ("es", "Con información de EFE", "EFE"),
    ("pt", "Com informações da Agência Lusa", "Lusa"),
    ("it", "Fonte: ANSA", "ANSA"),
    ("nl", "Bron: ANP", "ANP"),
    ("nl", "(Belga)", "Belga"),
    ("da", "/ritzau/", "Ritzau"),
    ("sv", "/TT/", "TT"),
    ("no", "(©NTB)", "NTB"),
    ("fi", "Lähde: STT", "STT"),
    ("fi", "STT–Reuters", "STT, Reuters"),
    ("pl", "Źródło: PAP", "PAP"),
    ("cs", "Zdroj: ČTK", "ČTK"),
    ("uk", "Джерело: Інтерфакс-Україна", "Interfax"),
    ("ja", "（共同）", "Kyodo"),
    ("zh", "（新华社）", "Xinhua"),
]
BYLINES = [
    ("en", "PA Media", "PA"),
    ("en", "By PA", "PA"),
    ("en", "Ada Lind and Tom Berg, Associated Press", "AP"),
    ("en", "The Canadian Press", "CP"),
    ("fr", "Le Soir avec Belga", None),
    ("fr", "Agence France-Presse", "AFP"),
    ("sv", "TT", "TT"),
    ("no", "NTB", "NTB"),
    ("nl", "ANP", "ANP"),
    ("pl", "PAP, oprac. Ada Lind", "PAP"),
    ("de", "Von dpa-Korrespondentin Ada Lind", None),
    ("de", "taz/dpa", "dpa"),
    ("de", "Ada Lind mit dpa", "dpa"),
    ("pt", "Agência Lusa", "Lusa"),
]
# (language, sentence): none of them credits anybody, wherever in the text it stands.
FALSE_FRIENDS = [
    ("en", "Reuters said on Tuesday that it would cut jobs in its London newsroom."),
    ("en", "Alabama Power (AP) — the utility of that name — raised its prices."),
    ("en", "Advanced Placement (AP) - an exam that many schools offer - costs more."),
    ("en", "He was born in Scranton (PA)."),
    ("en", "The Communist Party (CP) - then in power - banned the paper."),
    ("en", "Table Tennis (TT) – a sport for all ages – is back."),
    ("en", "Canadian Pacific (CP) - the railway - lost its appeal."),
    ("de", "Die Audi TT fährt vorneweg. Der Fahrer sagte nichts dazu."),
    ("de", "Das berichtete die Tiroler Tageszeitung (TT)."),
    ("de", "Das sagte der Minister der Deutschen Presse-Agentur (dpa)."),
    ("de", "Der Evangelische Pressedienst (epd) - er wurde 1910 gegründet - zieht um."),
    ("de", "Wie die Nachrichtenagentur AFP erfuhr, verhandeln beide Seiten weiter."),
    ("de", "Die Nachrichtenagentur dpa"),
    ("de", "Neuer Chef bei Reuters: Wie die Agentur sich wandeln will, ist offen."),
    ("fr", "Selon l’AFP, le ministre a refusé de répondre."),
    ("es", "El director de EFE dijo que la agencia contratará a más gente."),
    ("ru", "Об этом сообщил ТАСС источник в министерстве."),
    ("uk", "Про це повідомили Укрінформу в міністерстві."),
    ("pl", "Jak powiedział PAP rzecznik, rozmowy trwają."),
    ("fi", "Ministeri kertoi STT:lle asiasta maanantaina."),
    ("sv", "Det säger ministern till TT."),
    ("nl", "Dat zei de minister tegen het ANP."),
    ("cs", "Ministr to řekl agentuře ČTK."),
]
PHOTOS = [
    "© dpa | Ada Lind",
    "Quelle: dpa/Ada Lind",
    "© Tom Berg/dpa",
    "Foto: NTB",
    "© DPA Images | Ada Lind",
    "Ada Lind/AP/dpa",
    "(Foto: Lind/APA)",
]


@pytest.mark.parametrize(("language", "start", "agency"), STARTS, ids=[row[1][:24] for row in STARTS])
def test_every_agency_is_known_by_its_dateline(language, start, agency):
    found = credit(title="", text=f"{start}\n{BODY}", language=language)

    assert found is not None
    assert found.agency == agency
    assert found.because.startswith("dateline '")


@pytest.mark.parametrize(("language", "line", "agency"), ENDS, ids=[row[1][:24] for row in ENDS])
def test_every_agency_is_known_by_its_credit_line(language, line, agency):
    found = credit(title="", text=f"{BODY}{line}", language=language)

    assert found is not None
    assert found.agency == agency
    assert found.because.startswith("credit line '")


@pytest.mark.parametrize(("language", "byline", "agency"), BYLINES)
def test_a_byline_credits_agencies_and_not_their_staff(language, byline, agency):
    found = credit(title="", text=BODY, byline=byline, language=language)

    assert (found.agency if found else None) == agency


@pytest.mark.parametrize(("language", "sentence"), FALSE_FRIENDS)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_to_speak_of_an_agency_is_not_to_credit_it(language, sentence, place):
    texts = {"alone": sentence, "first": f"{sentence}\n{BODY}", "last": f"{BODY}{sentence}"}

    assert credit(title="", text=texts[place], language=language) is None


@pytest.mark.parametrize("line", PHOTOS)
def test_the_credit_of_a_photo_is_not_the_text_s(line):
    assert credit(title="", text=f"{BODY}{line}", language="de") is None
    assert credit(title="", text=f"{BODY}Der Fluss steigt {line}\nMehr davon morgen.", language="de") is None


@pytest.mark.parametrize(
    ("language", "line", "agency"),
    [("de", "(TT)", None), ("sv", "(TT)", "TT"), ("de", "(PA)", None), ("en", "(PA)", "PA"), (None, "(TT)", "TT")],
)  # fmt: skip
def test_an_abbreviation_of_many_things_asks_for_the_language(language, line, agency):
    found = credit(title="", text=f"{BODY}{line}", language=language)

    assert (found.agency if found else None) == agency


def test_what_the_page_declares_to_machines_counts_last():
    assert credit(title="", text=BODY, declared=["dpa"]).because == "the page's data 'dpa'"
    assert credit(title="", text=f"{BODY}(AFP)", declared=["dpa"]).agency == "AFP"
    assert credit(title="", text=BODY, declared=["Harbour Post", "AFP/dpa"]).agency == "AFP, dpa"
    assert credit(title="", text=BODY, declared=["Harbour Post"]) is None


@pytest.mark.parametrize(
    ("share", "agency", "expected"),
    [
        (0.82, "dpa", "by overlap: 82 % of this text stands in FAZ, which credits dpa"),
        (1.0, "dpa", "by overlap: all of this text stands in FAZ, which credits dpa"),
        (0.49, "dpa", None),
        (0.9, None, None),
    ],
)
def test_a_text_inherits_the_credit_of_the_text_it_stands_in(share, agency, expected):
    found = inherited(share, agency, "FAZ")

    assert (found.because if found else None) == expected
