"""Lists of feeds in OPML."""

from pathlib import Path

import pytest

from monitor.core.opml import ListedFeed, feeds_of
from monitor.errors import ParseError

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "opml"


def opml(body, declaration='<?xml version="1.0" encoding="UTF-8"?>'):
    return f'{declaration}<opml version="2.0"><head><title>x</title></head><body>{body}</body></opml>'


KYIV = opml(
    '<outline text="Süd">\n<outline text="Київ  &amp;\n„x“" xmlUrl=" https://a.example/rss?x=1&amp;y=2 "/></outline>'
)


@pytest.mark.parametrize(
    "document",
    [
        KYIV,
        KYIV.encode(),
        b"\xef\xbb\xbf" + KYIV.encode(),
        KYIV.replace('<?xml version="1.0" encoding="UTF-8"?>', "").encode(),
        KYIV.encode("utf-16"),
        KYIV.replace("UTF-8", "utf-16").encode(),
        KYIV.replace("UTF-8", "windows-1251").replace("ü", "&#252;").encode("cp1251"),
    ],
)
def test_every_encoding_gives_the_same_feeds(document):
    assert feeds_of(document) == [ListedFeed("https://a.example/rss?x=1&y=2", "Київ & „x“", ("Süd",))]


def test_folders_nest_and_an_address_counts_once():
    document = opml(
        '<outline text="A"><outline text="B"><outline text="one" xmlUrl="feed://x.example/1"/></outline>'
        '<outline text="again" xmlUrl="feed://x.example/1"/></outline>'
        '<outline xmlUrl="feed:https://x.example/2"/><outline text="no feed" htmlUrl="https://x.example/"/>'
    )

    assert feeds_of(document) == [
        ListedFeed("http://x.example/1", "one", ("A", "B")),
        ListedFeed("https://x.example/2", None),
    ]


@pytest.mark.parametrize(
    "document", [b"", b"\0", b"x", "https://a.example/list.opml", b"<html><body>no</body></html>"]
)
def test_what_is_no_opml_is_refused(document):
    with pytest.raises(ParseError, match="no OPML"):
        feeds_of(document)


def test_broken_opml_gives_what_can_be_read():
    assert feeds_of('<opml><body></outline><outline text="a" xmlUrl="https://x.example/1"><outline') == [
        ListedFeed("https://x.example/1", "a")
    ]


def test_real_lists_are_read_whole():
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus is not here: {CORPUS}")
    path = CORPUS / "awesome-rss-feeds" / "countries" / "Ukraine.opml"

    feeds = feeds_of(path.read_bytes())

    assert len(feeds) == path.read_text(encoding="utf-8").count("xmlUrl=") == 12
    assert {feed.folders for feed in feeds} == {("Ukraine",)}
