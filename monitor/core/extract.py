"""A page → the article on it: text, metadata, quality, credit, fingerprint.

trafilatura finds the text (`fulltext`); everything else is read by our own bounded code from the same tree, parsed
once. Runs in a worker process: a page may still cost its worker the life.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.core import agencies, jsonld, language
from monitor.core.blocks import lines_of, plain_text
from monitor.core.fingerprint import fingerprint
from monitor.core.fulltext import article_text
from monitor.core.glance import glance
from monitor.core.head import Head, read_head
from monitor.core.markup import MOST_TEXT, read_fragment, read_markup, refuse_floods
from monitor.core.metadata import Metadata, read_metadata, read_subject
from monitor.core.pointers import without_pointers
from monitor.core.quality import BRIEF, Seen, count_words, is_cut_off, judge
from monitor.core.sieve import Sieve
from monitor.core.standfirst import standfirst
from monitor.errors import ExtractError
from monitor.model import Extract, Glance, Page, Quality, Task

_FEED_ENOUGH = 80  # words of a summary that stand as an article of their own


def read_page(page: Page, hint: Task) -> Extract:
    """Read the article on a page. `hint` is what the feed said of it, and fills what the page leaves out.

    Whatever the page turns out to be (`Extract.quality`), what was found is given. Raises ExtractError
    when the answer is no page or cannot be read within bounds.
    """
    return _read(page, _opened(page), hint)


def read_wanted(page: Page, hint: Task, sieve: Sieve) -> Extract | Glance:
    """The same, unless a glance tells that the article is there and that none of its feed's topics can match it."""
    head = _opened(page)
    subject = read_subject(head, url=page.final_url, hint=hint)
    seen = None if any(head.parts) else glance(page, head, subject, hint, sieve)
    return seen or _read(page, head, hint, subject)


def _opened(page: Page) -> Head:
    tree = read_markup(page.body, page.headers.get("content-type", ""))
    if len(page.body) > MOST_TEXT:
        refuse_floods(tree)
    return read_head(tree, page.final_url)


def _read(page: Page, head: Head, hint: Task, subject: Metadata | None = None) -> Extract:
    about = read_metadata(head, url=page.final_url, hint=hint, now=page.at, subject=subject)
    found = article_text(head)
    text = _without_title(found.text, about.title)
    quality = judge(Seen(page, head, about, text, hint))
    text = without_pointers(head.tree, text, page.final_url)
    lead = standfirst(head.tree, about.title, _summaries(head, about), text)
    extract = _extract(quality, about, f"{lead}\n{text}" if lead else text, found.extractor)
    return replace(extract, whole=head.parts.whole, next_part=head.parts.following)


def _summaries(head: Head, about: Metadata) -> tuple[str, ...]:
    """What the page gives as the article's summary; not the feed's: a page must read the same without it."""
    in_json = jsonld.first_string(head.article.get("description")) or ""
    return about.description, head.meta.get("description", ""), in_json


def read_content(task: Task) -> Extract:
    """Read the feed's own content, or else its summary, as the article.

    For entries whose page fails or that have no link. Raises ExtractError when the feed gives no text.
    """
    content = plain_text(read_fragment(task.content)) if task.content.strip() else ""
    text = content if count_words(content) >= count_words(task.summary) else lines_of(task.summary)
    if not text:
        raise ExtractError("The feed gives no text of its own for this entry.")
    about = Metadata(title=task.title, byline=task.author, published=task.published, declared=task.language)
    return _extract(
        _quality_of_content(text, content), about, text, "feed content" if text == content else "feed summary"
    )


def _extract(quality: Quality, about: Metadata, text: str, extractor: str) -> Extract:
    is_kept = quality.kind in {"article", "live_blog"}
    title = about.title or text.partition("\n")[0][:120]
    spoken = language.settle(about.declared, text)
    return Extract(
        quality=quality,
        title=title,
        text=text,
        byline=about.byline,
        published=about.published,
        modified=about.modified,
        language=spoken,
        canonical=about.canonical,
        og_url=about.og_url,
        access=about.access,
        credit=agencies.credit(
            title=title, text=text, byline=about.byline, declared=about.sources, language=spoken
        )
        if is_kept
        else None,
        fingerprint=fingerprint(text) if is_kept else None,
        extractor=extractor,
    )


def _quality_of_content(text: str, content: str) -> Quality:
    words = count_words(text)
    if words < BRIEF:
        return Quality("empty", f"the feed gives {words} words, fewer than a brief")
    if is_cut_off(text):
        return Quality("teaser", f"the feed gives {words} words and stops in the middle")
    if not content and words < _FEED_ENOUGH:
        return Quality("teaser", f"the feed gives a summary of {words} words and no more")
    return Quality("article", f"{words} words of the feed's own text")


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest if rest and _letters(first) == _letters(title) else text


def _letters(text: str) -> str:
    """A headline without what outlets set it in: capitals, spaces, quotation marks, colons."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
