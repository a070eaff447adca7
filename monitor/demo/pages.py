"""Pages as the outlets serve them: articles in six newspaper designs, front pages, walls, errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.demo.feeds import iso
from monitor.demo.outlets import Outlet
from monitor.demo.publications import Publication
from monitor.demo.texts import read_table

TEMPLATES = Path(__file__).parent / "templates"


def open_templates() -> Environment:
    """The templates; everything put into them is escaped, a missing name is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Press:
    """Prints pages. `began` is the wall-clock moment of the demo's start."""

    def __init__(self, environment: Environment, words: Mapping[str, Any], began: datetime) -> None:
        self.environment = environment
        self.words = words
        self.began = began

    def article(self, outlet: Outlet, shown: Publication, beside: Sequence[Publication]) -> bytes:
        """An article's page."""
        return self._print(
            f"{outlet.template}.html",
            outlet,
            shown=shown,
            address=outlet.base_url + shown.path,
            published=iso(self.began, shown.at),
            updated=iso(self.began, shown.changed_at),
            beside=beside,
            linked_data=self._linked_data(outlet, shown),
        )

    def front(self, outlet: Outlet, listed: Sequence[Publication]) -> bytes:
        """The front page: headlines, teasers, and where the feeds are."""
        return self._print("front.html", outlet, listed=listed)

    def wall(self, outlet: Outlet) -> bytes:
        """The consent wall that stands where an article should be."""
        return self._print("consent.html", outlet)

    def missing(self, outlet: Outlet) -> bytes:
        """The page under a 404."""
        return self._print("missing.html", outlet)

    def _print(self, template: str, outlet: Outlet, **given: Any) -> bytes:
        said = self.environment.get_template(template).render(
            outlet=outlet, say=self.words[outlet.language], **given
        )
        return said.encode(outlet.encoding, "xmlcharrefreplace")

    def _linked_data(self, outlet: Outlet, shown: Publication) -> Markup:
        """schema.org/NewsArticle as JSON-LD, safe inside a script element."""
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": shown.headline,
            "description": shown.summary,
            "datePublished": iso(self.began, shown.at),
            "dateModified": iso(self.began, shown.changed_at),
            "mainEntityOfPage": outlet.base_url + shown.path,
            "author": {"@type": "Person", "name": shown.byline or shown.agency or outlet.name},
            "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
            "isAccessibleForFree": True,
        }
        # A script element ends at `</script` and changes its rules at `<!--`: no `<` may stand in it.
        return Markup(json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 — see above


def open_press(environment: Environment, began: datetime) -> Press:
    """A press with the words that stand around the texts."""
    return Press(environment, read_table("words"), began)
