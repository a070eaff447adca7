"""A YAML file as a tree that remembers where everything stands.

Every scalar is text or nothing, as YAML 1.2's core schema has it (`no`, `12:30` and `1.10` are text, `~`
and `null` are nothing); what a text means is for the schema to say. Aliases, tags, duplicate keys and
deep nesting are findings. The only file that reads YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from monitor.config.findings import Findings, Mark, shown

LARGEST = 10_000_000  # bytes
DEEPEST = 16  # levels; the schema has five

_NOTHING = {"", "~", "null", "Null", "NULL"}  # YAML 1.2.2, section 10.3.2
_ESCAPES = {"x": 2, "u": 4, "U": 8}  # hexadecimal digits after \x, \u and \U
_BLANK_ESCAPE = re.compile(
    r"\\(?:[ tnrvfN_LP\t\n]|x(?:20|09|0A|0D|A0)|u(?:0020|0009|000A|00A0|202F))", re.IGNORECASE
)


@dataclass(slots=True)
class Scalar:
    """A value. `written` is how it stands in the file, `secret` that its text came from elsewhere."""

    mark: Mark
    text: str | None
    written: str = ""
    secret: bool = False
    broken: bool = False  # a finding says already why it has no text
    style: str = ""
    span: tuple[int, int] = (0, 0)  # characters of the file


@dataclass(slots=True)
class Block:
    """A mapping: its values, and where its keys stand."""

    mark: Mark
    items: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Mark] = field(default_factory=dict)


@dataclass(slots=True)
class Listing:
    """A sequence."""

    mark: Mark
    items: list[Node] = field(default_factory=list)


Node = Scalar | Block | Listing


class _Stop(Exception):  # noqa: N818  not an error: the finding is written already
    """Reading on would only bring findings that follow from the last one."""


def read(data: bytes, findings: Findings) -> tuple[Block | None, str]:
    """The tree of a file and its text; None, with a finding, where it cannot be read as one."""
    text = _decoded(data, findings)
    if text is None:
        return None, ""
    try:
        root = _Reader(text, findings).document()
    except _Stop:
        return None, text
    if isinstance(root, Block):
        return root, text
    findings.add(Mark(1, 1), "a configuration is a mapping of keys to values, as in 'version: 1'")
    return None, text


def top_value(data: bytes, key: str) -> str | None:
    """The text of one key of the outermost mapping; reads no further than that. None where it is missing.

    Raises yaml.YAMLError or UnicodeError where the file breaks off before the key.
    """
    events = yaml.parse(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader)
    depth, name = 0, None
    for event in events:
        if depth == 1 and isinstance(event, yaml.ScalarEvent):
            if name == key:
                return _text(event)
            name = event.value if name is None else None
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            name = None if depth == 1 else name
    return None


def _decoded(data: bytes, findings: Findings) -> str | None:
    if len(data) > LARGEST:
        findings.add(
            Mark(1, 1), f"the file is larger than {LARGEST // 1_000_000} MB; feeds can stand in feed_lists"
        )
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - before.rfind(b"\n")
        findings.add(Mark(before.count(b"\n") + 1, column), "the file is not UTF-8 text here")
        return None


class _Reader:
    """Builds the tree from the parser's events, one after the other."""

    def __init__(self, text: str, findings: Findings) -> None:
        self._text = text
        self._findings = findings
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))

    def document(self) -> Node | None:
        """The only document of the stream."""
        root: Node | None = None
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self._refuse(event, "a second document starts here; a configuration is one")
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, 0)
        return root

    def _next(self) -> Any:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            place = error.problem_mark or error.context_mark
            mark = self._tab_at(_mark(place) if place else Mark(1, 1))
            self._findings.add(mark, self._syntax(error, mark))
        except yaml.reader.ReaderError as error:
            before = self._text[: error.position]
            mark = Mark(before.count("\n") + 1, error.position - before.rfind("\n"))
            self._findings.add(mark, "a character stands here that YAML does not allow")
        raise _Stop

    def _tab_at(self, mark: Mark) -> Mark:
        """The tab that indents this line or the one before, which is found only at the next line; else the mark."""
        lines = self._text.splitlines()
        for number in (mark.line, mark.line - 1):
            line = lines[number - 1] if 0 < number <= len(lines) else ""
            indent = line[: len(line) - len(line.lstrip())]
            if "\t" in indent and line.strip():
                return Mark(number, indent.index("\t") + 1)
        return mark

    def _syntax(self, error: yaml.MarkedYAMLError, mark: Mark) -> str:
        line = (self._text.splitlines() or [""])[min(mark.line, self._text.count("\n") + 1) - 1 :][:1]
        if line and line[0][: mark.column].endswith("\t"):
            return "a tab stands here; YAML is indented with spaces"
        context = f"{error.context}, " if error.context else ""
        return f"this is not YAML: {context}{error.problem}"

    def _refuse(self, event: Any, what: str) -> None:
        self._findings.add(_mark(event.start_mark), what)
        raise _Stop

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            self._refuse(event, f"nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            self._findings.add(_mark(event.start_mark), "aliases (*name) are not read; write the value out")
            return Scalar(_mark(event.start_mark), None, broken=True)
        if event.tag is not None:
            self._findings.add(_mark(event.start_mark), "tags (!name) are not read; write the value without")
        if isinstance(event, yaml.MappingStartEvent):
            return self._block(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(event, depth)
        span = (event.start_mark.index, event.end_mark.index)
        return Scalar(_mark(event.start_mark), _text(event), event.value, style=event.style or "", span=span)

    def _block(self, start: Any, depth: int) -> Block:
        block = Block(_mark(start.start_mark))
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(key, Scalar) or key.text is None:
                self._findings.add(key.mark, "a key is one word or a phrase")
            elif key.text in block.keys:
                first = block.keys[key.text].line
                self._findings.add(key.mark, f"the key {shown(key.text)} stands here and in line {first}")
            else:
                block.items[key.text], block.keys[key.text] = value, key.mark
        return block

    def _listing(self, start: Any, depth: int) -> Listing:
        listing = Listing(_mark(start.start_mark))
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            listing.items.append(self._node(event, depth + 1))
        return listing


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _text(event: Any) -> str | None:
    """The text of a scalar; None where it says nothing."""
    value: str = event.value
    return None if event.implicit[0] and value in _NOTHING else value


# ── places ───────────────────────────────────────────────────────────────────────────────────────


def plain(node: Node) -> Any:
    """The tree as dicts, lists and texts. Keys without a value are left out: they say nothing."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return {key: plain(item) for key, item in node.items.items() if not says_nothing(item)}


def says_nothing(node: Node) -> bool:
    """Whether this is a value that was left empty."""
    return isinstance(node, Scalar) and node.text is None


def node_at(root: Node, steps: Sequence[str | int]) -> Node:
    """The node that the steps lead to, or the last one on the way."""
    node = root
    for step in steps:
        if isinstance(node, Block) and step in node.items:
            node = node.items[str(step)]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def key_at(root: Node, steps: Sequence[str | int]) -> Mark:
    """Where the key (or the list's item) that the steps lead to stands."""
    parent = node_at(root, steps[:-1])
    if steps and isinstance(parent, Block) and steps[-1] in parent.keys:
        return parent.keys[str(steps[-1])]
    return node_at(root, steps).mark


def place_in(scalar: Scalar, text: str, offset: int) -> Mark:
    """Where a character of a value stands in the file, through folding, quotes and indentation.

    Blanks are folded, other characters are not: the n-th that is no blank in the value is the n-th that
    is no blank in the file.
    """
    value = scalar.text or ""
    wanted = sum(not c.isspace() for c in value[:offset])
    while offset < len(value) and value[offset].isspace():
        offset += 1
    at = scalar.span[0]
    for seen, index in enumerate(_written(scalar, text)):
        at = index
        if seen == wanted:
            break
    else:
        at += 1 if offset >= len(value) else 0
    before = text[:at]
    return Mark(before.count("\n") + 1, at - before.rfind("\n"))


def _written(scalar: Scalar, text: str) -> Iterator[int]:
    """The indices in the file of a value's characters that are no blanks."""
    at, end = scalar.span
    if scalar.style in {"|", ">"}:
        at = max(text.find("\n", at, end), at)
    elif scalar.style in {"'", '"'}:
        at, end = at + 1, end - 1
    while at < end:
        width = _width(text, at, scalar.style)
        blank = _BLANK_ESCAPE.match(text, at, at + width) if scalar.style == '"' else None
        if not text[at].isspace() and not blank:
            yield at
        at += width


def _width(text: str, at: int, style: str) -> int:
    """How many characters of the file make one of the value."""
    if style == "'" and text.startswith("''", at):
        return 2
    if style == '"' and text[at] == "\\":
        return 2 + _ESCAPES.get(text[at + 1 : at + 2], 0)
    return 1
