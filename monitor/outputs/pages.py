"""Digests and alerts as messages: the layout of the core, poured into the templates of this room."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.core import announcements, digest
from monitor.model import Alert, Digest, Message


def digest_message(one: Digest, zone: str) -> Message:
    """A digest as HTML and as plain text; times are told in `zone`."""
    page = digest.layout(one, zone)
    return Message(
        key=one.key,
        kind="digest",
        subject=digest.subject(page),
        text=_environment().get_template("digest.txt").render(page=page).strip() + "\n",
        facts=digest.facts(one, page),
        html=_environment().get_template("digest.html").render(page=page),
    )


def alert_message(one: Alert, zone: str) -> Message:
    """An alert, with HTML for mail."""
    item = digest.item(one, (one,), zone, home=one.topic_id)
    if one.kind == "update":
        item = digest.with_change(item, one.because)
    html = _environment().get_template("alert.html").render(alert=one, item=item)
    return announcements.message_of(one, zone, html)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("monitor.outputs"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["line"] = line
    made.filters["bracketed"] = bracketed
    made.filters["is_web"] = is_web
    return made


def line(text: str) -> str:
    """A text as one line."""
    return " ".join(str(text).split())


def bracketed(pieces: Iterable[tuple[str, bool]]) -> str:
    """A passage as one line, its matched words in brackets."""
    return line("".join(f"[{text}]" if is_match else text for text, is_match in pieces))


def is_web(url: str) -> bool:
    """Whether an address may become a link; what was imported can have others."""
    return url.lower().startswith(("https://", "http://"))
