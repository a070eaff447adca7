"""The script of the demo: its timeline keeps its promises, and its pages can be read."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from trafilatura import bare_extraction

from monitor.demo.newsroom import config_for
from monitor.demo.outlets import outlets_at, read_outlets
from monitor.demo.pages import open_press, open_templates
from monitor.demo.publications import slug
from monitor.demo.script import load_script
from monitor.demo.texts import read_texts

ROOT = Path(__file__).parents[1]
BEGAN = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SCRIPT = load_script()
COPIES = {"identical", "shortened", "extended", "edited"}


def words(text):
    return re.findall(r"\w+", text.casefold())


def shingles(text):
    said = words(text)
    return {tuple(said[i : i + 5]) for i in range(len(said) - 4)}


def shares(text, original):
    """The part of the words of each text that stand in runs of five which both have."""
    common = shingles(text) & shingles(original)

    def covered(said):
        runs = [range(i, i + 5) for i in range(len(said) - 4) if tuple(said[i : i + 5]) in common]
        return len(set(itertools.chain.from_iterable(runs))) / len(said)

    return covered(words(text)), covered(words(original))


def kind_of(share, share_of_original):
    """The borders as the design draws them; below one half it would be no copy at all."""
    if min(share, share_of_original) >= 0.97:
        return "identical"
    if share >= 0.85 and share_of_original < 0.85:
        return "shortened"
    if share_of_original >= 0.85 and share < 0.85:
        return "extended"
    return "edited" if min(share, share_of_original) > 0.5 else "no copy"


def text_of(publication):
    return "\n".join(publication.paragraphs)


def published(t, script=SCRIPT):
    return {one.id: one for one in script.state(t).published}


# ── the timeline ─────────────────────────────────────────────────────────────────────────────────


def test_eight_outlets_in_two_languages_serve_four_feed_formats_from_addresses_of_their_own():
    outlets = read_outlets()

    assert [one.host for one in outlets] == [f"127.0.0.{n}" for n in range(11, 19)]
    assert {one.language for one in outlets} == {"de", "en"}
    assert {feed.format for one in outlets for feed in one.feeds} == {"rss", "rdf", "atom", "json"}
    assert len({one.template for one in outlets}) >= 5
    assert {one.validators for one in outlets} == {"both", "etag", "weak", "none"}


def test_the_originals_are_there_at_once_and_no_copy_is_out_before_the_watcher_has_seen_them():
    at_start = published(2.0)

    originals = [one for one in at_start.values() if one.kind == "original"]
    assert {one.agency for one in originals} == {"dpa", "AP", None}
    assert [one for one in at_start.values() if one.kind in COPIES] == []
    assert all(one.at >= 4.0 for one in published(120).values() if one.kind in COPIES)


def test_within_half_a_minute_every_kind_of_copy_has_appeared_after_its_original():
    state = published(30.0)

    copies = [one for one in state.values() if one.kind in COPIES]
    assert {one.kind for one in copies if one.original_id.startswith("dpa-")} == COPIES
    assert all(one.at - state[one.original_id].at >= 3.5 for one in copies)
    assert all(one.outlet_id != state[one.original_id].outlet_id for one in copies)


def test_the_english_report_runs_at_two_other_outlets_and_papers_of_both_languages_write_their_own():
    state = published(30.0)

    assert len([one for one in state.values() if one.original_id == "ap-alaska@ashcombe"]) == 2
    own = [state["own-de-alaska@querleser"], state["own-en-alaska@pennyfield"]]
    for mine, other in itertools.product(own, ("dpa-alaska@weidenfurt", "ap-alaska@ashcombe")):
        assert max(shares(text_of(mine), text_of(state[other]))) < 0.1
    quotation = "»Die Ukrainer werden ihr Land nicht dem Besatzer schenken«"
    assert quotation in text_of(own[0])
    assert quotation in text_of(state["dpa-alaska@weidenfurt"])


def test_copies_share_as_many_words_with_their_original_as_their_kind_says():
    state = published(480.0)
    copies = [one for one in state.values() if one.kind in COPIES]
    measured = {}
    for one in copies:  # as it was published: a correction may set it apart from its original later
        then = published(one.at)
        measured[one.id] = kind_of(*shares(text_of(then[one.id]), text_of(then[one.original_id])))

    assert len(copies) > 25
    assert {one.id: one.kind for one in copies} == measured


def test_a_copy_runs_under_another_headline():
    state = published(480.0)
    copies = [one for one in state.values() if one.kind in COPIES]

    assert [one.id for one in copies if one.headline == state[one.original_id].headline] == []


def test_one_paper_reprints_the_german_seed_and_the_wire_text_is_another_one():
    seed = (ROOT / "seeds" / "2025-08-06-dpa-putin-trump-treffen.txt").read_text(encoding="utf-8")
    seed = seed.partition("\n\n")[2]
    state = published(30.0)

    reprint = text_of(state["nachdruck-treffen@nordhafen"])
    assert kind_of(*shares(reprint, seed)) == "identical"
    assert max(shares(text_of(state["dpa-alaska@weidenfurt"]), seed)) < 0.1
    assert len(words(seed)) >= 400


def test_the_correction_appears_while_one_watches():
    before, after = published(11.9)["zoll-indien@tagesblick"], published(12.0)["zoll-indien@tagesblick"]

    assert "weiteren 15 Prozent" in text_of(before)
    assert before.updated is None
    assert "weiteren 25 Prozent" in text_of(after)
    assert "zusammen auf 50 Prozent" in text_of(after)
    assert after.paragraphs[-1].startswith("Berichtigung:")
    assert after.updated == 12.0
    assert SCRIPT.state(30.0).corrected == {"zoll-indien@tagesblick", "zoll-indien@nordhafen"}


def test_the_consent_wall_lifts_after_twenty_seconds_and_the_feed_says_that_something_changed():
    assert SCRIPT.state(19.9).walled == {"kyjiw-stimmen@tagesblick"}
    assert SCRIPT.state(20.0).walled == frozenset()
    assert published(19.9)["kyjiw-stimmen@tagesblick"].updated is None
    assert published(20.0)["kyjiw-stimmen@tagesblick"].updated == 20.0


def test_at_least_a_dozen_stories_are_about_something_else():
    texts = read_texts().values()

    off_topic = [one for one in texts if "ukrain" not in " ".join((one.title, *one.paragraphs)).casefold()]
    assert len(off_topic) >= 12
    assert {one.language for one in off_topic} == {"de", "en"}


def test_fresh_briefs_never_end_and_do_not_repeat_one_another():
    briefs = [SCRIPT.stream.brief(number) for number in range(200) if number % 5 != 4]
    told = [shingles(text_of(one)) for one in briefs]

    overlaps = [len(a & b) / min(len(a), len(b)) for a, b in itertools.combinations(told, 2)]
    assert max(overlaps) < 0.3
    assert sum(overlaps) / len(overlaps) < 0.03
    assert all(len(words(text_of(one))) >= 110 for one in briefs)
    assert {one.language for one in briefs} == {"de", "en"}
    topics = [bool(re.search(r"(?i)ukraine.*(waffenruhe|ceasefire)|(waffenruhe|ceasefire).*ukraine", text_of(one)))
              for one in briefs]  # fmt: skip
    assert 0.1 < sum(topics) / len(topics) < 0.6


def test_the_newsroom_remembers_nothing_so_a_day_costs_what_a_minute_costs():
    state = SCRIPT.state(86_400.0)

    assert len(state.published) < 200
    newest = state.published[-1]
    assert newest.at > 86_390
    assert SCRIPT.at_path(newest.outlet_id, newest.path, 86_400.0) == newest
    assert SCRIPT.at_path(newest.outlet_id, newest.path, newest.at - 0.1) is None


def test_the_same_seed_tells_the_same_day_and_another_seed_another():
    again, other = published(300.0, load_script(1)), load_script(2)

    assert published(300.0) == again
    assert text_of(SCRIPT.stream.brief(1)) != text_of(other.stream.brief(1))
    teller = SCRIPT.stream.tellers["de"]
    assert teller.tell(1, 1, "sport") != teller.tell(2, 1, "sport")


def test_a_feed_lists_what_is_out_newest_first_and_only_its_sections():
    for t in (3.0, 10.0, 60.0, 5000.0):
        for outlet in read_outlets():
            listed = SCRIPT.latest(outlet.id, t)
            times = [one.at for one in listed]
            assert times == sorted(times, reverse=True)
            assert times[0] <= t
            assert {one.outlet_id for one in listed} == {outlet.id}
            assert len(listed) <= 20

    sections = {one.section for one in SCRIPT.latest("lindtal", 60.0, ("region", "wetter"))}
    assert sections == {"region", "wetter"}
    assert {one.section for one in SCRIPT.latest("lindtal", 60.0)} > sections


def test_a_page_is_not_there_before_its_time():
    later = published(30.0)["dpa-alaska@lindtal"]

    assert SCRIPT.at_path("lindtal", later.path, 8.9) is None
    assert SCRIPT.at_path("lindtal", later.path, 9.0) == later
    assert SCRIPT.at_path("nordhafen", later.path, 9.0) is None


def test_every_fifth_brief_is_a_reprint_at_another_outlet_of_the_same_language():
    for number in range(4, 1000, 5):
        copy = SCRIPT.stream.brief(number)
        original = SCRIPT.stream.brief(number - 3)

        assert copy.original_id == original.id
        assert copy.outlet_id != original.outlet_id
        assert copy.language == original.language
        assert copy.at - original.at == 12.0


def test_ids_and_addresses_are_never_given_twice():
    everything = SCRIPT.state(500.0).published

    assert [key for key, count in Counter(one.id for one in everything).items() if count > 1] == []
    addresses = Counter((one.outlet_id, one.path) for one in everything)
    assert [address for address, count in addresses.items() if count > 1] == []


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Größe zählt: Über Öl", "groesse-zaehlt-ueber-oel"),
        ("»Ich habe«, sagt sie", "ich-habe-sagt-sie"),
        ("One two three four five six seven eight nine", "one-two-three-four-five-six-seven-eight"),
    ],
)
def test_headlines_become_addresses(headline, expected):
    assert slug(headline) == expected


# ── the pages ────────────────────────────────────────────────────────────────────────────────────

PRESS = open_press(open_templates(), BEGAN)
OUTLETS = {one.id: one for one in outlets_at(8800)}
SHOWN = [one for one in SCRIPT.state(90.0).published if not one.missing]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: f"{OUTLETS[one.outlet_id].template}-{one.id}")
@pytest.mark.parametrize("fast", [False, True], ids=["careful", "fast"])
def test_an_article_page_gives_back_its_text_and_little_else(shown, fast):
    page = PRESS.article(OUTLETS[shown.outlet_id], shown, SCRIPT.beside(shown))

    seen = bare_extraction(page, fast=fast, include_comments=False)
    text, got = Counter(words(text_of(shown))), Counter(words(seen.text))
    assert (text & got).total() / text.total() >= 0.97
    around = Counter(words(shown.headline)) + Counter(words(shown.summary))
    assert (got - text - around).total() <= 0.03 * got.total()


def test_every_template_is_among_the_pages_tried():
    assert {OUTLETS[one.outlet_id].template for one in SHOWN} == {one.template for one in OUTLETS.values()}
    assert len({one.template for one in OUTLETS.values()}) == 6


def test_a_hostile_headline_stays_text_on_every_page_and_inside_json_ld():
    nasty = "</script><script>alert(1)</script> & »so«"
    for outlet in OUTLETS.values():
        shown = next(one for one in SHOWN if one.outlet_id == outlet.id)
        page = PRESS.article(outlet, replace(shown, headline=nasty), [])

        assert b"<script>alert" not in page


# ── the configuration ────────────────────────────────────────────────────────────────────────────


def test_the_configuration_watches_every_feed_with_two_topics():
    said = yaml.safe_load(config_for(outlets_at(8800), Path("/tmp/demo.db"), ROOT / "seeds"))

    assert list(said["topics"]) == ["ukraine-ceasefire", "weather"]
    feeds = [url for one in outlets_at(8800) for url in one.feed_urls]
    assert [feed["url"] for feed in said["feeds"].values()] == feeds
    for topic in said["topics"].values():
        assert topic["feeds"] == list(said["feeds"])
        assert topic["schedule"] == "every 3 seconds"
    assert said["feeds"]["querleser"]["outlet"] == "Der Querleser"
    assert said["fetch"]["allow_private"] == [f"127.0.0.{n}:8800" for n in range(11, 19)]
    assert said["keep"] == {"articles": "matched", "reread": ["1 minute", "2 minutes"]}
    assert (said["database"], said["seeds"]) == ("/tmp/demo.db", [str(ROOT / "seeds")])
    assert "seeds" not in yaml.safe_load(config_for(outlets_at(8800), Path("demo.db"), None))


def test_the_seeds_have_headers_as_their_readme_says():
    known = {"Title", "Outlet", "Published", "Language", "Agency", "URL"}
    files = sorted((ROOT / "seeds").glob("*.txt"))

    assert len(files) == 5
    for path in files:
        head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
        header = dict(line.split(": ", 1) for line in head.splitlines())
        assert {"Title", "Published", "Language"} <= set(header) <= known
        assert datetime.strptime(header["Published"], "%Y-%m-%dT%H:%M:%S%z").tzinfo is not None
        assert body.count("\n\n") >= 4
