"""A page → the article on it: text, metadata, quality, credit, fingerprint.

trafilatura finds the text; everything else is read by our own bounded code from the same tree, parsed
once. Runs in a worker process: a page may still cost its worker the life.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from lxml.etree import LxmlError, iterwalk, strip_elements
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from monitor.core import agencies, jsonld, language
from monitor.core.fingerprint import fingerprint
from monitor.core.glance import glance
from monitor.core.markup import MOST_TEXT, read_fragment, read_markup, refuse_floods
from monitor.core.metadata import Head, Metadata, read_head, read_metadata, read_subject
from monitor.core.quality import BRIEF, SHORT, Seen, count_words, is_cut_off, judge
from monitor.core.sieve import Sieve
from monitor.errors import ExtractError
from monitor.model import Extract, Glance, Page, Quality, Task

TRAFILATURA = f"trafilatura {version('trafilatura')}"
# What a bug of the extractor looks like on a page that it does not understand.
_EXTRACTOR_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
                   LxmlError)  # fmt: skip
_DOUBTED = 400  # words: a longer text is the article in all real pages seen
_PARAGRAPH = 12  # words
_WORDLESS = ("style", "svg", "link", "meta", "source")
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "th",
    "tr", "ul",
}  # fmt: skip
_SKIPPED = {
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "video",
    "audio",
    "form",
    "button",
    "svg",
}
_FEED_ENOUGH = 80  # words of a summary that stand as an article of their own


def _settings(*, fast: bool, recall: bool = False) -> Extractor:
    # Never `dedup`: it remembers across pages, so the same page would read differently each time.
    made = Extractor(output_format="python", fast=fast, recall=recall, comments=False, with_metadata=False)
    if fast and not recall:
        made.focus = "no second try"  # ours asks for less and finds more; theirs is a tenth of the extraction
    return made


# What trafilatura would throw away in any case, but only after walking over it several times. Spared is what
# it asks about before: headings, paragraphs, scripts; and nests, of which it forgets the second half.
_FURNITURE = "|".join(
    f".//{tag}[not(.//h1 or .//p or .//script) and not(//{tag}//{tag})]" for tag in ("aside", "footer")
)
# Read only by trafilatura, and made once: to make one costs a fiftieth of a page's extraction.
FAST, RECALL, THOROUGH = _settings(fast=True), _settings(fast=True, recall=True), _settings(fast=False)


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a page, paragraphs separated by one newline, and which extractor found it."""

    text: str
    extractor: str


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
    return glance(page, head, subject, hint, sieve) or _read(page, head, hint, subject)


def _opened(page: Page) -> Head:
    tree = read_markup(page.body, page.headers.get("content-type", ""))
    if len(page.body) > MOST_TEXT:
        refuse_floods(tree)
    return read_head(tree, page.final_url)


def _read(page: Page, head: Head, hint: Task, subject: Metadata | None = None) -> Extract:
    about = read_metadata(head, url=page.final_url, hint=hint, now=page.at, subject=subject)
    found = _article_text(head)
    text = _without_title(found.text, about.title)
    quality = judge(Seen(page, head, about, text, hint))
    return _extract(quality, about, text, found.extractor)


def read_content(task: Task) -> Extract:
    """Read the feed's own content, or else its summary, as the article.

    For entries whose page fails or that have no link. Raises ExtractError when the feed gives no text.
    """
    content = _plain_text(read_fragment(task.content)) if task.content.strip() else ""
    text = content if count_words(content) >= count_words(task.summary) else _lines(task.summary)
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


# ── the page's text ──────────────────────────────────────────────────────────────────────────────


