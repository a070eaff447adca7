"""Which wire service a text credits, and where it says so.

Five places count: the dateline ("Washington (dpa) –"), the byline, the credit line at the end ("© AFP",
"Quelle: ntv.de, mau/dpa", "(Reporting by …; Editing by …)"), sentences that say whose report it is, and
what the page declares to machines. A text without any of these inherits the credit of a text that it
stands in. A sentence that quotes an agency ("nach Angaben der Nachrichtenagentur Interfax"), a photo
credit and an article about an agency credit nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.core.agency_names import AGENCY, agency, is_abbreviation
from monitor.model import Credit

INHERITED = 0.5  # of an uncredited text stands in the credited one: it is the agency's too

_HEAD = 700  # signs: a dateline stands within, even below a repeated headline and a teaser
_TAIL = 500  # signs: a credit line stands within
_LONG_TAIL = 2500  # signs: "Quelle: mj./dpa" stands within, above what a site adds to each of its pages
_LONGEST_SIGN = 24  # signs of an author's or a desk's mark beside an agency: "mau/dpa", "taz/dpa"

_CREDITS = r"[\w .:-]{2,30}(?:\s?[/,+&–]\s?[\w .:-]{2,30}){0,5}"
_LISTED = rf"{AGENCY}(?:(?:,\s*|\s*/\s*|\s+(?:und|and|et|y|e|og|och|en|ja|a|i|sowie)\s+){AGENCY})*"
_PLACE_WORD = (
    r"(?:\d{1,2}\.?|[^\W\d_a-zà-ÿа-я][\w.'’-]*|(?:am|an|der|den|de|del|la|le|upon|do|da|di|a\.)(?=\s))"
)
_PLACE = rf"{_PLACE_WORD}(?:[ ,/.]{{1,3}}(?:{_PLACE_WORD}|\w{{3,10}}\.?(?=\s*[(,/\d])|\d{{4}})){{0,7}}"
_DATELINES = (
    # Washington (dpa) –    WASHINGTON, Aug 6 (Reuters) -    Madrid, 6 ago (EFE).-
    re.compile(rf"(?:^|[\s“”\"»])(?P<whole>(?P<place>{_PLACE}),?\s*\((?P<credit>{_CREDITS})\))\s*(?:\.?\s?[-–—]|:|\|)", re.MULTILINE),
    # Berlin (epd). Die    Bonn (KNA) Der
    re.compile(rf"^(?P<whole>(?P<place>{_PLACE}),?\s*\((?P<credit>{_CREDITS})\))\.?\s+(?=[^\W\d_a-zà-ÿа-я„“\"])", re.MULTILINE),
    # (ANSA) - ROMA, 06 AGO -
    re.compile(rf"^\s*(?P<whole>\((?P<credit>{_CREDITS})\))\s*(?:\.?\s?[-–—]|:)", re.MULTILINE),
    # Washington dpa/taz |
    re.compile(rf"^\s*(?P<whole>(?P<place>{_PLACE}) (?P<credit>[\w-]{{2,12}}(?:/[\w-]{{2,12}})*))\s*\|", re.MULTILINE),
    # MOSCOW, August 6. /TASS/.    STOCKHOLM /TT/
    re.compile(rf"^\s*(?P<whole>(?P<place>{_PLACE})[.,]?\s*/(?P<credit>{_CREDITS})/)(?!\w)", re.MULTILINE),
    # Москва. 6 августа. INTERFAX.RU -    Київ. 6 серпня. УНІАН.
    re.compile(r"^\s*(?P<whole>(?P<place>[^\W\d_][\w-]+)\. \d{1,2} \w+\. (?P<credit>[\w.-]+))\s?(?:[-–—.]|(?<=\.)\s)", re.MULTILINE),
    # 新华社北京8月6日电    【ワシントン共同】
    re.compile(r"^\s*(?P<whole>(?P<credit>新[华華]社)(?P<place>\w{2,8}?)\d{1,2}月\d{1,2}日[电電])", re.MULTILINE),
    re.compile(r"^\s*(?P<whole>【(?P<place>\w{1,10}?)(?P<credit>共同|時事通信)】)", re.MULTILINE),
    # 【6月18日 AFP】    ［東京 18日 ロイター］
    re.compile(r"^\s*(?P<whole>[【\[［](?:\w{1,12}\s)?(?:\d{1,2}月)?\d{1,2}日\s?(?P<credit>AFP|ロイター|共同)[】\]］])", re.MULTILINE),
    # Por Agencia EFE
    re.compile(rf"^\s*(?P<whole>(?:por|by|von|par|di|da)\s+(?P<credit>{_LISTED}))\s*$", re.MULTILINE | re.IGNORECASE),
)  # fmt: skip
# What stands before an abbreviation in brackets when a sentence speaks of the agency, or of something else.
_NO_PLACE = re.compile(r"(?:der|die|das|ein|eine|the(?! hague)|a|an)\s", re.IGNORECASE)
_OF_AN_AGENCY = re.compile(
    r"(?:agentur|agency|agence|agencia|agência|agenzia|agentura|pressedienst|wire service|bureau|press)\W*$", re.IGNORECASE
)  # fmt: skip

_NO_TEXT = r"(?:photos?|pictures?|images?|fotos?|bild(?:er|quelle)?|video|grafik|graphic|symbolbild|archiv\w*|фото|kuva|foto[:/])"
_IMAGE = re.compile(
    rf"\b{_NO_TEXT}\b[^\n.!?]{{0,40}}$", re.IGNORECASE
)  # says so shortly before, in the same sentence
# Beside an agency, with a slash, a name of two words is the photographer's: "dpa/Bernd Muster".
_PERSON = re.compile(r"[^\W\d_a-z][\w.-]*\s+[^\W\d_a-z]")
_MARK = rf"(?:{AGENCY}|[a-zäöü]{{2,6}}\.?)"
_SOURCE = re.compile(
    rf"(?<=[.!?“”\"»«)]\s)(?P<whole>Quelle:\s(?P<credit>{_MARK}(?:\s?/\s?{_MARK})*))(?=\s+[A-ZÄÖÜ]|\s*$)",
    re.MULTILINE,
)
_CREDIT_LINES = (
    # dpa:240806-99-12345/2 is the number of a dpa report.
    re.compile(r"(?P<whole>(?P<credit>dpa):\d{6}-\d+-\d+(?:/\d+)?)"),
    re.compile(rf"(?P<whole>(?:©|\(c\)|copyright)\s*(?:\d{{4}}\s*)?(?:by\s+)?(?P<credit>{AGENCY}(?:\s?/\s?{AGENCY})*))(?!\w|\s*(?:[|/]\s*\w|images\b|picture))", re.IGNORECASE),
    re.compile(rf"(?P<whole>(?:quellen?|sources?|fuentes?|fontes?|bron|källa|kilde|lähde|zdroj|źródło|источник|джерело):\s*(?P<credit>{_CREDITS}))\)?\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?P<whole>\bmit\s+(?:material|informationen|inhalten|agenturmaterial)\s+(?:(?:von|der|des)\s+)?(?:nachrichtenagentur(?:en)?\s+)?(?P<credit>{_CREDITS}))", re.IGNORECASE),
    re.compile(rf"(?:[.!?)“”\"»]|quellen:?)\s+(?P<whole>nachrichtenagentur(?:en)?\s+(?P<credit>{_LISTED}))\W*$", re.IGNORECASE),
    re.compile(rf"(?P<whole>\bmit\s+(?P<credit>{_LISTED})(?:[- ](?:material|informationen))?)\)?\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?P<whole>\b(?:this|the)\s+(?:story|article|report)\s+(?:was|is)\s+(?:\w+\s+)?(?:published|produced|provided|supplied|written|reported)\s+by\s+(?P<credit>{AGENCY}))", re.IGNORECASE),
    re.compile(rf"(?P<whole>\bthis (?:report|story|article) by (?P<credit>{AGENCY}) was first published)", re.IGNORECASE),
    re.compile(rf"(?P<whole>\b(?:with\s+(?:files|reporting|additional reporting|material|inputs?)\s+(?:from|by)|avec|con informaci[oó]n de|com (?:informaç(?:ão|ões) d[ae]|agência)|com|met)\s+(?P<credit>(?:the |l['’])?{_LISTED}))\)?\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(?P<whole>\b(?P<credit>{AGENCY})(?:\s+(?:writers?|reporters?|journalists?)\s[^.\n]{{0,120}})?\s+contributed to this (?:report|story|article))", re.IGNORECASE),
    re.compile(r"(?P<whole>\((?:Additional )?Reporting by [^()]{3,300}[;.]\s*(?:\w+\s+){0,2}[Ee]diting by [^()]{3,120}\))"),
    re.compile(rf"(?P<whole>[(（](?P<credit>{_CREDITS}|共同)[)）])\s*[.。]?\s*$"),
    re.compile(r"(?P<whole>/(?P<credit>[\w-]{2,12})/)\s*$"),
    re.compile(r"(?:^|[.!?“”\"»«)−–]\s?|\n\s?)(?P<whole>(?P<credit>[\w.-]{2,12}(?:\s?[/–]\s?[\w-]{2,12})+))\s*$"),
    re.compile(rf"(?:^|[.!?“”\"»«)]\s?|\n\s?(?:[-–—]\s?)?)(?P<whole>(?P<credit>{AGENCY}))\s*$"),
)  # fmt: skip

# A search for any agency at any place, the costliest of all; most texts lack the words that must follow.
_CONTRIBUTED = "contributed to this "

_BETWEEN = re.compile(
    r"\s*(?:[/,;|+&()–]|\bund\b|\bsowie\b|\band\b|\bet\b|\by\b|\be\b|\bog\b|\boch\b|\bmit\b|\bwith\b)\s*"
)


def credit(
    *,
    title: str,
    text: str,
    byline: str | None = None,
    declared: Sequence[str] = (),
    language: str | None = None,
) -> Credit | None:
    """Give the agency that an article names as its source, or None where it names none.

    Several are joined in the order they are named: "dpa, AFP". `declared` are names that the page gives
    machines as the text's source; `language` (ISO 639-1) settles abbreviations. `title` is not asked:
    headlines speak *about* agencies.
    """
    del title
    body = text.strip()
    return (
        _dateline(body, language)
        or _names("byline", [byline or ""], language)
        or _credit_line(body, language)
        or _names("the page's data", declared, language)
    )


def inherited(share: float, agency: str | None, outlet: str) -> Credit | None:
    """Give the credit that an uncredited text takes over from a credited one that it stands in.

    `share` is the part of the uncredited text's words that stand in the other, 0–1. None below half:
    a paper that took two paragraphs of an agency has written the article itself.
    """
    if agency is None or share < INHERITED:
        return None
    part = "all" if share >= 1 else f"{min(99, round(share * 100))} %"
    return Credit(agency, f"by overlap: {part} of this text stands in {outlet}, which credits {agency}")


def _dateline(text: str, language: str | None) -> Credit | None:
    head = text[:_HEAD]
    for pattern in _DATELINES:
        for match in pattern.finditer(head):
            place = match.groupdict().get("place") or ""
            agencies = list(_named(match["credit"], language))
            if agencies and not _NO_PLACE.match(place) and not _is_explained(place, match["credit"]):
                return _credit(agencies, "dateline", match["whole"])
    return None


def _is_explained(before: str, mark: str) -> bool:
    """Whether the words before a mark in brackets say what it stands for: "Alabama Power (AP)".

    By their initials, or because they name an agency: "der Deutschen Presse-Agentur (dpa)".
    """
    initials = "".join(word[0] for word in re.split(r"[\s-]+", before) if word)
    return initials.casefold().endswith(mark.strip().casefold()) or bool(_OF_AN_AGENCY.search(before))


def _names(where: str, names: Sequence[str], language: str | None) -> Credit | None:
    """The agencies among authors or declared sources, each alone or between commas, slashes, "and"."""
    for name in names:
        whole = agency(name, language)
        agencies = (
            [whole] if whole else [one for part in _BETWEEN.split(name) if (one := agency(part, language))]
        )
        if agencies:
            return _credit(agencies, where, name)
    return None


def _credit_line(text: str, language: str | None) -> Credit | None:
    tail = text[-_TAIL:]
    spared = "" if _CONTRIBUTED in tail.lower() else _CONTRIBUTED
    for pattern in _CREDIT_LINES:
        if spared and spared in pattern.pattern:
            continue
        if found := _credited(pattern, tail, language):
            return found
    # Only where a page came as one line: elsewhere what stands so far up is under a photo.
    return _credited(_SOURCE, text.rpartition("\n")[2][-_LONG_TAIL:], language)


def _credited(pattern: re.Pattern[str], tail: str, language: str | None) -> Credit | None:
    for match in pattern.finditer(tail):
        said = match.groupdict().get("credit")
        # "(Reporting by …; Editing by …)" is how Reuters, and nobody else, signs.
        agencies = list(_named(said, language)) if said else ["Reuters"]
        before = tail[: match.start("whole")]
        if agencies and not _is_image(tail, match) and not _is_of_the_sentence(said, before):
            return _credit(agencies, "credit line", match["whole"])
    return None


def _is_image(tail: str, match: re.Match[str]) -> bool:
    """Whether a credit is a photo's: the word stands before it, or a photographer's name beside it."""
    said = match.groupdict().get("credit") or ""
    named = "/" in said and any(
        _PERSON.match(part.strip()) and not agency(part) for part in said.split("/") if part.strip()
    )
    return named or bool(_IMAGE.search(tail[: match.end("whole")]))


def _is_of_the_sentence(said: str | None, before: str) -> bool:
    """Whether a mark at the end belongs to the sentence before it: "in Scranton (PA).", "der Agentur (dpa)."."""
    ended = not before.strip() or before.rstrip(" ")[-1] in ".!?…“”\"»«’')\n。(©-–—"
    return said is not None and not ended and (is_abbreviation(said) or _is_explained(before[-60:], said))


def _named(marks: str, language: str | None) -> Iterator[str]:
    """Give the agencies among marks such as "taz/dpa" or "dpa, AFP"; nothing where one part is a sentence."""
    whole = agency(marks, language)
    if whole:
        yield whole
        return
    parts = [part for part in _BETWEEN.split(marks) if part]
    hyphened = [agency(part, language) for part in marks.strip().split("-")]
    if all(hyphened):  # "NTB-AFP"; the hyphen of "dpa-AFX" belongs to its name
        yield from (name for name in hyphened if name)
    elif all(len(part) <= _LONGEST_SIGN for part in parts):
        yield from (name for part in parts if (name := agency(part, language)))


def _credit(agencies: list[str], where: str, quoted: str) -> Credit:
    said = " ".join(quoted.split()).rstrip(".")
    return Credit(agency=", ".join(dict.fromkeys(agencies)), because=f"{where} '{said}'")
