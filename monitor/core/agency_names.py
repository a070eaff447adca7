"""The wire services by name, and how credits write them."""

from __future__ import annotations

import re

# Name → forms that are no words or names of anything else: taken in any case.
ANY_CASE: dict[str, tuple[str, ...]] = {
    "dpa": ("dpa", "dpa-AFX", "dpa-infocom", "dpa-tmn", "dpa-Custom Content", "dpa/lnw", "Deutsche Presse-Agentur", "German Press Agency"),
    "AFP": ("AFP", "Agence France-Presse", "Agence France Presse", "AFPE"),
    "Reuters": ("Reuters", "Reuters Breakingviews", "Thomson Reuters", "rtr", "rts", "Rtrs", "Рейтер", "Рейтерс", "Рейтерз", "ロイター"),
    "AP": ("Associated Press", "The Associated Press", "AP News"),
    "epd": ("epd", "Evangelischer Pressedienst"),
    "KNA": ("KNA", "Katholische Nachrichten-Agentur"),
    "APA": ("APA", "Austria Presse Agentur"),
    "Keystone-SDA": ("sda", "Keystone-SDA", "Keystone/SDA", "Keystone-ATS", "sda-ats", "awp/sda"),
    "SID": ("SID", "Sport-Informations-Dienst"),
    "ANSA": ("ANSA", "Agenzia ANSA", "ANSA.it"),
    "EFE": ("EFE", "Agencia EFE", "EFEverde"),
    "PA": ("PA Media", "Press Association", "PA News Agency"),
    "TASS": ("TASS", "ITAR-TASS", "ТАСС", "ИТАР-ТАСС"),
    "Interfax": ("Interfax", "Interfax.ru", "Interfax-Ukraine", "Интерфакс", "Интерфакс-Украина", "Інтерфакс-Україна"),
    "RIA Novosti": ("RIA Novosti", "РИА Новости"),
    "Ukrinform": ("Ukrinform", "Укринформ", "Укрінформ"),
    "UNIAN": ("UNIAN", "УНИАН", "УНІАН"),
    "Xinhua": ("Xinhua", "Xinhua News Agency", "新华社", "新華社"),
    "Kyodo": ("Kyodo", "Kyodo News", "共同", "共同通信"),
    "Jiji": ("Jiji Press", "時事通信"),
    "Yonhap": ("Yonhap", "Yonhap News Agency", "연합뉴스"),
    "AAP": ("Australian Associated Press",),
    "CP": ("The Canadian Press", "Canadian Press", "La Presse Canadienne"),
    "NTB": ("NTB scanpix", "Norsk Telegrambyrå"),
    "TT": ("TT Nyhetsbyrån",),
    "Ritzau": ("Ritzau", "Ritzaus Bureau"),
    "STT": ("STT–Lehtikuva", "Suomen Tietotoimisto"),
    "PAP": ("Polska Agencja Prasowa",),
    "ČTK": ("ČTK", "Česká tisková kancelář"),
    "Belga": ("Belga", "Agence Belga"),
    "ANP": ("Algemeen Nederlands Persbureau",),
    "Lusa": ("Lusa", "Agência Lusa", "Agencia Lusa"),
    "PTI": ("Press Trust of India",),
    "Anadolu": ("Anadolu Agency", "Anadolu Ajansı"),
    "MTI": ("Magyar Távirati Iroda",),
    "Adnkronos": ("Adnkronos",),
    "Europa Press": ("Europa Press",),
    "Bloomberg": ("Bloomberg News",),
}  # fmt: skip

# Name → forms of two and three capitals that stand for other things too, elsewhere: states, parties, sports,
# other papers (TT is also Innsbruck's Tiroler Tageszeitung). As capitals only, and in texts of these languages.
CAPITALS: dict[str, dict[str, frozenset[str]]] = {
    "AP": {"AP": frozenset()},  # empty: any language
    "PA": {"PA": frozenset({"en"})},
    "AAP": {"AAP": frozenset({"en"})},
    "CP": {"CP": frozenset({"en", "fr"})},
    "NTB": {"NTB": frozenset({"no", "nb", "nn", "da", "sv", "en"})},
    "TT": {"TT": frozenset({"sv", "fi", "no", "nb", "da", "en"})},
    "STT": {"STT": frozenset({"fi", "sv", "en"})},
    "PAP": {"PAP": frozenset({"pl", "en", "uk", "ru", "cs"})},
    "ČTK": {"CTK": frozenset({"cs", "sk", "en"}), "ČTK": frozenset()},
    "ANP": {"ANP": frozenset({"nl", "en", "fy"})},
    "PTI": {"PTI": frozenset({"en", "hi"})},
    "MTI": {"MTI": frozenset({"hu", "en"})},
}

_FOLDED = {form.casefold(): name for name, forms in ANY_CASE.items() for form in forms}
_EXACT = {form: (name, spoken) for name, forms in CAPITALS.items() for form, spoken in forms.items()}
_FORMS = sorted({*(f for forms in ANY_CASE.values() for f in forms), *_EXACT}, key=len, reverse=True)

AGENCY = "(?:" + "|".join(re.escape(form) for form in _FORMS) + ")"  # for use inside other patterns

_LEAD_IN = re.compile(
    r"^(?:(?:von|by|par|por|di|av|af|door|od|из|der|den|die|the|le|la|de|agency|(?:nachrichten)?agentur(?:en)?|agence|agencia|agência|agenzia)\s+)+",
    re.IGNORECASE,
)
_LEAD_OUT = re.compile(
    r"\s+(?:staff|news|writers?|reporters?|correspondents?|redaktion|agency)$", re.IGNORECASE
)


def agency(mark: str, language: str | None = None) -> str | None:
    """Give the agency that a whole mark stands for, but for "von" before and "Staff" after; None for others.

    `language` (ISO 639-1) is that of the text; abbreviations that mean other things elsewhere ask for it.
    """
    text = mark.strip(" .:–—-©/\n\t")
    return _named(text, language) or _named(
        _LEAD_OUT.sub("", _LEAD_IN.sub("", text)).strip(" .:–—-"), language
    )


def is_abbreviation(mark: str) -> bool:
    """Whether a mark is one of the forms that mean other things elsewhere."""
    return mark.strip() in _EXACT


def _named(mark: str, language: str | None) -> str | None:
    if found := _FOLDED.get(mark.casefold()):
        return found
    name, spoken = _EXACT.get(mark, (None, frozenset()))
    return name if not spoken or language is None or language[:2] in spoken else None
