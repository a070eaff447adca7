"""What stands in front of an article: bot blocks, errors, requests for consent, log-ins, paywalls.

Each rule gives a sentence, or None where it does not apply. All of them weigh several kinds of evidence: an
article *about* cookies or paywalls has the words too, but it bears the announced headline and tells on.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from monitor.core import walls
from monitor.core.language import code, is_written_in
from monitor.core.seen import BRIEF, PARAGRAPH, SHORT, TEASER, Seen, count_words, is_cut_off

_BARE = 120  # words on a page that shows nothing but one message
PRINTED = 200  # words of an article that a paywall may still cut
_REFUSALS = {
    401: "log in",
    402: "pay",
    403: "go away",
    407: "log in",
    429: "come back later",
    451: "not read it",
}
_OFFERED = ("p", "h2", "h3", "h4", "div", "section", "strong", "span", "li")
_ELSEWHERE = ("nav", "header", "footer", "aside")
_OFFER = 60  # words of a box that offers a subscription


# ── bots and errors ──────────────────────────────────────────────────────────────────────────────


def blocked(seen: Seen) -> str | None:
    """A page that keeps robots out."""
    if seen.page.headers.get("cf-mitigated", "").lower() == "challenge":
        return "a Cloudflare challenge stands where the article should be (header cf-mitigated)"
    if seen.page.headers.get("x-amzn-waf-action", "").lower() in {"challenge", "captcha"}:
        return "an AWS WAF challenge stands where the article should be (header x-amzn-waf-action)"
    if seen.page.status in _REFUSALS:
        return f"the site answered {seen.page.status} and wants us to {_REFUSALS[seen.page.status]}"
    if seen.words >= SHORT or len(seen.visible) > 2 * SHORT:
        return None
    body = seen.page.body[:500_000]
    vendor = next((vendor for mark, vendor in walls.BLOCK_MARKS if mark in body), None)
    if vendor is not None and not seen.is_headed:
        return f"a bot block by {vendor} stands where the article should be"
    return None if seen.is_promised or len(seen.visible) >= SHORT else _asks_for_a_human(seen)


def _asks_for_a_human(seen: Seen) -> str | None:
    said = walls.BLOCK_WORDS.search(" ".join([*seen.names, seen.shown]).lower())
    said = said or next((found for name in seen.names if (found := walls.ROBOT.search(name))), None)
    if said:
        return f"the page asks for a proof of being human ({said.group()!r})"
    is_bare = len(seen.visible) < _BARE and not seen.about.is_article
    ideas = sum(idea.search(seen.shown) is not None for idea in walls.CONSENT_IDEAS) if is_bare else 0
    if is_bare and "javascript" in seen.shown and 0 < ideas < 3 and "cookie" in seen.shown:  # noqa: PLR2004
        return "the page checks the browser first: it wants JavaScript and cookies, and shows nothing else"
    if is_bare and "refresh" in seen.head.meta and seen.words < TEASER:
        return "the page loads itself again instead of showing an article"
    return None


def failed(seen: Seen) -> str | None:
    """An error page, whatever its status says."""
    if seen.page.status >= 400:  # noqa: PLR2004 (RFC 9110 §15.5)
        return f"the site answered {seen.page.status}"
    if seen.words >= SHORT or seen.is_promised:
        return None
    said = next((said for name in seen.names if (said := walls.ERROR_WORDS.search(name))), None)
    if said is None and seen.words < TEASER and not seen.about.is_article:
        said = walls.ERROR_WORDS.search(seen.text or seen.shown[:1000])
    return f"an error page, although the status says {seen.page.status} ({said.group()!r})" if said else None


# ── consent and log-in ───────────────────────────────────────────────────────────────────────────


def consent(seen: Seen) -> str | None:
    """A request for consent in the article's place."""
    asked, came = seen.page.url, seen.page.final_url
    was_sent = walls.CONSENT_ADDRESS.search(came) and not walls.CONSENT_ADDRESS.search(asked)
    if was_sent and not seen.is_on_subject:
        return f"we were sent to a page that asks for consent ({urlsplit(came).hostname})"
    said = _long_consent(seen) if seen.words >= SHORT else _short_consent(seen)
    if said is None or _tells_of_other_things(seen):
        return None
    return f"the text is a request for consent to cookies and tracking ({said!r})"


def _long_consent(seen: Seen) -> str | None:
    """The act that a long text asks for, where it is dense with the words of consent."""
    raw = seen.text.lower().split()
    if len(walls.CONSENT_WORDS.intersection(raw)) < 2:  # noqa: PLR2004 (spares nearly every article the rest)
        return None
    words = [word.strip(".,:;()\"'„“»«!?") for word in raw]
    hits = [word for word in words if word in walls.CONSENT_WORDS]
    if len(set(hits)) < 3 or len(hits) < 0.04 * len(words):  # noqa: PLR2004
        return None
    act = walls.CONSENT_ACTS.search(seen.shown) or walls.CONSENT_CONTROLS.search(seen.controls)
    return act.group() if act else None


