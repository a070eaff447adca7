"""Writes what Datasette needs beside the database, and never over a file that is the user's own.

The first line of every file says that monitor wrote it, with a digest of the rest. A file without
that line, or whose rest no longer has that digest, was written or edited by the user: it stays. JSON
has no room for such a line: there, whatever differs from what we would write is the user's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from monitor.web.metadata import SETTINGS, config, metadata

TITLE = "News monitor"
MARK = re.compile(r"Written by monitor\b.*\bdigest ([0-9a-f]{16})")
# How a line of comment looks in each kind of file.
COMMENT = {
    ".yaml": "# {}",
    ".py": "# {}",
    ".css": "/* {} */",
    ".html": "{{# {} #}}",
}
SETTINGS_FILE = "settings.json"


def write_files(
    folder: Path,
    *,
    title: str = TITLE,
    database_stem: str = "monitor",
    hosts: Sequence[str] = (),
) -> list[Path]:
    """Write the files of Datasette into `folder` where they are missing or older; give those written.

    `database_stem` is the database's file name without its suffix: Datasette's name for it. `hosts`
    are the names under which the pages may be asked for, besides IP addresses and localhost.
    Files of the user stay as they are: `own_files` names them. Raises OSError when the folder cannot
    be written.
    """
    written = []
    for name, text in contents(title, database_stem, hosts).items():
        path = folder / name
        if not is_own(path) and read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, text)
            written.append(path)
    return written


def own_files(folder: Path) -> list[Path]:
    """Files that `write_files` leaves alone, because the user wrote or edited them."""
    return [path for path in (folder / name for name in contents(TITLE, "monitor", ())) if is_own(path)]


def contents(title: str, stem: str, hosts: Sequence[str]) -> dict[str, str]:
    """Every file, whole, by its name relative to the folder."""
    bodies = {
        "metadata.yaml": as_yaml(metadata(title, stem, hosts)),
        "datasette.yaml": as_yaml(config(stem)),
        **dict(pages(resources.files("monitor.web") / "beside")),
    }
    return {SETTINGS_FILE: as_json(SETTINGS), **{name: marked(name, body) for name, body in bodies.items()}}


def pages(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The files that are copied as they are: templates, styles, plugins."""
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir() and item.name != "__pycache__":
            yield from pages(item, f"{prefix}{item.name}/")
        elif Path(item.name).suffix in COMMENT:
            yield prefix + item.name, item.read_text(encoding="utf-8")


def marked(name: str, body: str) -> str:
    """The body under the line that says who wrote it. The line break after a template's comment is its own."""
    line = f"Written by monitor, and written anew unless you edit it. digest {digest(body)}"
    return COMMENT[Path(name).suffix].format(line) + "\n" + body


def is_own(path: Path) -> bool:
    """Whether the file is there and not as we wrote it."""
    text = read(path)
    if text is None:
        return path.is_symlink() or path.exists()
    if path.name == SETTINGS_FILE:
        return text != as_json(SETTINGS)
    first, _, body = text.partition("\n")
    mark = MARK.search(first)
    return mark is None or mark[1] != digest(body)


def read(path: Path) -> str | None:
    """The file's text; None when there is none, or it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        return None


def replace(path: Path, text: str) -> None:
    """Write the whole file or nothing: a running Datasette never reads half a template."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(path)


def digest(body: str) -> str:
    """Sixteen hexadecimal digits of the body's SHA-256."""
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def as_json(value: dict[str, int]) -> str:
    """JSON, one setting a line."""
    return json.dumps(value, indent=2) + "\n"


def as_yaml(value: dict[str, object]) -> str:
    """YAML that a person can read and edit: in our order, long texts folded at 100 columns."""
    return yaml.dump(value, Dumper=Readable, sort_keys=False, allow_unicode=True, width=100)


class Readable(yaml.SafeDumper):
    """Writes texts of several lines (SQL) as block literals, and repeats instead of using aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the signature is yaml's
        """Never `*id001`: a person reads this."""
        return True


def literal(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """A text of several lines as it is, under `|`."""
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Readable.add_representer(str, literal)
