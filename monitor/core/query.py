"""The query language of topics and search: SQLite's FTS5, read into a tree.

From the tree come the clauses of a query, for the reason why a text does not match, and its words, for
asking few topics out of many (`needles`). Whether a query is one at all, FTS5 decides (`complaints`). The grammar is that of https://www.sqlite.org/fts5.html#full_text_query_syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.errors import QueryError

OPERATORS = {"AND", "OR", "NOT", "NEAR"}

# Scripts that put no blanks between words. Thai and Lao; Burmese; Khmer; Tai Le, New Tai Lue, Khmer signs; Tai Tham; Chinese and Japanese, with kana and bopomofo;
# Burmese and Tai Viet; compatible and narrow forms; rare kana; rare Chinese.
SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u3005-\u3007\u3031-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u9fff\ua9e0-\ua9ff\uaa60-\uaadf\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_LONE_SIGN = re.compile(f'"?[{SCRIPTS}]"?')
_TOKEN = re.compile(r'"(?:[^"]|"")*"|[A-Za-z0-9_\x1a\u0080-\U0010ffff]+|[(){}:,+*^-]')
_BAREWORD = re.compile(r"[A-Za-z0-9_\u0080-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted phrase or a sign of a query, and where it stands."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Term:
    """What has to stand in the text: one word or phrase, or with `prefix` the beginning of one."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query. `start` and `end` are offsets in it, enclosing parentheses included.

    `words` is a phrase or a NEAR group, all of whose terms are needed; `column` limits its only child to
    some columns.
    """

    kind: Literal["and", "or", "not", "column", "words"]
    start: int
    end: int
    children: tuple[Node, ...] = ()
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition that a text must meet, or with `wanted` False must not. Its text is a query of its own."""

    text: str
    wanted: bool = True


# ── words and signs ──────────────────────────────────────────────────────────────────────────────


def lexed(query: str) -> tuple[list[Token], int | None]:
    """The tokens of a query, and the offset of the first character that belongs to none."""
    tokens, at = [], 0
    while at < len(query):
        if query[at] in " \t\n\r":
            at += 1
        elif found := _TOKEN.match(query, at):
            tokens.append(Token(found[0], at))
            at = found.end()
        else:
            return tokens, at
    return tokens, None


def is_word(token: Token) -> bool:
    """Whether it is something to look for, not a sign or an operator."""
    return token.text[0] not in "(){}:,+*^-" and token.text not in {"AND", "OR", "NOT"}


def unquoted(text: str) -> str:
    """A phrase without its quotation marks."""
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


# ── the tree ─────────────────────────────────────────────────────────────────────────────────────


def asides(query: str) -> list[str]:
    """What to say of a query that FTS5 accepts, and that hardly finds what is meant."""
    return [*small_operators(query), *lone_signs(query)]


def lone_signs(query: str) -> list[str]:
    """What to say of single signs of scripts without blanks: they stand in the words of others."""
    found = dict.fromkeys(token.text for token in lexed(query)[0] if _LONE_SIGN.fullmatch(token.text))
    return [
        f"{sign!r} is found in every word that has this sign: its script has no blanks between words"
        for sign in found
    ]


def small_operators(query: str) -> list[str]:
    """What to say of words that were meant as operators, it seems: FTS5 takes `or` for a word like any other."""
    tokens = [token.text for token in lexed(query)[0]]
    between = zip(tokens, tokens[1:], tokens[2:], strict=False)
    found = dict.fromkeys(
        word
        for before, word, after in between
        if word.upper() in {"AND", "OR", "NOT"} - {word}
        and (before == ")" or before.startswith('"') or before == "*" or _is_plain(before))
        and (after == "(" or after.startswith('"') or _is_plain(after))
    )
    return [
        f"{word!r} is looked for as a word; the operator is {word.upper()}, in capitals" for word in found
    ]


def _is_plain(token: str) -> bool:
    return token not in OPERATORS and bool(_BAREWORD.fullmatch(token))


def parsed(query: str) -> Node:
    """The tree of a query that FTS5 accepts; what it makes of others is not said."""
    return _Parser(lexed(query)[0]).either()


