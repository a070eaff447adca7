"""Text in one piece, whatever it is made of."""

from datetime import UTC, datetime
from xml.sax import make_parser
from xml.sax.handler import ContentHandler, feature_external_ges

import feedparser
import feedparser.api
import pytest

from monitor.core.parse import SAX_DRIVER, parse_feed

NOW = datetime(2025, 6, 2, 8, tzinfo=UTC)
LINES = "one &lt;b&gt;line&lt;/b&gt;\nanother &amp; a &#228;\n<![CDATA[and <i>more</i>]]>\n"
FEED = f"<rss version='2.0'><channel><title>T</title><item><title>I</title><description>{LINES * 40}</description></item></channel></rss>"


class Heard(ContentHandler):
    """What a SAX parser says of text."""

    def __init__(self):
        self.pieces = []

    def characters(self, content):
        """One piece."""
        self.pieces.append(content)


def heard(parser, document):
    """The pieces of text in which a parser tells a document."""
    handler = Heard()
    parser.setContentHandler(handler)
    parser.setFeature(feature_external_ges, False)
    parser.feed(document)
    parser.close()
    return handler.pieces


def test_text_comes_in_one_piece_and_is_the_same():
    document = f"<a>{LINES}</a>"

    plain = heard(make_parser(), document)
    whole = heard(make_parser([SAX_DRIVER]), document)

    assert len(plain) > 8
    assert whole == ["".join(plain)]


def test_a_parser_can_be_used_again():
    parser = make_parser([SAX_DRIVER])

    assert heard(parser, "<a>x\ny</a>") == heard(parser, "<a>x\ny</a>") == ["x\ny"]


def test_feeds_are_parsed_with_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feedparser.api, "PREFERRED_XML_PARSERS", ["drv_libxml2"])
    stock = feedparser.parse(FEED.encode(), sanitize_html=False, resolve_relative_uris=False)
    parse_feed(FEED.encode(), url="https://paper.example/feed", now=NOW)
    ours = feedparser.parse(FEED.encode(), sanitize_html=False, resolve_relative_uris=False)

    assert feedparser.api.PREFERRED_XML_PARSERS[0] == SAX_DRIVER
    assert stock["entries"] == ours["entries"]
