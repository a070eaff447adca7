"""The pages as a real browser shows them, on both versions of Datasette."""

import pytest
from browser import PYTHONS, browsing, build, served

from monitor.web import write_files

# How many headlines stand wholly on the screen without scrolling.
HEADLINES = """[...document.querySelectorAll('.monitor-list .monitor-title')].filter(title => {
  const box = title.getBoundingClientRect();
  return box.width > 100 && box.top >= 0 && box.bottom <= innerHeight;
}).length"""
CONTRAST = """(() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(part => {
      const c = part / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = light(getComputedStyle(document.body).backgroundColor);
  return Math.min(...[...document.querySelectorAll('.monitor-list *')].map(element => {
    const front = light(getComputedStyle(element).color);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  }));
})()"""


@pytest.fixture(scope="module", params=PYTHONS)
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    build(folder / "monitor.db")
    write_files(folder)
    with served(PYTHONS[request.param], [folder]) as address:
        yield address


async def test_the_pages_are_readable_lists_and_what_is_hostile_stays_text(site, tmp_path):
    async with browsing(tmp_path) as tab:
        for path in ("", "/monitor/latest", "/monitor/articles"):
            await tab.open(site + path)
            assert await tab.see(HEADLINES) >= 8, path

        await tab.open(site + "/monitor/latest", width=390, height=844)
        assert await tab.see("document.documentElement.scrollWidth") <= 390
        assert await tab.see(HEADLINES) >= 3

        for dark in (False, True):
            await tab.open(site + "/monitor/latest", dark=dark)
            assert await tab.see(CONTRAST) >= 4.5

        for path in (
            "/monitor/articles/51",
            "/monitor/decisions",
            "/monitor/search?words=alert",
            "/monitor/stories/31",
        ):
            await tab.open(site + path)
            await tab.see("for (const link of document.querySelectorAll('td a, li a')) link.onmouseover?.()")

        assert tab.dialogs == []
        assert [address for address in tab.requests if not address.startswith((site, "data:"))] == []
        assert tab.errors == []


async def test_one_searches_and_comes_to_the_article(site, tmp_path):
    async with browsing(tmp_path) as tab:
        await tab.open(site)
        await tab.press("document.querySelector('.monitor-nav a[href$=\"/search\"]').click()")
        await tab.press(
            "document.querySelector('[name=words]').value = 'waffen* genf'; document.forms[0].submit()"
        )

        assert await tab.see("document.querySelector('td mark').textContent") in ("Waffenruhe", "Genf")

        await tab.press("document.querySelector('td.col-article_id a').click()")

        assert await tab.see("document.querySelectorAll('.monitor-text p').length") >= 3
