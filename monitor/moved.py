"""Addresses that lead elsewhere than they did: to an article's new place, or to another text."""

from __future__ import annotations

from monitor.core import sameness, urls
from monitor.model import Article, Existing, Reading, Task
from monitor.seams import Books


def moved_from(books: Books, task: Task, article: Article) -> Existing | None:
    """The article that the same item of the feed led to before its link and headline changed; the text decides."""
    there = books.article_of_item(task.feed_id, task.guid) if task.feed_id and task.guid else None
    return there if there and sameness.is_renamed(article.text, there.text) else None


def leads_elsewhere(books: Books, reading: Reading, article: Article, existing: Existing) -> str | None:
    """Why what came for an article is not that article: it was redirected to another text. None: it is.

    Articles that are taken down often lead to a section's page or to a newer report.
    """
    here = urls.canonical(reading.page.final_url) if reading.page else None
    if here is None:
        return None
    known = books.article_at(urls.equivalents(here))
    is_same = (
        known.id == existing.id
        if known
        else sameness.is_same_article(
            article.text, existing.text, title=article.title, other_title=existing.title
        )
    )
    return None if is_same else f"its address leads to another text by now, {urls.redacted(here)}"