class _Parser:
    """Reads tokens from left to right: OR binds least, then AND, then NOT, then words side by side."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self) -> Node:
        return self._joined("or", "OR", self._both)

    def _both(self) -> Node:
        return self._joined("and", "AND", self._without)

    def _without(self) -> Node:
        node = self._together()
        while self._take("NOT"):
            right = self._together()
            node = Node("not", node.start, right.end, (node, right))
        return node

    def _together(self) -> Node:
        units = [self._unit()]
        while (token := self._next()) and token.text not in {"AND", "OR", "NOT", ")"}:
            units.append(self._unit())
        return units[0] if len(units) == 1 else Node("and", units[0].start, units[-1].end, tuple(units))

    def _joined(self, kind: Literal["and", "or"], operator: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._take(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Node(kind, parts[0].start, parts[-1].end, tuple(parts))

    def _unit(self) -> Node:
        start = self._tokens[self._at].start
        if self._skip_columns():
            child = self._group() or self._phrases()
            return Node("column", start, child.end, (child,))
        return self._group() or self._phrases()

    def _group(self) -> Node | None:
        """What stands in parentheses, with their place."""
        opening = self._take("(")
        if opening is None:
            return None
        inner = self.either()
        closing_token = self._take(")")
        end = closing_token.end if closing_token else inner.end
        return Node(inner.kind, opening.start, end, inner.children, inner.terms)

    def _skip_columns(self) -> bool:
        """Pass over `title :`, `- title :` or `{title text} :`, if one stands here."""
        at = self._at + (self._tokens[self._at].text == "-")
        if at < len(self._tokens) and self._tokens[at].text == "{":
            while at < len(self._tokens) and self._tokens[at].text != "}":
                at += 1
        if at + 1 < len(self._tokens) and self._tokens[at + 1].text == ":":
            self._at = at + 2
            return True
        return False

    def _phrases(self) -> Node:
        """One phrase with its `^`, `+` and `*`, or a NEAR group."""
        start = self._tokens[self._at].start
        following = self._tokens[self._at + 1 : self._at + 2]
        if self._tokens[self._at].text == "NEAR" and following and following[0].text == "(":
            self._at += 2
            terms: list[Term] = []
            while (token := self._next()) and token.text not in {",", ")"}:
                terms += self._phrase()
            while (token := self._next()) and token.text != ")":
                self._at += 1
            self._take(")")
        else:
            terms = self._phrase()
        return Node("words", start, self._tokens[self._at - 1].end, terms=tuple(terms))

    def _phrase(self) -> list[Term]:
        self._take("^")
        terms = [self._term()]
        while self._take("+"):
            terms.append(self._term())
        return terms

    def _term(self) -> Term:
        token = self._tokens[self._at]
        self._at += 1
        return Term(unquoted(token.text), prefix=self._take("*") is not None)

    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, text: str) -> Token | None:
        token = self._next()
        if token is None or token.text != text:
            return None
        self._at += 1
        return token


def clauses(query: str) -> tuple[Clause, ...]:
    """The conditions that must all hold for the query to match, in its own words and order."""
    return tuple(_clauses(parsed(query), query))


def _clauses(node: Node, query: str) -> Iterator[Clause]:
    if node.kind == "and":
        for child in node.children:
            yield from _clauses(child, query)
    elif node.kind == "not":
        yield from _clauses(node.children[0], query)
        yield Clause(query[node.children[1].start : node.children[1].end], wanted=False)
    else:
        yield Clause(query[node.start : node.end])


# ── terms ────────────────────────────────────────────────────────────────────────────────────────


def terms_of(node: Node) -> Iterator[Term]:
    """Every term of the tree."""
    yield from node.terms
    for child in node.children:
        yield from terms_of(child)


def wanted_terms(query: str, column: str | None = None) -> tuple[Term, ...]:
    """The terms that a matching text may hold; not those after NOT. With `column`, those that may stand there."""
    return tuple(dict.fromkeys(_wanted(parsed(query), query, column)))


def _wanted(node: Node, query: str, column: str | None) -> Iterator[Term]:
    yield from node.terms
    if node.kind == "column" and column and not _reaches(query[node.start : node.children[0].start], column):
        return
    for child in node.children[:1] if node.kind == "not" else node.children:
        yield from _wanted(child, query, column)


def _reaches(limits: str, column: str) -> bool:
    """Whether `title :`, `{title text} :` or `- title :` lets words of this column count."""
    is_named = column in _BAREWORD.findall(limits.lower())
    return is_named != ("-" in limits)


def any_of(terms: Sequence[Term]) -> str:
    """A query for texts with at least one of these terms."""
    phrases = (term.text.replace('"', '""') for term in terms)
    return " OR ".join(f'"{text}"{"*" * term.prefix}' for text, term in zip(phrases, terms, strict=True))


# ── lists of words ───────────────────────────────────────────────────────────────────────────────


def from_words(any: Sequence[str], all: Sequence[str], none: Sequence[str]) -> str:  # noqa: A002  the keys' names
    """A query for texts with at least one word of `any`, every word of `all` and no word of `none`.

    Words may be phrases, and may end in `*`. Raises QueryError when nothing is said that must be there.
    """
    wanted = [_either(any)] if any else []
    wanted += [_quoted(word) for word in all]
    if not wanted:
        raise QueryError("say under 'any' or 'all' which words must be there")
    query = " AND ".join(wanted)
    if not none:
        return query
    return f"({query}) NOT {_either(none)}" if len(wanted) > 1 else f"{query} NOT {_either(none)}"


def _either(words: Sequence[str]) -> str:
    quoted = [_quoted(word) for word in words]
    return f"({' OR '.join(quoted)})" if len(quoted) > 1 else quoted[0]


def _quoted(word: str) -> str:
    """A word or phrase, with its `*`, as FTS5 writes it."""
    text = word.strip()
    stem = text.rstrip("*").rstrip()
    if not any(character.isalnum() for character in stem):
        raise QueryError(f"{word!r} holds no word to look for")
    star = "*" if text.endswith("*") else ""
    if _BAREWORD.fullmatch(stem) and stem not in OPERATORS:
        return stem + star
    doubled = stem.replace('"', '""')
    return f'"{doubled}"{star}'