def _article_text(head: Head) -> Text:
    """The article's text: trafilatura's fast mode, and a second opinion where that left the page unread.

    Takes from the tree what nobody reads: an extractor copies the tree several times over.
    """
    _lighten(head.tree)
    first = _extracted(head.tree, f"{TRAFILATURA} fast", FAST)
    words = count_words(first.text)
    if words >= _DOUBTED and "\n" in first.text:
        return first
    paragraphs = _paragraphs(head.tree)
    unread = sum(map(len, paragraphs))
    is_one_lump = "\n" not in first.text and len(paragraphs) > 1
    is_missed = unread >= SHORT and unread > words and _covered(paragraphs, first.text) < 0.15 * unread
    if is_one_lump or is_missed:
        first = _second_opinion(head.tree, paragraphs, first)
    return _told_by_json(head, first) if count_words(first.text) < SHORT else first


def _extracted(tree: HtmlElement, name: str, options: Extractor) -> Text:
    try:
        furniture = _FURNITURE if options.fast else None  # the other extractors weigh it
        document = bare_extraction(tree, options=options, prune_xpath=furniture)
    except _EXTRACTOR_BUGS as error:
        raise ExtractError(f"The extractor failed on this page ({type(error).__name__}).") from error
    return Text(_lines(getattr(document, "text", None) or ""), name)


def _lighten(tree: HtmlElement) -> None:
    """Drop scripts but those with data for search engines, and other elements without words for readers."""
    for script in [script for script in tree.iter("script") if script.get("type") != "application/ld+json"]:
        script.drop_tree()
    strip_elements(tree, *_WORDLESS, with_tail=False)


def _second_opinion(tree: HtmlElement, paragraphs: list[list[str]], first: Text) -> Text:
    """Read again with other settings, and keep what covers most of the page's paragraphs, and tells them apart."""
    others = [
        _extracted(tree, f"{TRAFILATURA} fast, recall", RECALL),
        _extracted(tree, TRAFILATURA, THOROUGH),
    ]
    return max([first, *others], key=lambda found: (_covered(paragraphs, found.text), found.text.count("\n")))


def _paragraphs(tree: HtmlElement) -> list[list[str]]:
    """The page's paragraphs of running text, as words; lists of links are none."""
    found = []
    for element in tree.iter("p", "li"):
        words = element.text_content().split()
        if len(words) >= _PARAGRAPH:
            linked = sum(len(link.text_content().split()) for link in element.iter("a"))
            if linked * 2 <= len(words):
                found.append(words)
    return found


def _covered(paragraphs: list[list[str]], text: str) -> int:
    """Words of those paragraphs whose beginning stands in the text."""
    running = " ".join(text.split())
    return sum(len(words) for words in paragraphs if " ".join(words[1:6]) in running)


def _told_by_json(head: Head, found: Text) -> Text:
    """The article body that the page carries in JSON-LD, where the visible page shows far less."""
    body = jsonld.first_string(head.article.get("articleBody")) or ""
    if count_words(body) < max(BRIEF, 2 * count_words(found.text)):
        return found
    text = _plain_text(read_fragment(body)) if "<" in body else _lines(body)
    return Text(text, "JSON-LD articleBody")


def _lines(text: str) -> str:
    """Paragraphs separated by one newline, spaces and soft hyphens settled."""
    lines = (" ".join(line.split()) for line in text.replace("\xad", "").splitlines())
    return "\n".join(line for line in lines if line)


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest if rest and first.casefold() == title.casefold() else text


def _plain_text(tree: HtmlElement) -> str:
    """Every visible word of a fragment, one paragraph a block: a feed's content has no furniture to leave out."""
    parts: list[str] = []
    skipped: HtmlElement | None = None
    for event, element in iterwalk(tree, events=("start", "end")):
        if skipped is not None:
            if event == "end" and element is skipped:
                skipped = None
                parts.append(element.tail or "")
            continue
        if element.tag in _SKIPPED:
            skipped = element
            continue
        mark = "\n" if element.tag in _BLOCKS else ""
        flat = (element.text if event == "start" else element.tail) or ""
        parts.append(mark + " ".join(flat.replace("\n", " ").split(" ")))
    return _lines("".join(parts))
