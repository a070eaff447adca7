"""What the newsroom answers: which page or feed stands at an address, and whether it changed."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from jinja2 import Environment

from monitor.demo.feeds import CONTENT_TYPES, feed_body, http_date
from monitor.demo.outlets import DemoFeed, Outlet, Validators
from monitor.demo.pages import Press, open_press
from monitor.demo.publications import Publication
from monitor.demo.script import Script, has_moved

ROBOTS = b"User-agent: *\nDisallow: /intern/\n"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader sent."""

    path: str
    article_id: str | None = None  # the query's `id`; every other parameter is ignored
    etag: str | None = None  # If-None-Match
    since: str | None = None  # If-Modified-Since


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, headers, body."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Desk:
    """Answers readers as the script stands. `began` is the wall-clock moment of the demo's start."""

    def __init__(self, script: Script, environment: Environment, began: datetime) -> None:
        self.script = script
        self.environment = environment
        self.began = began
        self.press: Press = open_press(environment, began)

    def answer(self, outlet: Outlet, ask: Ask, t: float) -> Answer:
        """The answer of an outlet at second `t`."""
        if ask.path == "/robots.txt":
            return Answer(200, ROBOTS, {"Content-Type": "text/plain; charset=utf-8"})
        if ask.path == "/":
            listed = self.script.latest(outlet.id, t)
            return Answer(200, self.press.front(outlet, listed), _html(outlet))
        for feed in outlet.feeds:
            if ask.path in {feed.path, feed.moves_to}:
                return self._feed(outlet, feed, ask, t)
        return self._page(outlet, ask, t)

    def _feed(self, outlet: Outlet, feed: DemoFeed, ask: Ask, t: float) -> Answer:
        if feed.moves_to and ask.path == feed.path and has_moved(feed, t):
            return Answer(301, b"", {"Location": outlet.base_url + feed.moves_to})
        items = self.script.latest(outlet.id, t, feed.sections)
        body = feed_body(self.environment, outlet, feed, items, self.began, t)
        changed = max((item.changed_at for item in items), default=0.0)
        headers = {"Content-Type": CONTENT_TYPES[feed.format]}
        return self._unless_known(Answer(200, body, headers), outlet.validators, changed, ask)

    def _page(self, outlet: Outlet, ask: Ask, t: float) -> Answer:
        path = ask.path if ask.article_id is None else f"{ask.path}?id={ask.article_id}"
        shown = self.script.at_path(outlet.id, path, t)
        if shown is None or shown.missing:
            return Answer(404, self.press.missing(outlet), _html(outlet))
        if shown.walled(t):
            return Answer(200, self.press.wall(outlet), {**_html(outlet), "Cache-Control": "no-store"})
        return self._article(outlet, shown, ask)

    def _article(self, outlet: Outlet, shown: Publication, ask: Ask) -> Answer:
        body = self.press.article(outlet, shown, self.script.beside(shown))
        return self._unless_known(Answer(200, body, _html(outlet)), outlet.validators, shown.changed_at, ask)

    def _unless_known(self, answer: Answer, validators: Validators, changed: float, ask: Ask) -> Answer:
        """The answer with its validators, or 304 when the reader has it already (RFC 9110 §13.2.2)."""
        marks = self._marks(answer.body, validators, changed)
        if is_known(marks, ask, self._whole(changed)):
            return Answer(304, b"", marks)
        return Answer(answer.status, answer.body, answer.headers | marks)

    def _marks(self, body: bytes, validators: Validators, changed: float) -> dict[str, str]:
        if validators == "none":
            return {}
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if validators == "weak":
            return {"ETag": f"W/{etag}"}
        if validators == "etag":
            return {"ETag": etag}
        return {
            "ETag": etag,
            "Last-Modified": http_date(self.began, (self._whole(changed) - self.began).total_seconds()),
        }

    def _whole(self, changed: float) -> datetime:
        """The moment of a change on the next full second, so that no later change shares it unseen."""
        return datetime.fromtimestamp(
            math.ceil((self.began + timedelta(seconds=changed)).timestamp()), tz=UTC
        )


def is_known(marks: dict[str, str], ask: Ask, changed: datetime) -> bool:
    """Whether the reader's validators match; the entity tag wins over the date (RFC 9110 §13.1.3)."""
    if ask.etag is not None:
        known = {tag.strip().removeprefix("W/") for tag in ask.etag.split(",")}
        return "ETag" in marks and bool(known & {"*", marks["ETag"].removeprefix("W/")})
    if ask.since is None or "Last-Modified" not in marks:
        return False
    try:
        return parsedate_to_datetime(ask.since) >= changed
    except (TypeError, ValueError):
        return False


def _html(outlet: Outlet) -> dict[str, str]:
    return {"Content-Type": f"text/html; charset={outlet.encoding}"}
