"""Made-up pages of a news site, as it serves them: walls, stubs, lists, live blogs, and articles about such things.

`made(wording)` gives one page of each kind, language and dress. The first wording is for tuning; the second
is kept apart, with other words, other markup and other furniture, and is only ever measured.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from walls_south_east import LANGUAGES as SOUTH_EAST
from walls_west import LANGUAGES as WEST

from monitor.model import Page, Task

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LANGUAGES = {**WEST, **SOUTH_EAST}
WALLS = ("consent", "teaser", "login", "blocked", "error", "shell", "video", "gallery", "list")
EXPECTED = {
    "consent": {"consent"},
    "teaser": {"teaser"},
    "login": {"login"},
    "blocked": {"blocked"},
    "error": {"error_page"},
    "shell": {"empty"},
    "video": {"video", "empty"},
    "gallery": {"gallery", "empty"},
    "list": {"list"},
    "live": {"live_blog"},
    "article": {"article"},
    "about": {"article"},
}
ABOUT = {0: (0, 1, 2), 1: (3,)}  # of the articles about walls, those of each wording
DRESSES = ("bare", "framed", "crowded")


@dataclass(frozen=True)
class Made:
    """A page, what the feed said of it, and what it is."""

    name: str
    kind: str
    page: Page
    hint: Task

    @property
    def is_wall(self):
        """Whether nothing of it may become an article."""
        return self.kind in WALLS


def made(wording):
    """Every kind in every language, each in a dress of its own; with the second wording in another one."""
    codes = sorted(LANGUAGES)
    kinds = (*WALLS, "live", "article")
    dress = {(c, k): DRESSES[(n + m + wording) % 3] for n, c in enumerate(codes) for m, k in enumerate(kinds)}
    pages = [one(c, k, wording, dress[c, k]) for c in codes for k in kinds]
    return pages + [one(c, "about", n, DRESSES[n % 3]) for c in codes for n in ABOUT[wording]]


def digest_of(pages):
    """A name for these pages: another page, another name."""
    found = hashlib.sha256()
    for item in pages:
        found.update(item.name.encode() + item.page.body + item.hint.title.encode())
    return found.hexdigest()


def one(code, kind, wording, dress):
    """One page. What the feed said of it is a headline and a summary, as feeds do."""
    tongue, variant = LANGUAGES[code], wording % 2
    title, summary = tongue["headlines"][variant], tongue["summaries"][variant]
    head, inner = MAKERS[kind](tongue, wording if kind == "about" else variant, title)
    if kind in {"live", "video", "gallery", "about"}:
        title, summary = tongue[kind][wording if kind == "about" else variant][0], ""
    body = dressed(code, tongue, head, inner, dress if kind != "list" else "framed", variant)
    url = f"https://www.{code}-news.example/2026/11/{kind}-{wording}-{dress}.html"
    page = Page(url, url, 200, {"content-type": "text/html; charset=utf-8"}, body.encode(), NOON)
    return Made(
        f"{code} {kind} {wording} {dress}",
        kind,
        page,
        Task(url=url, title=title, summary=summary, published=NOON),
    )


def dressed(code, tongue, head, inner, dress, variant):
    """The page with as much of the site around it as its dress has."""
    site, menu, foot = tongue["site"]
    bars = "".join(f"<li><a href='/{n}'>{word}</a></li>" for n, word in enumerate(menu.split("|")))
    feet = " · ".join(f"<a href='/f{n}'>{word}</a>" for n, word in enumerate(foot.split("|")))
    teasers = "".join(
        f"<div class='teaser'><h3><a href='/t{n}'>{' '.join(s.split()[:8])}</a></h3></div>"
        for n, s in enumerate(tongue["sentences"][:7])
    )
    top = f"<header><a href='/'>{site}</a><nav><ul>{bars}</ul></nav></header>" if dress != "bare" else ""
    side = f"<aside>{teasers}</aside>" if dress == "crowded" else ""
    end = f"<footer>{feet}<p>© {site}</p></footer>" if dress != "bare" else ""
    frame = ("main", "section")[variant]
    return (
        f"<!doctype html><html lang='{code}'><head><meta charset='utf-8'>{head.replace('SITE', site)}</head>"
        f"<body>{top}<{frame}>{inner}</{frame}>{side}{end}</body></html>"
    )


def headed(title, extra=""):
    """The head of a page."""
    return f"<title>{title} | SITE</title>{extra}"


def ld(kind, title, **more):
    """A page's word about itself in JSON-LD."""
    return f"<script type='application/ld+json'>{json.dumps({'@context': 'https://schema.org', '@type': kind, 'headline': title, **more})}</script>"


def consent(tongue, variant, _):
    name, text, buttons = tongue["consent"][variant]
    knobs = buttons.split("|")
    if variant == 0:
        keys = "".join(f"<button>{knob}</button>" for knob in knobs)
        return headed(name), f"<div role='dialog'><h1>{name}</h1><p>{text}</p>{keys}</div>"
    keys = "".join(f"<a class='btn' href='#'>{knob}</a>" for knob in knobs)
    halves = text.split(". ")
    lines = "".join(f"<div>{half}.</div>" for half in halves)
    return headed("SITE"), f"<div class='layer'><h2>{name}</h2>{lines}{keys}</div>"


