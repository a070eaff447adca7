"""One name in many spellings: what a query's words are widened by, where a topic asks for it.

Three things are added, and nothing is taken away: the other spellings of a name that several alphabets and
languages write differently (Kyiv, Kyjiw, Kiew), `ss` for `ß` and the reverse, and `ae`, `oe`, `ue` for `ä`, `ö`,
`ü`. Umlauts themselves need nothing: the index leaves accents out, so that `Müller` finds `Muller`. The widened
query is an ordinary query; people see it in `monitor topics show`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from monitor.core.query import Node, Term, is_word, lexed, parsed

MOST_SPELLINGS = 48  # of one phrase or NEAR group
SHORTEST_BEGINNING = 4  # letters of a beginning* that stands for the names which begin so
LONGEST_ENDING = 3  # letters by which the beginnings of a name may be shorter than the name

# Place names, people and organisations by the languages of the news. Written as the index folds them or not,
# each line one name; the order is that in which people see them.
FAMILIES = tuple(
    tuple(line.split())
    for line in """
    Kyiv Kyjiw Kiew Kiev Kijów Kyjev Київ Киев Києв Києва Киева Києві Киеве
    Zelensky Zelenskyy Zelenskiy Zelenskyi Zelenskyj Zelenskij Zelenski Zełenski Zełenskiego Selenskyj Selenskij Selenski Selensky Зеленський Зеленського Зеленский Зеленского
    Odesa Odessa Одеса Одесса
    Kharkiv Charkiw Kharkov Charkow Charków Jarkiv Járkov Kharkiw Харків Харьков
    Lviv Lwiw Lwów Lemberg Lvov Leopoli Leópolis Львів Львов
    Donbas Donbass Donbás Донбас Донбасс
    Luhansk Lugansk Luhańsk Lougansk Луганськ Луганск
    Kherson Cherson Chersoń Jersón Herson Херсон
    Zaporizhzhia Zaporizhia Zaporizhzhya Zaporozhye Saporischschja Saporischja Saporoschje Zaporijia Zaporiyia Zaporiya Zaporoże Запоріжжя Запорожье
    Mykolaiv Mykolajiw Mikolaiv Nikolaev Nikolajew Mikołajów Миколаїв Николаев
    Chernihiv Tschernihiw Chernigov Tchernihiv Czernihów Чернігів Чернигов
    Chernobyl Chornobyl Tschernobyl Tschornobyl Tchernobyl Chernóbil Czarnobyl Tsjernobyl Чорнобиль Чернобыль
    Dnipro Dnjepr Dnepr Дніпро Днепр
    Crimea Krim Crimée Crimeia Krym Крим Крым
    Putin Poutine Putyn Poetin Путін Путин
    Lavrov Lawrow Ławrow Lavrow Лавров
    Medvedev Medwedew Medvédev Miedwiediew Медведев Медведєв
    Peskov Peskow Pieskow Песков Пєсков
    Navalny Nawalny Navalni Navalnyj Nawalnyj Навальный Навальний
    Gorbachev Gorbatschow Gorbatchev Gorbachov Gorbaczow Gorbaciov Gorbatsjov Горбачев Горбачёв
    Yeltsin Jelzin Eltsine Eltsin Jelcyn Jeltsin Yeltsin Ельцин
    Lukashenko Lukaschenko Loukachenko Łukaszenka Łukaszenko Lukashenka Лукашенко Лукашенка
    Tikhanovskaya Tichanowskaja Tsikhanouskaya Tikhanovskaïa Cichanouska Тихановская Тихановська
    Prigozhin Prigoschin Prigojine Prigozjin Prigożyn Пригожин Пригожин
    Shoigu Schoigu Choïgou Szojgu Sjojgoe Шойгу
    Syrskyi Syrskyj Syrsky Sirski Syrski Сирський Сырский
    Yermak Jermak Iermak Єрмак Ермак
    Poroshenko Poroschenko Porochenko Poroszenko Порошенко
    Saakashvili Saakaschwili Saakachvili Saakaszwili Саакашвили Саакашвілі
    Ceausescu Ceauşescu Ceaușescu
    Khamenei Chamenei Jamenei Chamenei Хаменеи
    Khomeini Chomeini Jomeini Chomejni Хомейни
    Netanyahu Netanjahu Netaniahu Нетаньяху Нетаньягу
    Hezbollah Hisbollah Hizbollah Hizbullah Hezbolá Hesbollah Хезболла
    Houthi Houthis Huthi Huthis Hutíes Hutis Houthies Хуситы
    Gaddafi Gadhafi Qaddafi Kadhafi Gadafi Gheddafi Kaddafi Каддафи
    Arafat Arafát Арафат
    Quran Koran Qur'an Coran Corán
    Taliban Talibans Talibanes Talebani Талибан
    Tehran Teheran Téhéran Teherán Тегеран
    Beijing Peking Pékin Pekín Pechino Pequim Pekin Пекин Пекін
    Mumbai Bombay Bombaim
    Kolkata Calcutta Kalkutta
    Yangon Rangoon Rangun
    Erdogan Erdoğan Эрдоган Ердоган
    Köln Koeln Cologne Colonia Keulen Kolonia
    Tbilisi Tiflis Тбилиси Тбілісі
    Yerevan Jerewan Eriwan Erevan Erywań Ереван
    Chişinău Chisinau Kischinau Kishinev Chisináu Kiszyniów Кишинев Кишинів
    """.strip().splitlines()
)

_REVERSED = re.compile(r"(?<=[^\W\daeiouqäöü])([aou])e(?=[^\W\daeiouäöü])", re.IGNORECASE)
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
_NAME = 6  # letters of a capitalised word in which `ae` may stand for `ä`: Mueller, but not Poet


@dataclass(frozen=True, slots=True)
class Widened:
    """A query with other spellings, and which words got which."""

    query: str
    added: tuple[tuple[str, tuple[str, ...]], ...] = ()


def widened(query: str) -> Widened:
    """The query with the other spellings of its words. `query` is one that FTS5 accepts."""
    added: dict[str, tuple[str, ...]] = {}
    return Widened(_written(parsed(query), query, added), tuple(added.items()))


def spellings_of(word: str, *, prefix: bool = False) -> tuple[str, ...]:
    """The other spellings of a word, or with `prefix` of the words that begin so; none that the index folds to it."""
    family = list(_family(word, prefix=prefix))
    found = [*_letters(word), *family]
    taken = {_folded(word)}
    kept = []
    for other in found:
        is_covered = prefix and _folded(other).startswith(_folded(word))
        if _folded(other) not in taken and not is_covered:
            taken.add(_folded(other))
            kept.append(other)
    return tuple(kept)


def _family(word: str, *, prefix: bool) -> Iterator[str]:
    """The other names of the families that the word belongs to."""
    wanted = _folded(word)
    for family in FAMILIES:
        names = [_folded(name) for name in family]
        is_beginning = (
            prefix
            and len(wanted) >= SHORTEST_BEGINNING
            and any(name.startswith(wanted) and len(name) - len(wanted) <= LONGEST_ENDING for name in names)
        )
        if wanted in names or is_beginning:
            yield from family


def _letters(word: str) -> Iterator[str]:
    """The word with ß, ä, ö and ü written out, or brought back."""
    out = word.replace("ß", "ss")
    for umlaut, two in _UMLAUTS.items():
        out = out.replace(umlaut, two)
    if out != word:
        yield out
    if "ss" in word:
        yield word.replace("ss", "ß")
    if word[:1].isupper() and len(word) >= _NAME and _REVERSED.search(word):
        yield _REVERSED.sub(lambda found: {"a": "ä", "o": "ö", "u": "ü"}[found[1].lower()], word)


def _folded(word: str) -> str:
    """The word as the index folds it: lower case, without accents."""
    apart = unicodedata.normalize("NFD", word.lower())
    return "".join(mark for mark in apart if not unicodedata.combining(mark))


# ── writing the query anew ───────────────────────────────────────────────────────────────────────


def _written(node: Node, query: str, added: dict[str, tuple[str, ...]]) -> str:
    """The part of the query that a node stands for, widened; word for word where nothing is added."""
    plain = query[node.start : node.end]
    if node.kind == "words":
        bare = _bare(plain)
        others = list(_others(bare, node.terms, added))
        return _either([bare, *others]) if others else plain
    parts = [_written(child, query, added) for child in node.children]
    if all(part == query[child.start : child.end] for part, child in zip(parts, node.children, strict=True)):
        return plain
    if node.kind == "column":
        child = node.children[0]
        return query[node.start : child.start] + parts[0] + query[child.end : node.end]
    if node.kind == "or":
        return _either(parts)
    return f"({f' {node.kind.upper()} '.join(parts)})"


def _bare(plain: str) -> str:
    """A phrase or NEAR group without the parentheses around it."""
    while plain.startswith("("):
        plain = plain[1:-1].strip()
    return plain


def _either(parts: Sequence[str]) -> str:
    """One of these; alternatives that stand in two of them are written once."""
    flat = [one for part in parts for one in _alternatives(part)]
    kept = list({one.lower(): one for one in reversed(flat)}.values())[::-1]
    return kept[0] if len(kept) == 1 else f"({' OR '.join(kept)})"


def _alternatives(part: str) -> list[str]:
    """The parts of `(a OR b)` where these are single words or phrases; else the part as it is."""
    inner = part[1:-1] if part.startswith("(") and part.endswith(")") else ""
    pieces = inner.split(" OR ")
    is_flat = len(pieces) > 1 and not any(sign in inner for sign in '()"') and " AND " not in inner
    return pieces if is_flat and " NOT " not in inner else [part]


def _others(plain: str, terms: Sequence[Term], added: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """A phrase or NEAR group in every combination of its words' other spellings."""
    tokens = _words(plain)
    choices: list[tuple[str, ...]] = []
    for (start, end), term in zip(tokens, terms, strict=True):
        written = plain[start:end]
        singles = [_choices(word, prefix=term.prefix and at == len(term.text.split()) - 1, added=added)
                   for at, word in enumerate(term.text.split())]  # fmt: skip
        whole = (" ".join(words) for words in product(*singles))
        choices.append(
            tuple(_quoted_like(written, text) for text in islice(whole, MOST_SPELLINGS)) or (written,)
        )
    for chosen in islice(product(*choices), 1, MOST_SPELLINGS):
        made, at = "", 0
        for (start, end), text in zip(tokens, chosen, strict=True):
            made, at = made + plain[at:start] + text, end
        yield made + plain[at:]


def _choices(word: str, *, prefix: bool, added: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    others = spellings_of(word, prefix=prefix)
    if others:
        added[word + "*" * prefix] = others
    return (word, *others)


def _words(plain: str) -> list[tuple[int, int]]:
    """Where the terms of a phrase or NEAR group stand in it."""
    tokens, _ = lexed(plain)
    if len(tokens) > 1 and tokens[0].text == "NEAR" and tokens[1].text == "(":
        comma = next((at for at, token in enumerate(tokens) if token.text == ","), len(tokens))
        tokens = tokens[2:comma]
    return [(token.start, token.end) for token in tokens if is_word(token)]


def _quoted_like(written: str, text: str) -> str:
    """The text as the term was written: in quotation marks where it had some, or needs them."""
    if not written.startswith('"') and re.fullmatch(r"[A-Za-z0-9_\u0080-\U0010ffff]+", text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
