"""What the tests of the outputs are played with: a store with stories, a clock that is set, an office."""

from contextlib import asynccontextmanager
from datetime import timedelta
from zlib import crc32

from store_scene import ALONE, NOON, article, copy_of, match, quick_store, settings, text, topic

from monitor.fetch import Client
from monitor.model import AlertTarget, FetchRules, Schedule
from monitor.outputs.dispatch import Office

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, at=NOON):
        self.at = at

    def __call__(self):
        return self.at

    def go(self, span):
        self.at += span


def bridges(**changed):
    return topic(alert=("desk",), **changed)


def berlin(**changed):
    schedule = Schedule("every 10 minutes", timedelta(minutes=10), timezone=BERLIN)
    return bridges(schedule=schedule, **changed)


def desk(to="http://127.0.0.1:1/", **changed):
    return AlertTarget("desk", to, **changed)


def tell(store, name, at, *, topics=("bridges",), targets=("desk",), outlet="harbour.test", **changed):
    """A new story that matches and is announced; gives its article's id."""
    one = article(
        name,
        seed=crc32(name.encode()) % 1000,
        url=f"https://{outlet}/{name}",
        outlet_id=outlet,
        first_seen=at,
        **changed,
    )

    def work(books):
        article_id = books.add_article(one, ALONE, [match(t) for t in topics], at)
        for topic_id in topics:
            for target in targets:
                books.announce(topic_id, article_id, target, at)
        return article_id

    return store.run(work)


def join(store, original, outlet, at, *, kind="identical", share=1.0, topics=("bridges",), **changed):
    """A copy of an article by another outlet, the rest of it its own; gives its id."""
    known = store.run(lambda books: books.article(original))
    words = known.text.split()
    taken = round(len(words) * share)
    body = " ".join([*words[:taken], text(crc32(outlet.encode()) % 1000, len(words) - taken)])
    changed = {"text": body} | changed
    one = article(
        f"copy-of-{original}", url=f"https://{outlet}/copy-of-{original}", outlet_id=outlet, first_seen=at,
        **changed,
    )  # fmt: skip
    verdict = copy_of(original, known.story_id, kind, share=share)

    def work(books):
        article_id = books.add_article(one, verdict, [match(t) for t in topics], at)
        for topic_id in topics:
            books.announce(topic_id, article_id, "desk", at)
        return article_id

    return store.run(work)


@asynccontextmanager
async def opened(path, clock, *targets, topics=None, patience=0.3, smtp=None, private=("127.0.0.1:*",)):
    """A store and an office on it, with the real network on loopback."""
    watched = topics or (bridges(),)
    with quick_store(path) as store:
        store.run(lambda books: books.sync(settings(path.parent, *watched), clock()))
        rules = FetchRules(timeout=patience, allow_private=frozenset(private))
        async with Client(rules, version="1", clock=clock) as web:
            yield (
                store,
                Office(store, web, targets, {one.id: one for one in watched}, clock, lambda: 0.5, smtp),
            )