def teaser(tongue, variant, title):
    offer, *knobs = tongue["teaser"][variant].split("|")
    said = tongue["sentences"]
    keys = "".join(f"<a href='/abo'>{knob}</a> " for knob in knobs)
    if variant == 0:
        head = headed(title, ld("NewsArticle", title, isAccessibleForFree=False))
        return (
            head,
            f"<article><h1>{title}</h1><p>{said[0]} {said[1]}</p><p>{said[2]}</p><div class='paywall'><h2>{offer}</h2>{keys}</div></article>",
        )
    lead = f"{tongue['summaries'][1]} {said[0]} {said[1]} {' '.join(said[2].split()[:6])} …"
    return headed(
        title, ld("NewsArticle", title)
    ), f"<article><h1>{title}</h1><p>{lead}</p></article><div class='box'><p>{offer}</p>{keys}</div>"


def login(tongue, variant, _):
    name, text = tongue["login"][variant]
    if variant == 0:
        form = "<form><input type='email' name='u'><input type='password' name='p'><button>OK</button></form>"
        return headed(name), f"<h1>{name}</h1><p>{text}</p>{form}"
    form = "<form action='/sso'><input type='email' name='mail'><button>→</button></form>"
    return headed("SITE"), f"<div class='gate'><h2>{name}</h2><p>{text}</p>{form}</div>"


def blocked(tongue, variant, _):
    name, text = tongue["blocked"][variant]
    if variant == 0:
        return headed(name), f"<h1>{name}</h1><p>{text}</p><form><input type='checkbox'></form>"
    script = "<script>window.setTimeout(function(){location.reload()},5000)</script><meta http-equiv='refresh' content='8'>"
    return headed(name, script), f"<div class='spinner'></div><h2>{name}</h2><div>{text}</div>"


def error(tongue, variant, _):
    name, text = tongue["error"][variant]
    return (
        headed(name),
        f"<h1>{name}</h1><p>{text}</p>"
        if variant == 0
        else f"<div class='e'><h2>{name}</h2><div>{text}</div></div>",
    )


def shell(tongue, variant, _):
    text = tongue["shell"][variant]
    script = "<script src='/static/app.7f3a20.js' defer></script>"
    tag = ("noscript", "div")[variant]
    return headed("SITE", script), f"<{tag}>{text}</{tag}><div id='root'></div>"


def video(tongue, variant, _):
    name, text = tongue["video"][variant]
    if variant == 0:
        head = headed(name, "<meta property='og:type' content='video.other'>")
        return (
            head,
            f"<h1>{name}</h1><video src='/v.mp4' controls></video><p>{text} {tongue['sentences'][0]}</p>",
        )
    head = headed(name, ld("VideoObject", name, uploadDate="2026-11-23"))
    return (
        head,
        f"<h1>{name}</h1><iframe src='https://player.example/embed/7'></iframe><div><p>{text}</p><p>{tongue['sentences'][0]} {tongue['sentences'][3]}</p></div>",
    )


def gallery(tongue, variant, _):
    name, caption = tongue["gallery"][variant]
    figures = "".join(
        f"<figure><img src='/{n}.jpg'><figcaption>{caption.replace('{n}', str(n))}</figcaption></figure>"
        if variant == 0
        else f"<li><img src='/{n}.jpg'><p>{caption.replace('{n}', str(n))}</p></li>"
        for n in range(1, 11)
    )
    return headed(
        name
    ), f"<h1>{name}</h1><p>{tongue['sentences'][variant]}</p><div class='slides'>{figures}</div>"


def list_(tongue, variant, _):
    name, more = tongue["list"][variant]
    if variant == 0:
        items = "".join(
            f"<li><h3><a href='/a{n}'>{' '.join(s.split()[:7])}</a></h3><p>{s}</p></li>"
            for n, s in enumerate(tongue["sentences"] * 2)
        )
        return headed(name), f"<h1>{name}</h1><ul>{items}</ul>"
    items = "".join(
        f"<div class='row'><a href='/a{n}'><span>{' '.join(s.split()[:7])}</span></a><span>{s} <a href='/a{n}'>{more}</a></span></div>"
        for n, s in enumerate(tongue["sentences"] * 2)
    )
    return headed(name), f"<h2>{name}</h2><div>{items}</div>"


def live(tongue, variant, _):
    name, post = tongue["live"][variant]
    said = tongue["sentences"]
    posts = [
        post.format(t=f"{19 - n // 4}:{(50 - 13 * (n % 4)):02}", s=f"{said[n % 10]} {said[(n + 3) % 10]}")
        for n in range(12)
    ]
    tag = ("p", "div")[variant]
    return headed(name), f"<h1>{name}</h1>" + "".join(f"<{tag}>{line}</{tag}>" for line in posts)


def article(tongue, variant, title):
    said = tongue["sentences"]
    pairs = (f"<p>{said[2 * n]} {said[2 * n + 1]}</p>" for n in range(5))
    offer = tongue["teaser"][variant].split("|")[0]
    cookies = tongue["consent"][variant]
    banner = f"<div class='banner'><p>{cookies[1]}</p><button>{cookies[2].split('|')[0]}</button></div>"
    text = f"<p>{tongue['summaries'][variant]}</p>{''.join(pairs)}"
    return headed(title), f"<article><h1>{title}</h1>{text}</article><div class='promo'>{offer}</div>{banner}"


def about(tongue, number, _):
    title, text = tongue["about"][number]
    first, *rest = text.split(". ")
    said = tongue["sentences"]
    lines = [f"{first}. {said[6]}", ". ".join(rest), f"{said[3]} {said[8]}"]
    return headed(title), f"<article><h1>{title}</h1>" + "".join(
        f"<p>{line}</p>" for line in lines
    ) + "</article>"


MAKERS = {"consent": consent, "teaser": teaser, "login": login, "blocked": blocked, "error": error, "shell": shell,
          "video": video, "gallery": gallery, "list": list_, "live": live, "article": article, "about": about}  # fmt: skip
