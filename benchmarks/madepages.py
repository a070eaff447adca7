"""Pages and feeds that are made up, with as many elements, classes and scripts as those of newspapers.

The numbers are means of 160 real pages: 120 to 200 kB, of which scripts are the most; 830 elements, among them
200 links, 190 boxes, 140 items of lists and 25 pictures; 430 words of article in paragraphs.
"""

import json
import random
from functools import cache

SOUNDS = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "za")
SMALL = ("the", "of", "and", "to", "in", "a", "is", "that", "for", "on", "with", "as", "was", "by")
VOCABULARY = 20_000
PICTURE = "<img class='image image--responsive lazyload' src='/images/{0}-640.jpg' alt='{1}' width='640' height='360' loading='lazy'>"


@cache
def vocabulary() -> tuple[str, ...]:
    """Invented words; the first ones are the commonest."""
    dice = random.Random(7)
    return (*SMALL, *("".join(dice.choices(SOUNDS, k=dice.randint(1, 5))) for _ in range(VOCABULARY)))


def words(number: int, count: int) -> str:
    """A text of its own: the same for a number, another for another. Words as often as their rank allows (Zipf)."""
    dice, known = random.Random(number), vocabulary()
    found = [known[int(len(known) ** dice.random()) - 1] for _ in range(count)]
    return " ".join(found).capitalize() + "."


def page(number: int) -> tuple[str, str]:
    """A newspaper's page and its headline."""
    title = words(number, 8)
    boxes = "".join(section(number * 50 + n, n) for n in range(6))
    body = (
        f"<!doctype html><html lang='en' class='no-js'>{head(number, title)}<body class='page page--article'>"
        f"{menu('header', 7, 10)}<main id='content' class='layout layout--main'><div class='layout__row'>"
        f"<div class='layout__column layout__column--wide'>{article(number, title)}</div>"
        f"<aside class='layout__column sidebar'>{most_read(number)}</aside></div>{boxes}</main>"
        f"<footer class='page-footer'>{menu('footer', 4, 9)}</footer>{script(number, 14)}</body></html>"
    )
    return body, title


def head(number: int, title: str) -> str:
    """Metadata for search engines and networks, styles, and scripts that say what is on the page."""
    told = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": "2025-06-02T08:00:00Z",
        "author": {"@type": "Person", "name": words(number + 1, 2).title().rstrip(".")},
        "isAccessibleForFree": True,
    }
    meta = "".join(f"<meta property='site:p{n}' content='{words(n, 6)}'>" for n in range(22))
    links = "".join(f"<link rel='preload' as='script' href='/assets/{n}.js'>" for n in range(14))
    scripts = "".join(script(number * 10 + n, 7) for n in range(5))
    style = "".join(f".c{n}{{margin:{n}px;padding:0 {n}px;color:#{n:03x}}}" for n in range(300))
    return (
        f"<head><meta charset='utf-8'><title>{title}</title><meta property='og:title' content='{title}'>"
        f"<meta property='og:type' content='article'>{meta}{links}<style>{style}</style>"
        f"<script type='application/ld+json'>{json.dumps(told)}</script>{scripts}</head>"
    )


def script(number: int, pieces: int) -> str:
    """Data for the page's own programs."""
    data = [{"id": n, "text": words(number + n, 90), "flags": [True, False, None]} for n in range(pieces * 2)]
    return f"<script>window.__state = window.__state || []; window.__state.push({json.dumps(data)});</script>"


def menu(name: str, columns: int, rows: int) -> str:
    """Links to sections, in lists beside each other."""
    lists = "".join(
        f"<div class='{name}-menu__column'><ul class='{name}-menu__list list list--plain'>"
        + "".join(
            f"<li class='{name}-menu__item'><a class='{name}-menu__link' href='/s/{c}-{r}'>"
            f"<span class='label'>{words(c * 100 + r, 2)}</span></a></li>"
            for r in range(rows)
        )
        + "</ul></div>"
        for c in range(columns)
    )
    return f"<div class='{name} {name}--sticky'><div class='{name}-menu' id='{name}-menu'>{lists}</div></div>"


def article(number: int, title: str) -> str:
    """The article: kicker, headline, byline, buttons, paragraphs with links and a picture among them."""
    buttons = "".join(
        f"<li class='share__item'><a class='share__link' href='#{n}'><i class='icon icon--{n}'></i></a></li>"
        for n in range(6)
    )
    parts = []
    for n in range(8 + number % 15):
        link = f"<a class='link' href='/topic/{n}'>{words(n, 2)}</a> " if n % 3 == 0 else ""
        parts.append(f"<p class='article__paragraph'>{words(number * 100 + n, 28)} {link}</p>")
        if n % 5 == 2:
            picture = PICTURE.format(number + n, words(n, 5))
            parts.append(
                f"<div class='media'><figure class='media__figure'>{picture}<figcaption>{words(n, 9)}</figcaption>"
                "</figure></div>"
            )
            parts.append(f"<div class='ad ad--{n}' id='ad-{n}'><div class='ad__slot'></div></div>")
    return (
        f"<article class='article' id='article'><div class='article__header'><span class='kicker'>{words(3, 2)}</span>"
        f"<h1 class='article__title'>{title}</h1><div class='byline'><span class='byline__name'>By "
        f"{words(number + 1, 2).title()}</span><time datetime='2025-06-02T08:00:00Z'>2 June 2025</time></div>"
        f"<ul class='share'>{buttons}</ul></div><div class='article__body'>{''.join(parts)}</div></article>"
    )


def most_read(number: int) -> str:
    """What others read."""
    rows = "".join(
        f"<li class='most-read__item'><span class='most-read__rank'>{n}</span><a href='/m/{n}'>{words(number + n, 8)}</a></li>"
        for n in range(12)
    )
    return f"<div class='most-read'><h2>Most read</h2><ol class='most-read__list'>{rows}</ol></div>"


def section(number: int, place: int) -> str:
    """Teasers of other articles."""
    teasers = "".join(
        f"<div class='teaser teaser--{n % 3}'><a class='teaser__link' href='/a/{number}-{n}'>"
        f"<div class='teaser__media'>{PICTURE.format(n, words(n, 4))}</div><div class='teaser__body'>"
        f"<span class='teaser__kicker'>{words(n, 2)}</span><h3 class='teaser__title'>{words(number + n, 8)}</h3>"
        f"<div class='teaser__text'>{words(number + n, 16)}</div></div></a></div>"
        for n in range(5)
    )
    return f"<div class='section section--{place}'><h2 class='section__title'>{words(place, 2)}</h2><div class='grid'>{teasers}</div></div>"
