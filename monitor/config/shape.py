"""A tree of the file against its shape: every finding with its place, and what is right nevertheless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.document import Block, Listing, Node, Scalar, key_at, node_at, plain, says_nothing
from monitor.config.findings import Findings, did_you_mean, shown
from monitor.config.rows import Root

Steps = tuple[str | int, ...]

NAMED = ("topics", "feeds", "alerts", "saved")  # mappings whose keys are the user's names
NEEDED = {"database": "missing.db", "query": "missing"}  # the keys that must be there


def fitted(tree: Block, findings: Findings) -> Root | None:
    """The file in its shape. What does not fit becomes a finding and is left out; None if too much is.

    What is left can be checked further, so that a user sees all findings at once.
    """
    data = plain(tree)
    _tell_empty(tree, findings)
    for attempt in range(8):
        try:
            return Root.model_validate(data)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        if attempt == 0:
            for detail in details:
                _tell(detail, tree, findings)
        for steps in sorted({_faulty(detail, data) for detail in details}, key=_last_first, reverse=True):
            _leave_out(data, steps)
    return None


def _tell_empty(tree: Block, findings: Findings) -> None:
    """Write down what has a name and nothing else: to leave it out would be a topic, feed or alert less."""
    for kind in NAMED:
        rows = tree.items.get(kind)
        for name, row in rows.items.items() if isinstance(rows, Block) else ():
            if says_nothing(row) and not getattr(row, "broken", False):
                findings.add(key_at(tree, (kind, name)), _named((kind, name), "is empty"))


def _last_first(steps: Steps) -> list[tuple[bool, int, str]]:
    """A sorting key: items of a list by their number, so that later ones can be taken out first."""
    return [(isinstance(s, int), s if isinstance(s, int) else 0, str(s)) for s in steps]


def _tell(detail: ErrorDetails, tree: Block, findings: Findings) -> None:
    """Write down one of pydantic's errors in our words."""
    steps = detail["loc"]
    node = node_at(tree, steps)
    if isinstance(node, Scalar) and node.broken:
        return  # said already
    if detail["type"] == "missing":
        _tell_missing(steps, tree, findings)
    elif detail["type"] == "extra_forbidden":
        *above, key = steps
        known = _known_keys(above)
        hint = did_you_mean(str(key), known) or f"; there are {', '.join(known)}"
        what = f"unknown key {shown(str(key))}{hint}"
        findings.add(key_at(tree, steps), _named(above, what))
    else:
        findings.add(node.mark, _named(_there(tree, steps), _sentence(detail, node)))


def _tell_missing(steps: Steps, tree: Block, findings: Findings) -> None:
    parent = node_at(tree, steps[:-1])
    known = _known_keys(steps[:-1])
    if isinstance(parent, Block) and any(
        did_you_mean(key, [str(steps[-1])]) for key in parent.items if key not in known
    ):
        return  # it is misspelt, which is said
    if isinstance(parent, Block) and steps[-1] in parent.items and says_nothing(parent.items[str(steps[-1])]):
        if not getattr(parent.items[str(steps[-1])], "broken", False):
            findings.add(key_at(tree, steps), _named(steps, "is empty"))
    else:
        findings.add(key_at(tree, steps[:-1]), _named(steps, "is missing"))


def _sentence(detail: ErrorDetails, node: Node) -> str:
    kind = detail["type"]
    if kind == "value_error":
        what = str(detail["ctx"]["error"])
        if isinstance(node, Scalar) and node.secret:
            what = what.replace(shown(node.text or ""), shown(node.written))
        return what
    if kind in {"dict_type", "model_type", "model_attributes_type"}:
        return f"keys with values are meant here{', not a list' if isinstance(node, Listing) else ''}"
    if kind in {"tuple_type", "list_type"}:
        return "a list is meant here"
    return detail["msg"]


def _there(tree: Block, steps: Steps) -> Steps:
    """The steps as far as the file goes: a short form has no keys of its own."""
    for length in range(len(steps), 0, -1):
        parent = node_at(tree, steps[: length - 1])
        step = steps[length - 1]
        if (isinstance(parent, Block) and step in parent.items) or isinstance(parent, Listing):
            return steps[:length]
    return ()


def _named(steps: Iterable[str | int], what: str) -> str:
    """The sentence with the path of keys before it; a list's item goes by the list's name."""
    path = ".".join(step if "://" not in step else shown(step) for step in steps if isinstance(step, str))
    return f"{path}: {what}" if path else what


def _known_keys(steps: Iterable[str | int]) -> list[str]:
    """The keys that may stand at this place."""
    model: type[BaseModel] = Root
    path = list(steps)
    while path:
        annotation = model.model_fields[str(path.pop(0))].annotation
        if str(annotation).startswith("dict["):
            path = path[1:]
        model = next(_models_in(annotation))
    return [
        name for name in model.model_fields if name not in {"words", "query"} or model.__name__ == "TopicRow"
    ]


def _models_in(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


# ── leaving out ──────────────────────────────────────────────────────────────────────────────────


def _faulty(detail: ErrorDetails, data: Any) -> Steps:
    """The deepest value named, or the key that is missing."""
    at, there = data, 0
    for step in detail["loc"]:
        if not (isinstance(at, dict) and step in at) and not isinstance(at, list):
            break
        at, there = at[step], there + 1  # type: ignore[index]  # a list's steps are numbers
    return detail["loc"][: there + 1] if detail["type"] == "missing" else detail["loc"][:there]


def _leave_out(data: Any, steps: Steps) -> None:
    """Take a value out; where it is a key that must be there, something else takes its place."""
    for step in steps[:-1]:
        data = data[step]
    if isinstance(data, list):
        del data[int(steps[-1])]
    elif steps[-1] in NEEDED and steps[-1] not in data:
        data[steps[-1]] = NEEDED[str(steps[-1])]
    else:
        data.pop(steps[-1], None)
