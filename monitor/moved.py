"""Items whose link and headline changed under one guid: which article they led to before."""

from __future__ import annotations

from monitor.core import sameness
from monitor.model import Article, Existing, Task
from monitor.seams import Books


def moved_from(books: Books, task: Task, article: Article) -> Existing | None:
    """The article that the same item of the feed led to before its link and headline changed; the text decides."""
    there = books.article_of_item(task.feed_id, task.guid) if task.feed_id and task.guid else None
    return there if there and sameness.is_renamed(article.text, there.text) else None
