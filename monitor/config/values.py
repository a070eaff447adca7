"""The values of a configuration: each function reads a text, or raises ValueError with a sentence.

A sentence quotes the text only through `shown`, and texts that are secrets by nature not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from monitor.config.findings import did_you_mean, number, shown
from monitor.core import urls
from monitor.core.language import CODES, code

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_SECONDS = {
    "ms": 0.001, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600,
    "d": 86400, "day": 86400, "w": 604800, "week": 604800, "month": 2592000, "y": 31536000, "year": 31536000,
}  # fmt: skip
_BYTES = {
    "b": 1, "byte": 1, "k": 1000, "kb": 1000, "kib": 1024, "m": 1_000_000, "mb": 1_000_000, "mib": 1 << 20,
    "g": 1_000_000_000, "gb": 1_000_000_000, "gib": 1 << 30,
}  # fmt: skip
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|(?:data|feed|file|ftp|gopher|javascript|mailto):", re.IGNORECASE)
_HOST_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?):(\d{1,5}|\*)", re.IGNORECASE)
_DIGEST = re.compile(r"""digest\s+at\s+(["']?)(\d{1,2}):(\d{2})\1""", re.IGNORECASE)
_PARAMETER = re.compile(r"[^\s&=?#]+(=[^\s&?#]*)?")
_LONGEST = 500  # characters of a text
MOST = 1e10  # seconds or bytes; what is more is no limit at all
_PORTS = 65535


@dataclass(frozen=True, slots=True)
class Announce:
    """When an alert goes out: with every story, or once a day at `at` (HH:MM)."""

    when: Literal["story", "digest"]
    at: str | None = None


def text(value: str) -> str:
    """One line that says something."""
    line = " ".join(value.split())
    if not line:
        raise ValueError("is empty")
    if len(line) > _LONGEST or not line.isprintable():
        raise ValueError("is no single line of text")
    return line


def words(value: str) -> str:
    """A text of any length, as a query is."""
    if not value.strip():
        raise ValueError("is empty")
    return value


def version(value: str) -> int:
    """The version of the file's format."""
    if value.strip() != "1":
        raise ValueError(f"this program reads version 1, not {shown(value)}")
    return 1


def path(value: str) -> str:
    """A path; what it leads to is looked at later."""
    if not value.strip() or "\0" in value:
        raise ValueError("is empty")
    return value.strip()


def duration(value: str) -> timedelta:
    """`2s`, `90 seconds`, `30 days`, `1 year` (365 days)."""
    return timedelta(seconds=_amount(value, _SECONDS, "a time needs its unit, as in 2s or 30 days"))


def lifetime(value: str) -> timedelta:
    """A time of at least a minute, for what is kept."""
    found = duration(value)
    if found < timedelta(minutes=1):
        raise ValueError(f"{shown(value)} is too short; at least one minute")
    return found


def deadline(value: str) -> float:
    """Seconds, from one second to ten minutes; a number alone means seconds."""
    seconds = _seconds(value)
    if not 1 <= seconds <= 600:  # noqa: PLR2004  said in the sentence below
        raise ValueError(f"{shown(value)} is not between 1s and 10 minutes")
    return seconds


def delay(value: str) -> float:
    """Seconds, from none to an hour; a number alone means seconds."""
    seconds = _seconds(value)
    if seconds > _SECONDS["hour"]:
        raise ValueError(f"{shown(value)} is longer than one hour")
    return seconds


def _seconds(value: str) -> float:
    return _amount(value, _SECONDS, "a time needs its unit, as in 2s", default="s")


def portion(value: str) -> float:
    """A number above 0, up to 1."""
    try:
        found = float(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is no number; one above 0, up to 1, as in 0.8") from None
    if not 0 < found <= 1:
        raise ValueError(f"{shown(value)} is not above 0 and up to 1, as in 0.8")
    return found


def size(value: str) -> int:
    """`10MB` (millions), `5MiB` (powers of two), or bytes."""
    count = round(_amount(value, _BYTES, "a size needs its unit, as in 10MB", default="b"))
    if not 10_000 <= count <= 1_000_000_000:  # noqa: PLR2004  said in the sentence below
        raise ValueError(f"{shown(value)} is not between 10kB and 1GB")
    return count


def _amount(value: str, units: Mapping[str, float], advice: str, default: str = "") -> float:
    found = _AMOUNT.fullmatch(value.strip().replace("_", ""))
    if found is None:
        raise ValueError(f"{shown(value)} is not understood; {advice}")
    number, unit = float(found[1]), found[2].lower() or default
    factor = units.get(unit) or units.get(unit.removesuffix("s"))
    if factor is None and (unit or number):
        meant = did_you_mean(unit, [name for name in units if len(name) > len("kib")])
        raise ValueError(f"{shown(value)} is not understood; {advice}{meant}")
    return min(number * (factor or 0), MOST)


# ── addresses ────────────────────────────────────────────────────────────────────────────────────


def is_address(value: str) -> bool:
    """Whether this means an address, right or wrong, and not a name."""
    return _SCHEME.match(value.strip()) is not None


def address(value: str) -> str:
    """An http or https address, as it is written."""
    found = value.strip()
    if urls.plain_host(found):
        return found
    parts = _split(found)
    if parts is None or not parts.hostname or re.search(r"[\x00-\x20\x7f]", found):
        advice = "" if is_address(found) or "." not in found else "; an address begins with https://"
        raise ValueError(f"{shown(value)} is no web address{advice}")
    if parts.scheme.lower() not in {"http", "https"}:
        raise ValueError(f"{shown(value)} is no web address: only http and https are asked")
    if not urls.host_of(found):
        raise ValueError(f"{shown(value)} is no web address that can be asked")
    return found


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def feed_name(value: str) -> str:
    """The name of a feed, or its address."""
    return address(value) if is_address(value) else text(value)


def secret_address(value: str) -> str:
    """An http or https address that is never quoted."""
    try:
        return address(value)
    except ValueError:
        raise ValueError("is no web address; it begins with https:// (or http://)") from None


def host_port(value: str) -> str:
    """`host:port` or `host:*`, in lower case."""
    found = _HOST_PORT.fullmatch(value.strip())
    if found is None or (found[2] != "*" and not 0 < int(found[2]) <= _PORTS):
        raise ValueError(f"{shown(value)} is no host with its port, as in '127.0.0.1:8765' or 'nas.local:*'")
    return value.strip().lower()


def domain(value: str) -> str:
    """The registrable domain of an outlet, of whatever is written: a domain, a host or an address."""
    host = urls.host_of(value)
    if not host or "." not in host.strip("."):
        raise ValueError(f"{shown(value)} is no outlet; write its domain, as in taz.de")
    return urls.registrable(host)


def workers(value: str) -> int | str:
    """A number of processes, or the address of a Dask scheduler."""
    if value.strip().isdecimal() and 1 <= number(value.strip()) <= 256:  # noqa: PLR2004  said in the sentence below
        return int(value)
    parts = _split(value.strip())
    if parts and parts.scheme == "dask" and parts.hostname and parts.port and not parts.path.strip("/"):
        raise ValueError("workers on a Dask cluster are not in this version; give a number of processes")
    raise ValueError(f"{shown(value)} is no number of processes (1 to 256)")


def switch(value: str) -> bool:
    """On or off, in YAML 1.2's words."""
    if value.strip().lower() not in {"true", "false"}:
        raise ValueError(f"{shown(value)} is neither true nor false")
    return value.strip().lower() == "true"


# ── words ────────────────────────────────────────────────────────────────────────────────────────


def language(value: str) -> str:
    """A language as articles have it: `de` for de, de-AT, deu; `uk` for ua. What no article can have is refused."""
    written = value.strip().lower().replace("_", "-")
    found = code(written) if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9-]*)?", written) else None
    if found not in CODES:
        several = re.fullmatch(r"[a-z]{2,3}(?:[\s,;]+[a-z]{2,3})+", written)
        codes = ", ".join(re.split(r"[\s,;]+", written))
        write = f"several are a list: [{codes}]" if several else "write its code, as in de or en"
        raise ValueError(f"{shown(value)} is no language; {write}")
    return found


