"""One spelling per address, and what else may safely be taken for the same address.

`canonical` changes spelling only. `equivalents` lists what may be looked up instead, and errs on the side
of keeping two addresses apart: a copy found by its text later costs little, two texts under one address
cost one of them. `article_address` weighs what a page says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urljoin

from yarl import URL

from monitor.core import pageforms
from monitor.core.tracking import is_tracking

LONGEST = 2048  # characters; longer addresses are attacks or data, not articles
TOO_LONG = f"the entry's link has more than {LONGEST} characters, as no article's address has"

_SCHEMES = ("http", "https")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_PLAIN = re.compile(
    r"https?://((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)(?:/[!-~]*)?"
)
_BREAKS = re.compile(r"[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SLASHES = re.compile(r"//+")
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)


def canonical(url: str, tracking: Collection[str] = ()) -> str | None:
    """The one spelling of an address; None for what is not an http(s) address of a page.

    Scheme and host in lower case and ASCII, no default port, no user, no dot segments, no fragment (but
    `#!`, which names a page), named tracking parameters gone (`tracking` adds patterns to the built-in
    list), the other parameters sorted by name. Nothing else is ever left out: `?id=1` stays. An address
    inside one of an AMP cache or of a service that counts clicks stands for itself.
    """
    parsed = _parsed(pageforms.unwrapped(_BREAKS.sub("", url[: LONGEST * 2]).strip()))
    if parsed is None:
        return None
    spelled = _joined(
        parsed.scheme, _netloc(parsed), _path(parsed), _query(parsed.raw_query_string, tracking)
    )
    if parsed.raw_fragment.startswith("!"):
        spelled += "#" + parsed.raw_fragment
    return spelled if len(spelled) <= LONGEST else None


def resolved(reference: str, base: str) -> str | None:
    """A link as an absolute http(s) address, relative ones against `base`; None when it is not one.

    The result is as served: only blanks around it, line breaks in it and the fragment's `#` alone are
    touched, because a signed address must reach its server octet by octet; wrappers are taken off.
    """
    text = pageforms.unwrapped(_BREAKS.sub("", reference[: LONGEST * 2]).strip()).replace(" ", "%20")
    if not text or len(text) > LONGEST:
        return None
    try:
        absolute = text if text.startswith(("https://", "http://")) else urljoin(base, text)
    except ValueError:
        return None
    return absolute if _parsed(absolute) is not None else None


def host_of(url_or_host: str) -> str:
    """The host in lower case and ASCII, without port and final dot; empty when there is none."""
    text = url_or_host.strip()
    if plain := plain_host(text):
        return plain
    parsed = _parsed(text if "://" in text else f"http://{text}")
    return _host(parsed).strip("[]") if parsed else ""


def plain_host(url: str) -> str:
    """The host of an address that is right at first sight, as nearly all are; empty for any other, right or wrong.

    To take an address apart costs ten times as much, and a list of feeds may have a hundred thousand.
    """
    found = _PLAIN.fullmatch(url) if len(url) <= LONGEST else None
    return found[1] if found else ""


def registrable(url_or_host: str) -> str:
    """The domain somebody registered: `bbc.co.uk` for `https://feeds.bbci.bbc.co.uk/x`.

    Public suffixes of registries count, those of hosting companies do not: all of `*.tumblr.com` is one
    scope. An IP literal or a single label is given back as it is; an unknown suffix counts as one label
    (the list's own default rule), so `a.news.test` is `news.test`.
    """
    return _registered(host_of(url_or_host), private=False)


def site(url_or_host: str) -> str:
    """The same, where each customer of a hosting company has a domain of their own: `one.blogspot.com`."""
    return _registered(host_of(url_or_host), private=True)


@lru_cache(maxsize=1024)  # asked when an entry is claimed, when its page is read and when it is stored
def equivalents(url: str) -> tuple[str, ...]:
    """The canonical form, then every other spelling safe to take for the same article when looking one up.

    The other scheme, `www.` `m.` `mobile.` `amp.` before the host, the final slash, AMP, print and mobile
    forms, the article that this is a numbered part or the whole of (`?page=2`, `/komplettansicht`), the
    short form of addresses whose last segment is an id (`/slug/!123/`). Empty for no address.
    """
    first = canonical(url)
    if first is None:
        return ()
    parsed = URL(first, encoded=True)
    hosts = _hosts(_netloc(parsed))
    spellings = [first]
    for path, query in pageforms.same_page(_one_slash(parsed.raw_path), parsed.raw_query_string):
        for slashed in pageforms.slashes(path):
            spellings += [_joined(scheme, host, slashed, query) for host in hosts for scheme in _SCHEMES]
    spellings += [
        _joined(parsed.scheme, _netloc(parsed), path, query)
        for path, query in pageforms.amp_forms(parsed.raw_path, parsed.raw_query_string)
    ]
    if parsed.raw_fragment:
        return (first,)  # `#!` names a page that its path does not
    return tuple(dict.fromkeys(spellings))


def article_address(
    asked: str,
    final: str,
    canonical_link: str | None,
    og_url: str | None,
    tracking: Collection[str] = (),
) -> tuple[str, tuple[str, ...]]:
    """The address an article is known by, and every other address known to lead to it, canonical forms.

    `asked` is what was requested, `final` where redirects ended, `canonical_link` and `og_url` what the
    page declares (unchecked, perhaps relative). A declaration counts only within the same site and where
    it is not less particular than the address that was read (`_believable`).
    """
    here = own_address(asked, final, tracking)
    there = canonical(asked, tracking) or here
    declared = (canonical(resolved(link, final) or "", tracking) for link in (canonical_link, og_url) if link)
    address = next((link for link in declared if link and _believable(link, here)), here)
    ways = [a for a in (here, there, canonical(final, tracking)) if a]
    others = [a for a in ways if not _is_front(a) or _is_front(address)]
    others += [form for a in (address, *others) for form in _plain_forms(a)]
    return address, tuple(dict.fromkeys(a for a in others if a != address))


def own_address(asked: str, final: str, tracking: Collection[str] = ()) -> str:
    """The address at which a page was read, whatever it declares: where redirects ended.

    A request that was sent to the front page keeps what was asked for: an article that is gone must not
    become the front page.
    """
    here = canonical(final, tracking) or canonical(asked, tracking) or final
    there = canonical(asked, tracking) or here
    return there if _is_front(here) and not _is_front(there) else here


def same_number(one: str, other: str) -> bool:
    """Whether two addresses of one site hold the same article number, so that only the rest may be a headline."""
    here, there = _parsed(one), _parsed(other)
    if here is None or there is None or registrable(one) != registrable(other):
        return False
    numbers = pageforms.numbers(here.raw_path)
    return bool(numbers) and numbers == pageforms.numbers(there.raw_path)


def redacted(url: str) -> str:
    """The address for logs, errors and tables: no user, no password, no value that looks like a secret."""
    text = _USER.sub(r"\1", url)
    head, mark, query = text.partition("?")
    if not mark:
        return text
    query, mark_fragment, fragment = query.partition("#")
    return head + mark + _PAIR.sub(_hidden, query) + mark_fragment + fragment


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────

_USER = re.compile(r"(//)[^/?#]*@")
_PAIR = re.compile(r"([^&;=]+)=([^&;]*)")
_SECRET_NAME = re.compile(
    r"token|secret|passw|passwd|^pass$|pwd|api_?-?key|^key$|_key$|auth|signature|^sig$|session|^sid$|jwt|"
    r"credential|^code$|private|hash|^hmac|bearer|^user(name)?$|^login$|access",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"(?=[^&]*\d)(?=[^&]*[A-Za-z])[A-Za-z0-9_~+/=.%-]{20,}")


def _hidden(pair: re.Match[str]) -> str:
    name, value = pair.groups()
    if value and (_SECRET_NAME.search(name) or _SECRET_VALUE.fullmatch(value)):
        return f"{name}=***"
    return pair.group()


# ── spelling ─────────────────────────────────────────────────────────────────────────────────────


def _parsed(url: str) -> URL | None:
    """The address taken apart, or None when it cannot be one that we would ask."""
    text = _BREAKS.sub("", url[: LONGEST * 2]).strip()
    if not 0 < len(text) <= LONGEST or (not text.isprintable() and _CONTROL.search(text)):
        return None
    try:
        parsed = URL(text)
        usable = parsed.scheme in _SCHEMES and _HOST.fullmatch(_host(parsed)) and parsed.port is not None
    except (ValueError, TypeError):  # UnicodeError is a ValueError
        return None
    return parsed if usable and ".." not in _host(parsed) else None


def _host(parsed: URL) -> str:
    return (parsed.host_subcomponent or "").rstrip(".")


def _netloc(parsed: URL) -> str:
    return _host(parsed) if parsed.is_default_port() else f"{_host(parsed)}:{parsed.port}"


def _path(parsed: URL) -> str:
    return _SESSION.sub("", parsed.raw_path) or "/"


def _query(query: str, tracking: Collection[str]) -> str:
    """The parameters that may matter, sorted by name; those of one name keep their order."""
    if not query:
        return ""
    pairs = [part.partition("=") for part in query.split("&") if part]
    kept = [pair for pair in pairs if not is_tracking(pair[0], pair[2], tracking)]
    return "&".join("".join(pair) for pair in sorted(kept, key=lambda pair: pair[0]))


def _joined(scheme: str, netloc: str, path: str, query: str) -> str:
    return f"{scheme}://{netloc}{path}{'?' if query else ''}{query}"


# ── domains ──────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=4096)
def _registered(host: str, *, private: bool) -> str:
    """The registrable part of a host; `private` also counts the suffixes of hosting companies."""
    if "." not in host or _is_ip(host):
        return host
    from tld import get_fld

    found: str | None = get_fld(f"http://{host}", fail_silently=True, search_private=private)
    return found or ".".join(host.split(".")[-2:])


@lru_cache(maxsize=4096)
def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _hosts(netloc: str) -> list[str]:
    """The host as it is, then without and with the labels that only choose a dress for the same pages."""
    host = netloc.partition(":")[0]
    if "." not in host or _is_ip(host) or netloc.startswith("["):
        return [netloc]
    base = _undressed_host(netloc)
    return list(dict.fromkeys([netloc, base, *(label + base for label in pageforms.DRESS)]))


def _undressed_host(netloc: str) -> str:
    """The host without a dress; `m.de` is a domain that somebody registered, and stays."""
    base = pageforms.undressed_host(netloc)
    host = netloc.partition(":")[0]
    return netloc if base == netloc or _registered(host, private=True) == host else base


# ── what a page says of itself ───────────────────────────────────────────────────────────────────

_ID_NAME = re.compile(r".*id|p|a|art|artikel|article|story|item|news|doc|post|nr|no|n|s", re.IGNORECASE)


def _is_front(address: str) -> bool:
    parsed = URL(address, encoded=True)
    return parsed.raw_path == "/" and not parsed.raw_query_string and not parsed.raw_fragment


def _believable(declared: str, here: str) -> bool:
    """Whether a page's word for its own address may be taken.

    Not when it is another site's (syndication is a copy, not the same article), the front page, a section
    above the page, or the same script without the parameter that names the article.
    """
    if declared in equivalents(here):
        return True
    there, read = URL(declared, encoded=True), URL(here, encoded=True)
    if _registered(_host(there), private=True) != _registered(_host(read), private=True) or _is_front(
        declared
    ):
        return False
    above = read.raw_path.startswith(there.raw_path.rstrip("/") + "/") and there.raw_path != read.raw_path
    vague = (
        pageforms.is_article(read.raw_path)
        and not pageforms.is_article(there.raw_path)
        and not there.raw_query_string
    )
    return not above and not vague and not _loses_id(there, read)


def _loses_id(there: URL, read: URL) -> bool:
    """Whether the same path is declared without the parameter that said which article."""
    if there.raw_path.rstrip("/") != read.raw_path.rstrip("/"):
        return False
    kept = set(there.raw_query_string.split("&"))
    lost = [part.partition("=") for part in read.raw_query_string.split("&") if part and part not in kept]
    return any(_ID_NAME.fullmatch(name) and re.search(r"\d", value) for name, _, value in lost)


def _plain_forms(address: str) -> Iterator[str]:
    """The address without its dress, and by its id alone where the site has such addresses (`/!123/`)."""
    parsed = URL(address, encoded=True)
    if parsed.scheme not in _SCHEMES:
        return
    host = _undressed_host(_netloc(parsed))
    path, query = pageforms.undressed(parsed.raw_path, parsed.raw_query_string)
    plain_host = host.removeprefix("www.") == _netloc(parsed).removeprefix("www.")
    if not plain_host or (path, query) != (parsed.raw_path, parsed.raw_query_string):
        yield _joined(parsed.scheme, _netloc(parsed) if plain_host else host, path, query)
    if short := pageforms.ID_SEGMENT.match(path):
        yield _joined(parsed.scheme, _netloc(parsed), short.group(1) + "/", "")


def _one_slash(path: str) -> str:
    """The path with runs of slashes as one: templates that join badly write them, servers read them as one."""
    return _SLASHES.sub("/", path)
