"""`monitor coverage`: the watch against what the outlet says it published."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from click.testing import CliRunner
from town import Town, sentences

from monitor import config
from monitor.cli import cli, coverage
from monitor.cli.watch import one_pass


def sitemap(outlet, *pages):
    made = "".join(
        f"<url><loc>{outlet.address}{path}</loc><news><publication_date>{when:%Y-%m-%dT%H:%M:%SZ}</publication_date>"
        f"<title>Titel {path}</title></news></url>"
        for path, when in pages
    )

    async def page(_):
        return web.Response(text=f"<urlset>{made}</urlset>", content_type="application/xml")

    return page


async def reported(path, **options):
    settings = config.load(path, os.environ)
    span = options.get("span", timedelta(days=2))
    return await coverage.compared(settings.database, settings.fetch, options.get("outlet"), span)


@pytest.fixture
def at_once(monkeypatch):
    """What was published a moment ago counts."""
    monkeypatch.setattr(coverage, "GRACE", timedelta(0))


@pytest.mark.usefixtures("at_once")
async def test_the_share_that_was_caught_and_the_list_of_what_was_missed(tmp_path, monkeypatch):
    from monitor import daemon

    async with Town(2) as town:
        one, two = town.outlets
        for name in "ab":
            one.publish(f"/{name}", f"Waffenstillstand {name}", sentences(name, 18))
        two.publish("/x", "Waffenstillstand x", sentences("x", 18))
        path = town.config(tmp_path)
        await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
        start = datetime.now(UTC)
        one.robots = f"User-agent: *\nSitemap: {one.address}/news.xml"
        moment = start + timedelta(seconds=2)
        one.pages["/news.xml"] = sitemap(
            one, ("/old", start - timedelta(hours=5)), ("/a/", moment), ("/b?utm_source=x", moment), ("/c", moment),
            ("/future", start + timedelta(hours=9)),
        )  # fmt: skip
        monkeypatch.setattr(daemon, "now", lambda: start + timedelta(seconds=9))
        await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
        monkeypatch.setattr(
            daemon, "now", lambda: start + timedelta(days=1, hours=1)
        )  # its robots.txt is due again
        rows = {row["outlet"]: row for row in await reported(path)}
        only = await reported(path, outlet=two.host)

    found = rows[one.host]
    assert (3, 2, 0.667) == (found["listed"], found["caught"], found["share"])
    assert [(one.address + "/c", "Titel /c")] == [(item["url"], item["title"]) for item in found["missed"]]
    assert [one.address + "/news.xml"] == found["sitemaps"]
    assert "names no news sitemap" in rows[two.host]["because"]
    assert [two.host] == [row["outlet"] for row in only]


def test_the_report_is_readable(capsys):
    row = {"name": "taz", "share": 0.667, "caught": 2, "listed": 3, "from": "A", "to": "B", "because": None,
           "missed": [{"published_at": "T", "title": "Ein Titel", "url": "https://taz.de/1"}] * 21}  # fmt: skip
    coverage.show([row, {**row, "name": "BBC", "share": None, "because": "no sitemap"}])
    lines = capsys.readouterr().out.splitlines()

    assert "taz: 66.7% caught, 2 of 3 that its news sitemap lists from A to B" == lines[0]
    assert "  missed T  Ein Titel  https://taz.de/1" == lines[1]
    assert "  … and 1 more; --json lists them all" == lines[21]
    assert "BBC: cannot be compared: no sitemap" == lines[22]


async def test_the_command_prints_json_and_knows_its_outlets(tmp_path):
    import asyncio

    async with Town(1) as town:
        town.outlets[0].publish("/a", "Waffenstillstand", sentences("a", 18))
        path = town.config(tmp_path)
        await one_pass(config.load(path, os.environ), None, regardless=True, force=False)
        call = lambda *words: CliRunner().invoke(cli, ["coverage", *words, "-c", str(path)])  # noqa: E731
        done = await asyncio.to_thread(call, "--json")
        wrong = await asyncio.to_thread(call, "--outlet", "nobody.test")

    assert [town.outlets[0].host] == [row["outlet"] for row in json.loads(done.stdout)]
    assert "nobody.test" in str(wrong.exception)
