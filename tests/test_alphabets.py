"""Latin letters without a declared encoding: the language that has all of them decides."""

import pytest

from monitor.core.alphabets import encoding
from monitor.core.charset import to_utf8

# language → how its texts are encoded, and one
TEXTS = {
    "es": (
        "cp1252",
        "El Gobierno de Sandoval dijo que la reunión será mañana en Logroño: «Los niños volverán», añadió.",
    ),
    "sv": ("cp1252", "Hamnen i Norrsjö öppnar på måndag. Många väntar på besked, säger Åke Lindström."),
    "fr": (
        "cp1252",
        "Le maire de Sablière a déclaré que le pont resterait fermé. Les élèves prennent le bac, même à Noël.",
    ),
    "de": (
        "cp1252",
        "Die Brücke über die Förde bleibt gesperrt, erklärte der Präsident. Fußgänger müssen außen herum.",
    ),
    "pt": (
        "cp1252",
        "A reunião será amanhã em São Tomás. As crianças não irão à escola por causa da situação.",
    ),
    "no": ("cp1252", "Møtet holdes på mandag i Tromsø. Mange på øya venter på svar, også fra fylket."),
    "fi": ("cp1252", "Kokous pidetään maanantaina Jyväskylässä. Monet ihmiset odottavat päätöstä."),
    "it": ("cp1252", "La città è pronta, perché la riunione si farà giovedì, così ha spiegato il sindaco."),
    "pl": (
        "cp1250",
        "Spotkanie odbędzie się w Łodzi. Wielu ludzi czeka na decyzję rządu, także młodzież ze szkół średnich.",
    ),
    "pl, ISO": (
        "iso8859-2",
        "Spotkanie odbędzie się w Łodzi. Wielu ludzi czeka na decyzję rządu, także młodzież ze szkół średnich.",
    ),
    "cs": (
        "cp1250",
        "Schůzka se uskuteční v Brně. Mnoho lidí čeká na rozhodnutí vlády, říká ministr školství.",
    ),
    "hu": (
        "cp1250",
        "A találkozó Győrben lesz. Sok ember várja a döntést az őszi időszakról, mondta a miniszter.",
    ),
    "hr": ("cp1250", "Sastanak će se održati u Čakovcu. Mnogi čekaju odluku vlade, kaže ministar školstva."),
    "ro": (
        "cp1250",
        "Întâlnirea va avea loc la Braşov. Mulţi oameni aşteaptă decizia guvernului în această săptămână.",
    ),
    "tr": (
        "cp1254",
        "Görüşme İstanbul’da yapılacak. Birçok kişi hükümetin kararını bekliyor, öğrenciler de.",
    ),
    "lt": (
        "cp1257",
        "Susitikimas įvyks Šiauliuose. Daug žmonių laukia vyriausybės sprendimo, sakė ministrė.",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("times", [1, 5])
def test_a_page_that_names_no_encoding_is_read_in_that_of_its_language(name, times):
    code, text = TEXTS[name]
    page = f"<html><body><p>{text}</p></body></html>" * times

    assert to_utf8(page.encode(code)).decode() == page


def test_a_name_of_elsewhere_does_not_change_a_text_s_encoding():
    text = "The minister of the islands said that it was not for him to say what they had in mind, but Håkon and Søren would, and so would Zoë. "

    assert encoding(text.encode("cp1252")) == "cp1252"
    assert encoding((text * 30).encode("cp1252")) == "cp1252"


def test_letters_that_no_language_has_together_tell_nothing():
    assert encoding("ñ ø ð ê ã ß".encode("cp1252")) is None
