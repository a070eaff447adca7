"""What Datasette reads: `metadata.yaml` (0.65 and 1.0), `datasette.yaml` (1.0), `settings.json` (0.65)."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from monitor.web.queries import QUERIES
from monitor.web.tables import START, TABLES

# What 1.0 reads from datasette.yaml; titles and descriptions stay in metadata.yaml.
# docs.datasette.io/en/latest/configuration.html#table-configuration
CONFIG_KEYS = frozenset(
    {
        "facets",
        "fts_pk",
        "fts_table",
        "hidden",
        "label_column",
        "size",
        "sort",
        "sort_desc",
        "sortable_columns",
    }
)
# Room for a count over a year of news, and for facets on it, on two slow cores; suggesting further facets
# would take longer than all the rest.
SETTINGS: dict[str, int] = {
    "default_page_size": 50,
    "sql_time_limit_ms": 3000,
    "facet_time_limit_ms": 500,
    "suggest_facets": False,
    "trace_debug": False,
}
ABOUT = (
    "Every article is read as a whole page, each text is shown once however many outlets carry it, "
    "and every decision says why."
)


def metadata(title: str, stem: str, hosts: Sequence[str]) -> dict[str, Any]:
    """The whole of `metadata.yaml`. 0.65 knows no other file, so that the queries stand here too."""
    intro = introduction(stem)
    return {
        "title": title,
        "description_html": intro,
        "plugins": {"monitor": {"hosts": list(hosts)}},
        "databases": {
            stem: {
                "title": title,
                "description_html": intro,
                "tables": TABLES,
                "queries": QUERIES,
            },
            # Raw pages of others, as they came: to be read by programs, not to be put before a browser.
            "archive": {"allow": False},
        },
    }


def config(stem: str) -> dict[str, Any]:
    """The whole of `datasette.yaml`: the same tables and queries."""
    tables = {
        name: {key: value for key, value in table.items() if key in CONFIG_KEYS}
        for name, table in TABLES.items()
    }
    return {
        "settings": SETTINGS,
        "databases": {
            stem: {"tables": tables, "queries": QUERIES},
            "archive": {"allow": False},
        },
    }


def introduction(stem: str) -> str:
    """What is in here and where to start, as HTML; its links hold on the home and on the database page."""
    links = "".join(
        f'<li><a href="{html.escape(encoded(stem))}/{name}">{html.escape(label)}</a> {html.escape(about)}</li>'
        for name, label, about in START
    )
    return f'<p>{html.escape(ABOUT)}</p>\n<ul class="monitor-start">{links}</ul>'


def encoded(stem: str) -> str:
    """The name as it stands in Datasette's addresses: docs.datasette.io, internals, tilde encoding."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "_-") else tilde(letter)
        for letter in stem
    )


def tilde(letter: str) -> str:
    """One letter that cannot stand in a path as it is."""
    return "+" if letter == " " else "".join(f"~{byte:02X}" for byte in letter.encode())
