"""A SAX driver that tells text in one piece: expat's, with its buffer switched on.

Without it expat calls back for every line and every `&lt;` of a text, and feedparser, which joins the pieces
again, spends a fifth of its time on being called. Found by `xml.sax.make_parser` by the name of this module.
"""

from __future__ import annotations

from xml.sax.expatreader import ExpatParser


class _TextAtOnce(ExpatParser):
    def reset(self) -> None:
        """Make the parser underneath anew, as it is made for every document."""
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]  # pyexpat's parser, unknown to the stubs


def create_parser() -> ExpatParser:
    """A new parser, as `xml.sax` asks its drivers for one."""
    return _TextAtOnce()
