"""The material: real pages and feeds of the corpus beside the project, or generated ones where it is missing."""

import gzip
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import madepages

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
NEWS = ("fundus", "scrapinghub", "trafilatura-eval")  # folders of pages that are mostly news
LEAST, MOST = 20_000, 1_500_000  # bytes of a page that is served


@dataclass(frozen=True, slots=True)
class Paper:
    """A page or feed: its bytes as a server would send them without compression, and a title."""

    body: bytes
    title: str = ""


def source() -> str:
    """Where the material comes from, in words."""
    return (
        "real pages and feeds" if CORPUS.is_dir() else "generated pages and feeds, because there is no corpus"
    )


def pages(count: int) -> list[Paper]:
    """So many pages of newspapers, spread evenly over what there is."""
    if not CORPUS.is_dir():
        return [generated_page(number) for number in range(count)]
    files: list[tuple[Path, str]] = []
    for folder in NEWS:
        rows = (CORPUS / "pages" / folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
        told = [json.loads(row) for row in rows]
        files += [(CORPUS / "pages" / folder / row["file"], row["title"] or "") for row in told if row["url"]]
    found = []
    for number in range(min(count * 2, len(files))):
        path, title = files[number * len(files) // min(count * 2, len(files))]
        body = gzip.decompress(path.read_bytes())
        if LEAST <= len(body) <= MOST:
            found.append(Paper(body, title))
    return found[:count]


def feeds(count: int) -> list[Paper]:
    """So many feeds as they were served: single ones, and some polls of each series."""
    if not CORPUS.is_dir():
        return [generated_feed(number, 30) for number in range(count)]
    found = []
    for index in sorted((CORPUS / "feeds").glob("*/index.jsonl")):
        for row in map(json.loads, index.read_text(encoding="utf-8").splitlines()):
            path = index.parent / row["file"]
            if row["real"] is True:
                found += [Paper(body) for body in polls(path, 3)]
            elif row["real"] == "real" and row["kind"][:3] in {"rss", "ato"}:
                found.append(Paper(path.read_bytes()))
    return [feed for feed in found if len(feed.body) > 3000][:count]


def polls(archive: Path, count: int) -> list[bytes]:
    """Some of the first polls of a series, one in ten."""
    found: list[bytes] = []
    with tarfile.open(archive) as tar:
        for number, member in enumerate(tar):
            file = tar.extractfile(member) if number % 10 == 0 else None
            if file is not None:
                found.append(file.read())
            if len(found) == count:
                break
    return found


# ── generated ────────────────────────────────────────────────────────────────────────────────────


def generated_page(number: int) -> Paper:
    """A newspaper's page."""
    body, title = madepages.page(number)
    return Paper(body.encode(), title)


def generated_feed(number: int, items: int) -> Paper:
    """An RSS feed with full descriptions."""
    told = "".join(
        f"<item><title>{madepages.words(number * 1000 + n, 8)}</title><link>https://paper{number}.example/{n}</link>"
        f"<guid>https://paper{number}.example/{n}</guid><pubDate>Mon, 02 Jun 2025 08:{n % 60:02}:00 GMT</pubDate>"
        f"<description>{madepages.words(number * 1000 + n, 60)}</description></item>"
        for n in range(items)
    )
    return Paper(f"<rss version='2.0'><channel><title>Paper {number}</title>{told}</channel></rss>".encode())
