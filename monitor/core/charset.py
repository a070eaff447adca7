"""Bytes of a page → the same page in UTF-8, whatever it was written in.

Knows nothing of markup beyond where a page declares its encoding.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from monitor.core import alphabets

# A declaration stands at the start of a page; browsers look at 1,024 bytes, some pages need more
# (https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding).
_DECLARED_WITHIN = 4096
_META = re.compile(
    rb"<meta[^>]{0,300}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([a-z0-9_:.\-]{2,40})", re.IGNORECASE
)
_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([a-z0-9_.\-]{2,40})", re.IGNORECASE)
_HTTP = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([a-z0-9_:.\-]{2,40})", re.IGNORECASE)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Python's name of an encoding → the superset that browsers read it as
# (https://encoding.spec.whatwg.org/#names-and-labels). An encoding that is not here is not believed:
# Python also knows "punycode", "unicode_escape" and others that no page is written in.
_KNOWN = {
    "utf-8": "utf-8",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "euc_kr": "cp949",
    "cp949": "cp949",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "cp866": "cp866",
    "mac-cyrillic": "mac-cyrillic",
    "mac-roman": "mac-roman",
    **{f"iso8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"cp{page}": f"cp{page}" for page in (874, *range(1250, 1259))},
}
# In these, bytes that look like ASCII or UTF-8 mean something else, so a declaration goes first.
_DISGUISED = {"iso2022_jp", "hz", "utf-16", "utf-16-le", "utf-16-be"}
_GUESSED = sorted({"gbk" if name == "gb18030" else name for name in _KNOWN.values()} - {"utf-8"})
_SAMPLE = 8192  # bytes of text that the guess looks at: its time grows with them
_SOUND_TO_BROKEN = 10  # sound signs beyond ASCII to each broken one
_FEW_FAULTS = 0.002  # share of broken characters at which declared UTF-8 is still believed
_FLAWS = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")  # controls that no text has
_FEW_FLAWS = 2  # signs, and this share of a longer text: what an editor or a cut leaves behind
_SHARE_OF_FLAWS = 0.005


def flaw(text: str) -> str | None:
    """Why these characters are no text that can be read, in words; None where they are."""
    most = max(_FEW_FLAWS, len(text) * _SHARE_OF_FLAWS)
    if "\0" in text or len(_FLAWS.findall(text)) > most:
        return "it is no text: it holds control characters, as pictures and office files do"
    if text.count("\ufffd") > most:
        return "its encoding is unknown: too many characters cannot be read; save it as UTF-8"
    return None


def to_utf8(body: bytes, content_type: str = "") -> bytes:
    """Give `body` as valid UTF-8 without a byte order mark.

    The order is: byte order mark, a declared encoding that disguises itself, UTF-8 where the bytes are
    valid or nearly so, the encoding of the HTTP header `content_type`, the one the page declares, a guess from a
    sample, Windows-1252. Bytes that mean nothing become U+FFFD. Never raises.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _recoded(body[len(mark) :], encoding)
    declared = _declared(body, content_type)
    for encoding in declared:
        if encoding in _DISGUISED and not _is_ascii_markup(body, encoding):
            return _recoded(body, encoding)
    if _is_utf8(body):
        return body
    if _looks_like_utf16(body):
        return _recoded(body, "utf-16-be" if body[:1] == b"\0" else "utf-16-le")
    if _is_nearly_utf8(body):
        return _recoded(body, "utf-8")
    return _legacy(body, [encoding for encoding in declared if encoding not in _DISGUISED])


def _legacy(body: bytes, declared: list[str]) -> bytes:
    for encoding in declared:
        text = body.decode(encoding, "replace")
        if text.count("�") <= len(text) * _FEW_FAULTS:
            return text.encode("utf-8", "replace")
    return _recoded(body, _guessed(body))


def _recoded(body: bytes, encoding: str) -> bytes:
    return body.decode(encoding, "replace").encode("utf-8", "replace")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf8(body: bytes) -> bool:
    """Whether hardly a sign is broken, as where headlines are cut by bytes; no other encoding looks like that by chance."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(text) - len(text.encode("ascii", "ignore")) - broken
    return sound >= broken * _SOUND_TO_BROKEN


def _looks_like_utf16(body: bytes) -> bool:
    return body[:4] in {b"<\0!\0", b"<\0h\0", b"\0<\0!", b"\0<\0h"}


def _is_ascii_markup(body: bytes, encoding: str) -> bool:
    """Whether a page that claims UTF-16 cannot be: its markup is readable as it stands."""
    return encoding.startswith("utf-16") and b"\0" not in body[:64]


def _declared(body: bytes, content_type: str) -> list[str]:
    head = body[:_DECLARED_WITHIN]
    found = [match.group(1) for match in (_HTTP.search(content_type),) if match]
    found += [match.group(1).decode("ascii") for match in (_XML.search(head), _META.search(head)) if match]
    return [encoding for label in found if (encoding := _believed(label)) is not None]


def _believed(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return name if name in _DISGUISED else _KNOWN.get(name)


def _guessed(body: bytes) -> str:
    """Guess from the first stretch that is not plain ASCII: markup says nothing about an alphabet.

    Only among what pages are written in: it is right more often, takes less time, and the library, which
    remembers every character that it ever met, meets fewer.
    """
    start = next((at for at, byte in enumerate(body) if byte > 0x7F), 0)  # noqa: PLR2004 (the end of ASCII)
    sample = body[start : start + _SAMPLE]
    best = from_bytes(sample, steps=3, chunk_size=1024, cp_isolation=_GUESSED).best()
    guessed = (_believed(best.encoding) if best else None) or "cp1252"
    return (alphabets.encoding(sample) if guessed in alphabets.LATIN else None) or guessed
