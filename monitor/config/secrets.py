"""Values that come from elsewhere: `${NAME}` from the environment, `to_file:` and its like from a file.

What comes from elsewhere is marked secret, so that no finding ever quotes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.config.document import Block, Listing, Node, Scalar
from monitor.config.findings import Findings, shown
from monitor.config.places import beside, spelled_out

FROM_FILE = {
    "to_file": "to", "proxy_file": "proxy", "url_file": "url", "secret_file": "secret", "password_file": "password",
}  # fmt: skip
LARGEST = 64_000  # bytes of a secret


def fill_in(node: Node, environ: Mapping[str, str], findings: Findings) -> None:
    """Replace every `${NAME}` and every `…_file:` key of the tree by what it stands for."""
    if isinstance(node, Scalar):
        _from_environment(node, environ, findings)
        return
    for item in node.items if isinstance(node, Listing) else list(node.items.values()):
        fill_in(item, environ, findings)
    if isinstance(node, Block):
        for key in FROM_FILE.keys() & node.items.keys():
            _from_file(node, key, environ, findings)


def _from_environment(scalar: Scalar, environ: Mapping[str, str], findings: Findings) -> None:
    if scalar.text is None or "${" not in scalar.text:
        return
    scalar.text, missing = spelled_out(scalar.text, environ)
    scalar.secret = True
    for name in missing:
        findings.add(scalar.mark, f"the environment variable {name} is not set")
    if missing:
        scalar.text, scalar.broken = None, True


def _from_file(block: Block, key: str, environ: Mapping[str, str], findings: Findings) -> None:
    """Put the content of the file under the key it stands for."""
    node, target = block.items[key], FROM_FILE[key]
    if not isinstance(node, Scalar) or node.text is None:
        return
    if target in block.items:
        findings.add(block.keys[key], f"{key} and {target} both stand here; one of them is meant")
        return
    text, trouble = _content(beside(findings.path, node.text, environ))
    if trouble:
        findings.add(node.mark, f"{key}: the file {node.written!r} {trouble}")
    del block.items[key]
    block.keys[target] = block.keys.pop(key)
    block.items[target] = Scalar(node.mark, text, node.written, secret=True, broken=text is None)


def _content(path: Path) -> tuple[str | None, str]:
    """The text of a secret's file, or what is wrong with it."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1).decode("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        return None, f"cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
    if len(text) >= LARGEST or "\n" in text:
        return None, "holds more than one line"
    return (text, "") if text else (None, "is empty")


def written(node: Node) -> str:
    """A scalar as a finding may quote it: as it stands in the file."""
    return shown(node.written) if isinstance(node, Scalar) else "the value"
