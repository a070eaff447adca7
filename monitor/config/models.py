"""The embedding model that a configuration names: whether its folder can be one. Opens nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from monitor.config.checks import File, is_refused, written_item
from monitor.config.places import beside
from monitor.config.rows import Root
from monitor.model import EventRules

FILES = ("model.safetensors", "tokenizer.json")
STEPS = ("events", "model")


def events_of(root: Root, file: File) -> EventRules:
    """The rules of events across languages. A folder that is not there, or holds no model, is a finding."""
    rules = EventRules() if root.events.alike is None else EventRules(alike=root.events.alike)
    if root.events.model is None:
        return rules
    folder = beside(file.findings.path, root.events.model, file.environ)
    if not is_refused(folder, file, STEPS) and (wrong := _wrong(folder)):
        file.tell(STEPS, wrong.format(written_item(file, STEPS)))
    return replace(rules, model=folder)


def _wrong(folder: Path) -> str:
    """What is wrong with this folder, with a place for how the file has it; nothing where it may be a model."""
    if folder.is_file():
        return "{} is a file; the folder of a model is meant, with model.safetensors and tokenizer.json in it"
    if not folder.is_dir():
        return "there is no folder {}; a model is downloaded by you, never by monitor: docs/operating.md says how"
    if not os.access(folder, os.R_OK | os.X_OK):
        return "the folder {} cannot be read; check owner and permissions"
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        return (
            "there is no model in the folder {}: "
            + " and ".join(missing)
            + (" are" if missing[1:] else " is")
            + " missing"
        )
    return ""
