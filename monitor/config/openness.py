"""A configuration that holds secrets, and who else on this machine can read it."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from monitor.config.document import Block, Listing, Node, Scalar
from monitor.config.findings import Findings

SECRET_KEYS = {"password", "secret"}
# User and password in an address, as they stand in the file.
USERINFO = re.compile(r"://[^/?#\s@:]*:[^/?#\s]+@")


def check_openness(tree: Node, findings: Findings) -> None:
    """A finding for every password that stands in a file which everybody may read."""
    if not readable_by_all(findings.path):
        return
    for scalar in _secrets(tree):
        findings.add(
            scalar.mark,
            "a password stands here, and everybody on this machine may read the file; "
            f"`chmod o-r {findings.path.name}`, or write ${{NAME}} and set it in the environment",
        )


def readable_by_all(path: Path) -> bool:
    """Whether a stranger on this machine gets as far as this file, and may read it."""
    try:
        whole = path.resolve()
        open_ = bool(whole.stat().st_mode & stat.S_IROTH)
        return open_ and all(folder.stat().st_mode & stat.S_IXOTH for folder in whole.parents)
    except OSError:
        return False


def _secrets(node: Node, key: str = "") -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        literal = node.text is not None and not node.secret
        if literal and (key in SECRET_KEYS or USERINFO.search(node.text or "")):
            yield node
    elif isinstance(node, Listing):
        for item in node.items:
            yield from _secrets(item)
    elif isinstance(node, Block):
        for name, item in node.items.items():
            yield from _secrets(item, name)
