"""Which wire service a text credits, and where it says so.

Four places count: the dateline ("Washington (dpa) –"), the byline, the credit line at the end ("© AFP",
"Quelle: ntv.de, mau/dpa", "(Reporting by …; Editing by …)") and sentences that say whose report it is.
A sentence that quotes an agency ("nach Angaben der Nachrichtenagentur Interfax"), a photo credit and an
article about an agency credit nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.model import Credit

# Name → how credits write it. Forms of two and three capitals that are also words or codes are taken
# as capitals only; all others in any case.
_ANY_CASE: dict[str, tuple[str, ...]] = {
    "dpa": ("dpa", "dpa-AFX", "dpa-infocom", "dpa-tmn", "dpa-Custom Content", "Deutsche Presse-Agentur"),
    "AFP": ("AFP", "Agence France-Presse", "Agence France Presse"),
    "Reuters": ("Reuters", "Reuters Breakingviews", "Thomson Reuters", "rtr", "rts", "Рейтер", "Рейтерс"),
    "AP": ("Associated Press", "The Associated Press"),
    "epd": ("epd", "Evangelischer Pressedienst"),
    "KNA": ("KNA", "Katholische Nachrichten-Agentur"),
    "APA": ("APA", "Austria Presse Agentur"),
    "Keystone-SDA": ("sda", "Keystone-SDA", "Keystone/SDA", "Keystone-ATS", "sda-ats"),
    "SID": ("SID", "Sport-Informations-Dienst"),
    "ANSA": ("ANSA",),
    "EFE": ("EFE", "Agencia EFE"),
    "PA": ("PA Media", "Press Association", "PA News Agency"),
    "TASS": ("TASS", "ITAR-TASS", "ТАСС"),
    "Interfax": (
        "Interfax",
        "Interfax.ru",
        "Interfax-Ukraine",
        "Интерфакс",
        "Интерфакс-Украина",
        "Інтерфакс-Україна",
    ),
    "RIA Novosti": ("RIA Novosti", "РИА Новости"),
    "Ukrinform": ("Ukrinform", "Укринформ", "Укрінформ"),
    "UNIAN": ("UNIAN", "УНИАН", "УНІАН"),
    "Xinhua": ("Xinhua", "新华社"),
    "Kyodo": ("Kyodo", "Kyodo News", "共同"),
    "AAP": ("Australian Associated Press",),
    "CP": ("The Canadian Press", "Canadian Press", "La Presse Canadienne"),
    "Ritzau": ("Ritzau",),
    "PAP": ("Polska Agencja Prasowa",),
    "ČTK": ("ČTK", "Česká tisková kancelář"),
    "Belga": ("Belga",),
    "Lusa": ("Lusa", "Agência Lusa"),
}
_CAPITALS: dict[str, tuple[str, ...]] = {
    "AP": ("AP",),
    "PA": ("PA",),
    "AAP": ("AAP",),
    "CP": ("CP",),
    "NTB": ("NTB",),
    "TT": ("TT",),
    "STT": ("STT",),
    "PAP": ("PAP",),
    "ČTK": ("CTK",),
    "ANP": ("ANP",),
}
_FOLDED = {form.casefold(): name for name, forms in _ANY_CASE.items() for form in forms}
_EXACT = {form: name for name, forms in _CAPITALS.items() for form in forms}
_FORMS = sorted((*(f for forms in _ANY_CASE.values() for f in forms), *_EXACT), key=len, reverse=True)
_AGENCY = "(?:" + "|".join(re.escape(form) for form in _FORMS) + ")"

_HEAD = 700  # signs: a dateline stands within, even below a repeated headline and a teaser
_TAIL = 500  # signs: a credit line stands within
_LONGEST_SIGN = 24  # signs of an author's or a desk's mark beside an agency: "mau/dpa", "taz/dpa"

_CREDITS = r"[\w .:-]{2,30}(?:\s?[/,+&]\s?[\w .:-]{2,30}){0,5}"
_PLACE_WORD = r"(?:\d{1,2}\.?|[^\W\d_a-zà-ÿа-я][\w.'’-]*|(?:am|an|der|den|de|del|la|le|upon|do|da|di)(?=\s))"
_PLACE = rf"{_PLACE_WORD}(?:[ ,/.]{{1,3}}(?:{_PLACE_WORD}|\w{{3,10}}\.?(?=\s*[(,/\d])|\d{{4}})){{0,7}}"
_DATELINES = (
    # Washington (dpa) –    WASHINGTON, Aug 6 (Reuters) -    Madrid, 6 ago (EFE).-
    re.compile(rf"(?:^|[\s“”\"»])(?P<whole>(?P<place>{_PLACE}),?\s*\((?P<credit>{_CREDITS})\))\s*(?:\.?\s?[-–—]|:|\|)", re.MULTILINE),
    # (ANSA) - ROMA, 06 AGO -
    re.compile(rf"^\s*(?P<whole>\((?P<credit>{_CREDITS})\))\s*(?:\.?\s?[-–—]|:)", re.MULTILINE),
    # Washington dpa/taz |
    re.compile(rf"^\s*(?P<whole>(?P<place>{_PLACE}) (?P<credit>[\w-]{{2,12}}(?:/[\w-]{{2,12}})*))\s*\|", re.MULTILINE),
    # MOSCOW, August 6. /TASS/.    STOCKHOLM /TT/
    re.compile(rf"^\s*(?P<whole>(?P<place>{_PLACE})[.,]?\s*/(?P<credit>{_CREDITS})/)", re.MULTILINE),
    # Москва. 6 августа. INTERFAX.RU -
    re.compile(r"^\s*(?P<whole>(?P<place>[^\W\d_][\w-]+)\. \d{1,2} \w+\. (?P<credit>[\w.]+))\s[-–—]", re.MULTILINE),
)  # fmt: skip
_NO_PLACE = re.compile(r"(?:der|die|das|ein|eine|the(?! hague)|a|an)\s", re.IGNORECASE)

_NO_TEXT = r"(?:photos?|pictures?|images?|fotos?|bild(?:er)?|video|grafik|graphic|symbolbild|archiv\w*|фото)"
_IMAGE = re.compile(
    rf"\b{_NO_TEXT}\b[^\n.!?]{{0,40}}$", re.IGNORECASE
)  # says so shortly before, in the same sentence
_CREDIT_LINES = (
    # dpa:240806-99-12345/2 is the number of a dpa report.
    re.compile(r"(?P<whole>(?P<credit>dpa):\d{6}-\d+-\d+(?:/\d+)?)"),
    re.compile(rf"(?P<whole>(?:©|\(c\)|copyright)\s*(?:\d{{4}}\s*)?(?:by\s+)?(?P<credit>{_AGENCY}(?:\s?/\s?{_AGENCY})*))(?!\w)", re.IGNORECASE),
    re.compile(rf"(?P<whole>(?:quellen?|sources?|fuentes?|fontes?|bron|källa|kilde|zdroj|źródło|источник|джерело):\s*(?P<credit>{_CREDITS}))\)?\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?P<whole>\bmit\s+(?:material|informationen|inhalten|agenturmaterial)\s+(?:von|der|des)?\s*(?P<credit>{_CREDITS}))", re.IGNORECASE),
    re.compile(rf"(?P<whole>\bmit\s+(?P<credit>{_AGENCY})(?:[- ](?:material|informationen))?)\)?\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?P<whole>\b(?:this|the)\s+(?:story|article|report)\s+(?:was|is)\s+(?:\w+\s+)?(?:published|produced|provided|supplied|written|reported)\s+by\s+(?P<credit>{_AGENCY}))", re.IGNORECASE),
    re.compile(rf"(?P<whole>\b(?:with\s+(?:files|reporting|additional reporting|material|inputs?)\s+(?:from|by)|avec|con informaci[oó]n de|met)\s+(?P<credit>{_AGENCY}(?:(?:,\s*|\s+and\s+|\s*/\s*|\s+et\s+){_AGENCY})*))\)?\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?P<whole>\b(?P<credit>{_AGENCY})(?:\s+(?:writers?|reporters?|journalists?)\s[^.\n]{{0,120}})?\s+contributed to this (?:report|story|article))", re.IGNORECASE),
    re.compile(r"(?P<whole>\((?:Additional )?Reporting by [^()]{3,300}[;.]\s*(?:\w+\s+){0,2}[Ee]diting by [^()]{3,120}\))"),
    re.compile(rf"(?P<whole>\((?P<credit>{_CREDITS})\))\s*\.?\s*$"),
    re.compile(r"(?:^|[.!?“”\"»«)\s])(?P<whole>(?P<credit>[\w-]{2,12}(?:\s?/\s?[\w-]{2,12})+))\s*$"),
    re.compile(rf"(?:^|[.!?“”\"»«)\n]\s?)(?P<whole>(?P<credit>{_AGENCY}))\s*$"),
)  # fmt: skip

_BETWEEN = re.compile(r"\s*(?:[/,;|+&]|\bund\b|\band\b|\bet\b|\by\b|\be\b|\bmit\b|\bwith\b|[()])\s*")
_LEAD_IN = re.compile(r"^(?:von|by|par|por|di|av|af|door|od|из|der|die|the agency)\s+", re.IGNORECASE)
_LEAD_OUT = re.compile(r"\s+(?:staff|news|writers?|correspondents?|redaktion)$", re.IGNORECASE)


def credit(*, title: str, text: str, byline: str | None = None) -> Credit | None:
    """Give the agency that an article names as its source, or None where it names none.

    Several are joined in the order they are named: "dpa, AFP". `title` is not asked: headlines speak
    *about* agencies.
    """
    del title
    body = text.strip()
    for find in (_dateline, _byline, _credit_line):
        found = find(byline or "") if find is _byline else find(body)
        if found:
            return found
    return None


def _dateline(text: str) -> Credit | None:
    head = text[:_HEAD]
    for pattern in _DATELINES:
        for match in pattern.finditer(head):
            place = match.groupdict().get("place") or ""
            agencies = list(_named(match["credit"]))
            if agencies and not _NO_PLACE.match(place):
                return _credit(agencies, "dateline", match["whole"])
    return None


def _byline(byline: str) -> Credit | None:
    agencies = [name for part in _BETWEEN.split(byline) if (name := _agency(part))]
    return _credit(agencies, "byline", byline) if agencies else None


def _credit_line(text: str) -> Credit | None:
    tail = text[-_TAIL:]
    for pattern in _CREDIT_LINES:
        for match in pattern.finditer(tail):
            said = match.groupdict().get("credit")
            # "(Reporting by …; Editing by …)" is how Reuters, and nobody else, signs.
            agencies = list(_named(said)) if said else ["Reuters"]
            if agencies and not _IMAGE.search(tail[: match.end("whole")]):
                return _credit(agencies, "credit line", match["whole"])
    return None


def _named(marks: str) -> Iterator[str]:
    """Give the agencies among marks such as "taz/dpa" or "dpa, AFP"; nothing where one part is a sentence."""
    parts = [part for part in _BETWEEN.split(marks) if part]
    if all(len(part) <= _LONGEST_SIGN for part in parts):
        yield from (name for part in parts if (name := _agency(part)))


def _agency(part: str) -> str | None:
    """Give the agency that a mark stands for: the whole mark, but for "von" before and "staff" after."""
    mark = _LEAD_OUT.sub("", _LEAD_IN.sub("", part.strip(" .:–—-\n\t"))).strip()
    return _EXACT.get(mark) or _FOLDED.get(mark.casefold())


def _credit(agencies: list[str], where: str, quoted: str) -> Credit:
    said = " ".join(quoted.split()).rstrip(".")
    return Credit(agency=", ".join(dict.fromkeys(agencies)), because=f"{where} '{said}'")
