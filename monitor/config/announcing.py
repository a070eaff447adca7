"""The values under `alerts` and `smtp`: each function reads a text, or raises ValueError with a sentence.

What may be a secret is never quoted.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote

from monitor.config import values
from monitor.config.findings import did_you_mean, number, shown

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|to|until)\s*(\d{1,2}):(\d{2})", re.IGNORECASE)
_RATE = re.compile(r"(\d{1,6})\s*(?:per|an?|/)\s*(second|minute|hour|day)", re.IGNORECASE)
_SPANS = {
    "second": timedelta(seconds=1), "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1), "day": timedelta(days=1),
}  # fmt: skip
_HOST = re.compile(r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", re.IGNORECASE)
_PORTS = 65535
LONGEST_HOST = 253  # characters of a name (RFC 1035, section 2.3.4)
MOST = 1_000_000  # of anything that is counted


def destination(value: str) -> str:
    """Where an alert goes: a web address, `mailto:` with e-mail addresses, or an address of Apprise."""
    found = value.strip()
    if found.lower().startswith(("http://", "https://")):
        return values.secret_address(found)
    if found.lower().startswith("mailto:") or _MAIL.fullmatch(found):
        return _mailto(found)
    if _SCHEME.fullmatch(found):
        return found
    raise ValueError(
        "is no web address; it begins with https:// (or http://), or with mailto: for e-mail, "
        "or is an address of Apprise (ntfy://…)"
    )


def _mailto(found: str) -> str:
    addresses = [unquote(part).strip() for part in re.sub("(?i)^mailto:", "", found).split(",")]
    if not all(_MAIL.fullmatch(part) for part in addresses):
        raise ValueError("is no list of e-mail addresses, as in mailto:desk@example.org,chief@example.org")
    return "mailto:" + ",".join(addresses)


def hidden(value: str) -> str:
    """A secret of one line."""
    if not value.strip() or not value.isprintable():
        raise ValueError("is empty, or no single line of text")
    return value


def yes_or_no(value: str) -> bool:
    """`true` or `false`, as YAML 1.2 writes them."""
    if value in {"true", "True", "TRUE"}:
        return True
    if value in {"false", "False", "FALSE"}:
        return False
    raise ValueError(f"{shown(value)} is neither true nor false")


def quiet_hours(value: str) -> tuple[str, str]:
    """`22:00-07:00` as two times of the day."""
    found = _HOURS.fullmatch(value.strip())
    if found is None or not (_is_time(found[1], found[2]) and _is_time(found[3], found[4])):
        raise ValueError(f"{shown(value)} are no hours of the day, as in 22:00-07:00")
    begin, end = f"{int(found[1]):02}:{found[2]}", f"{int(found[3]):02}:{found[4]}"
    if begin == end:
        raise ValueError(f"{shown(value)} is the whole day; nothing would ever be sent")
    return begin, end


def _is_time(hour: str, minute: str) -> bool:
    return int(hour) < 24 and int(minute) < 60  # noqa: PLR2004  hours and minutes


def rate(value: str) -> tuple[int, timedelta]:
    """`30 per minute`, `10 per hour` as a number and a time."""
    found = _RATE.fullmatch(value.strip())
    if found is None or not int(found[1]):
        raise ValueError(f"{shown(value)} is no rate, as in '30 per minute' or '10 per hour'")
    return int(found[1]), _SPANS[found[2].lower()]


def count(value: str) -> int:
    """A number of outlets, at least two."""
    if not value.strip().isdecimal() or not 2 <= number(value.strip()) <= MOST:  # noqa: PLR2004  one is where it begins
        raise ValueError(f"{shown(value)} is no number of outlets; write 2 or more")
    return int(value)


def mail_host(value: str) -> str:
    """A mail server, with its port or without."""
    found = _HOST.fullmatch(value.strip())
    if found is None or len(found[1]) > LONGEST_HOST or (found[2] and not 0 < int(found[2]) <= _PORTS):
        raise ValueError(f"{shown(value)} is no mail server, as in mail.example.org or mail.example.org:587")
    return value.strip().lower()


def sender(value: str) -> str:
    """An e-mail address, with a name before it or without."""
    line = " ".join(value.split())
    if not _MAIL.fullmatch(parseaddr(line)[1]) or not line.isprintable():
        raise ValueError(f"{shown(value)} is no e-mail address, as in 'Monitor <monitor@example.org>'")
    return line


def security(value: str) -> Literal["starttls", "tls", "none"]:
    """How the connection to the mail server is secured."""
    for known in ("starttls", "tls", "none"):
        if value.strip().lower() == known:
            return known
    raise ValueError(
        f"{shown(value)} is neither starttls, tls nor none{did_you_mean(value, ['starttls', 'tls', 'none'])}"
    )