def _short_consent(seen: Seen) -> str | None:
    """The same where little was found: extractors leave banners out, so the whole page is asked."""
    ideas = [found.group() for idea in walls.CONSENT_IDEAS if (found := idea.search(seen.shown))]
    if len(ideas) < 2:  # noqa: PLR2004 (the fewest that are enough, whatever can be pressed)
        return None
    act = walls.CONSENT_CONTROLS.search(seen.controls)
    is_only_that = bool(act) and walls.CONSENT_IDEAS[0].search(seen.text.lower()) and not seen.is_promised
    if len(ideas) < (2 if is_only_that and not _has_clean(seen) else 4 if act else 6):
        return None
    in_text = sum(idea.search(seen.text.lower()) is not None for idea in walls.CONSENT_IDEAS)
    if seen.words >= BRIEF and in_text < min(3, len(ideas)) and _has_paragraph(seen):
        return None
    return act.group() if act else ideas[0]


def _tells_of_other_things(seen: Seen) -> bool:
    """Whether the text is what was announced, or has paragraphs without any idea of consent: an article about it."""
    if seen.hint.title and seen.is_on_subject:
        return True
    return sum(_clean(seen)) >= (2 * PARAGRAPH if seen.is_headed else max(BRIEF, seen.words // 2))


def _has_clean(seen: Seen) -> bool:
    return next(_clean(seen), None) is not None


def _clean(seen: Seen) -> Iterator[int]:
    """The words of each paragraph that speaks of no idea of consent."""
    for line in seen.lines:
        words = count_words(line)
        if words >= PARAGRAPH and not any(idea.search(line.lower()) for idea in walls.CONSENT_IDEAS):
            yield words


def _has_paragraph(seen: Seen) -> bool:
    return seen.is_promised or seen.is_on_subject or max(map(count_words, seen.lines)) >= 2 * PARAGRAPH


def login(seen: Seen) -> str | None:
    """A form to log in, in the article's place."""
    if seen.words >= SHORT or seen.is_promised or (seen.is_on_subject and seen.words >= BRIEF):
        return None
    where = " ".join([*seen.names, urlsplit(seen.page.final_url).path]).lower()
    if seen.has_input("password"):
        return "the page is a log-in form" if walls.LOGIN_WORDS.search(where) else None
    if seen.words < TEASER and walls.LOGIN_WORDS.search(where) and walls.LOGIN_WORDS.search(_told(seen)):
        return "the page wants us to log in, and shows nothing else"
    return None


def _told(seen: Seen) -> str:
    """The text, or where none was found what the page shows beside its names, in lower case."""
    return seen.text.lower() or seen.shown


# ── paywalls ─────────────────────────────────────────────────────────────────────────────────────


def teaser(seen: Seen) -> str | None:
    """The beginning of an article that must be paid for."""
    if seen.about.access == "free":
        return None
    if seen.about.access == "paywall" and _is_scrambled(seen):
        return "the page says that it must be paid for, and its text is scrambled"
    promised = _promised_words(seen)
    if promised >= SHORT and seen.words < 0.4 * promised and seen.about.access != "unknown":
        return f"{seen.words} words are shown of an article that says it has {promised}"
    if seen.about.access == "paywall" and seen.words < TEASER:
        return f"the page says that it must be paid for, and shows {seen.words} words"
    return _offered(seen) if seen.words < PRINTED else None


def _offered(seen: Seen) -> str | None:
    """The offer of a subscription after a text that ends early."""
    is_marked = seen.about.access != "unknown" or _has_paywall(seen) or is_cut_off(seen.text)
    said = walls.PAYWALL_WORDS.search(seen.shown)
    if said and is_marked:
        return f"{seen.words} words, then the page wants a subscription ({said.group()!r})"
    if not is_marked and seen.words >= TEASER and seen.words > 1.5 * count_words(seen.hint.summary):
        return None
    if not walls.OFFER_SUBJECT.search(seen.shown):
        return None
    told = " ".join(
        " ".join(seen.lines[:-1]).split()
    )  # an offer that is a paragraph among others is no offer
    box = next((box for box in _boxes(seen.head.tree) if box not in told), None)
    return f"{seen.words} words, then the page wants a subscription ({box!r})" if box else None


def _boxes(tree: HtmlElement) -> Iterator[str]:
    """What short blocks of the main column say that offer a subscription; the first words of each."""
    for block in tree.iter(*_OFFERED):
        text = " ".join(block.text_content().split())
        if not 3 < len(text.split()) <= _OFFER or any(True for _ in block.iterancestors(*_ELSEWHERE)):  # noqa: PLR2004
            continue
        subject, argument = (
            walls.OFFER_SUBJECT.search(text.lower()),
            walls.OFFER_ARGUMENT.search(text.lower()),
        )
        if subject and argument:
            yield " ".join(text.split()[:8])


def _promised_words(seen: Seen) -> int:
    count = seen.head.article.get("wordCount")
    if isinstance(count, str) and count.isdecimal() and len(count) < 7:  # noqa: PLR2004
        count = int(count)
    return count if isinstance(count, int) and 0 < count < 1_000_000 else 0  # noqa: PLR2004


def _has_paywall(seen: Seen) -> bool:
    return any(
        "paywall" in f"{block.get('class')} {block.get('id')}".lower()
        for block in seen.head.tree.iter("div", "section", "aside")
    )


def _is_scrambled(seen: Seen) -> bool:
    """Whether the second half of the text is in no language, as where letters were shifted."""
    words = seen.text.split()
    declared = code(seen.about.declared)
    tail = " ".join(words[len(words) // 2 :])
    return declared is not None and is_written_in(tail, declared) is False