def kept_articles(value: str) -> Literal["matched", "all"]:
    """Which articles stay."""
    if value == "matched":
        return "matched"
    if value == "all":
        return "all"
    raise ValueError(
        f"{shown(value)} is neither 'matched' nor 'all'{did_you_mean(value, ['matched', 'all'])}"
    )


def announce(value: str) -> Announce:
    """`every story`, or `digest at "07:00"`; of several with a bar between them, the first."""
    first = value.partition("|")[0].strip()
    if re.fullmatch(r"every\s+story", first, re.IGNORECASE):
        return Announce("story")
    found = _DIGEST.fullmatch(first)
    if found and int(found[2]) < 24 and int(found[3]) < 60:  # noqa: PLR2004  hours and minutes
        return Announce("digest", f"{int(found[2]):02}:{found[3]}")
    raise ValueError(f"""{shown(value)} is not understood; write 'every story' or 'digest at "07:00"'""")


def contact(value: str) -> str:
    """An e-mail or web address where sites reach the user; it goes into the User-Agent."""
    found = value.strip()
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?", found) or re.search(r"[()]", found):
        raise ValueError("is no e-mail or web address in plain letters")
    return found


def parameter(value: str) -> str:
    """The name of a query parameter, `*` standing for any letters, or `name=value`."""
    if not _PARAMETER.fullmatch(value.strip()):
        raise ValueError(f"{shown(value)} is no name of a query parameter, as in 'utm_*'")
    return value.strip()
