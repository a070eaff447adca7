"""Serves the feeds that monitor writes beside the database: a Datasette plugin for 0.65 and 1.0.

`/-/feeds` lists them, `/-/feeds/NAME.atom` and `/-/feeds/NAME.json` are the files of the folder `feeds`.
Only whoever may open the table `matches` gets them. Reads files, writes nothing.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl  # type: ignore[import-untyped]
from datasette.database import QueryInterrupted  # type: ignore[import-untyped]
from markupsafe import Markup

FOLDER = Path(__file__).parents[1] / "feeds"
KINDS = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}
NAME = re.compile(r"\w[\w.-]{0,63}")

PAGE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Feeds</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="stylesheet" href="{style}"></head><body><section class="content monitor-home">'
    "<h1>Feeds</h1><p>One entry for each story, with everybody who carries it.</p><ul>{items}</ul>"
    '<p><a href="{home}">Back</a></p></section></body></html>'
)
ITEM = Markup('<li>{name}: <a href="{atom}">Atom</a>, <a href="{json}">JSON Feed</a></li>')


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Any]]:
    """Our addresses."""
    return [(r"^/-/feeds$", listing), (r"^/-/feeds/(?P<name>[^/]+)\.(?P<kind>atom|json)$", feed)]


@hookimpl  # type: ignore[untyped-decorator]
def extra_template_vars(view_name: str | None) -> dict[str, Any]:
    """For the home page: which topics have a feed."""
    return {"monitor_feeds": names()} if view_name == "index" else {}


async def listing(request: Any, datasette: Any) -> Any:
    """The feeds there are."""
    if not await may_read(datasette, request.actor):
        return Response.text("Not for you.", status=403)
    items = Markup().join(
        ITEM.format(name=name, **{kind: datasette.urls.path(f"/-/feeds/{name}.{kind}") for kind in KINDS})
        for name in names()
    )
    style = datasette.urls.path("/static/monitor.css")
    return Response.html(PAGE.format(items=items, style=style, home=datasette.urls.instance()))


async def feed(request: Any, datasette: Any) -> Any:
    """One feed, or 304 when the reader has it already."""
    if not await may_read(datasette, request.actor):
        return Response.text("Not for you.", status=403)
    name, kind = request.url_vars["name"], request.url_vars["kind"]
    body = content(name, kind)
    if body is None:
        return Response.text("There is no such feed.", status=404)
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "max-age=60"}
    if tag in (request.headers.get("if-none-match") or ""):
        return Response("", status=304, headers=headers)
    return Response(body.decode(), headers=headers, content_type=KINDS[kind])


def content(name: str, kind: str) -> bytes | None:
    """The file; None when there is none of this name."""
    if not NAME.fullmatch(name):
        return None
    try:
        return (FOLDER / f"{name}.{kind}").read_bytes()
    except OSError:
        return None


def names() -> list[str]:
    """The names of the feeds there are."""
    return sorted(path.stem for path in FOLDER.glob("*.atom") if NAME.fullmatch(path.stem))


async def may_read(datasette: Any, actor: Any) -> bool:
    """Whether the visitor may open the table that the feeds are made of, in the words of either version."""
    for name, database in datasette.databases.items():
        try:
            found = await database.table_exists("matches")
        except (sqlite3.Error, QueryInterrupted):
            continue
        if found:
            return await may_see(datasette, name, actor)
    return False


async def may_see(datasette: Any, database: str, actor: Any) -> bool:
    """Whether the visitor may open `matches` of this database."""
    if hasattr(datasette, "allowed"):
        from datasette.resources import TableResource  # type: ignore[import-untyped]

        resource = TableResource(database, "matches")
        return bool(await datasette.allowed(action="view-table", resource=resource, actor=actor))
    permissions = [("view-table", (database, "matches")), ("view-database", database), "view-instance"]
    visible, _ = await datasette.check_visibility(actor, permissions=permissions)
    return bool(visible)
