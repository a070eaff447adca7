"""What Datasette is told of every table and view: titles, explanations, facets, order, what is hidden.

Follows the tables and views of the store; a test compares the two.
"""

from __future__ import annotations

from typing import Any

# (table, view or query; what the link says; what one finds there), in the order people want them.
START = (
    ("latest", "Latest stories", "each text once, newest first, with all who carry it"),
    ("articles", "Articles", "every article, with search in headlines and texts"),
    ("story_copies", "Copies", "who took over whose text, and how much of it"),
    ("current_events", "Events", "what several stories report, across outlets and languages, newest first"),
    ("topic", "By topic", "the newest stories of a topic, with the words that matched"),
    ("search", "Search", "words and phrases, with the passages where they stand"),
    ("decisions", "Decisions", "every entry of every feed, what became of it, and why"),
    ("corrections", "Corrections", "articles whose text or headline changed"),
    ("feed_health", "Feeds", "which feeds answer, which fail, when each is asked again"),
    ("coverage", "Coverage", "where the watch has gaps"),
    ("politeness", "Politeness", "how we treat the hosts we ask"),
)

TIMES = {
    "first_seen_at": "When we first saw it (UTC).",
    "published_at": "When its source says it was published (UTC).",
}
SHARES = {
    "share": "Part of this article's words that stand in the original, 0–1.",
    "share_of_original": "Part of the original's words that stand in this article, 0–1.",
}
BECAUSE = {"because": "Why it was decided so."}
COPY_KINDS = (
    "identical: both texts are one; shortened: the original with parts cut; "
    "extended: the original with parts added; edited: both."
)
HIDDEN = (
    "_catchups", "_cut", "_entry_content", "_errands", "_event_looks", "_event_near", "_event_terms", "_event_traits", "_event_vectors", "_event_words", "_feed_topics", "_hosts", "_imports",
    "_looked", "_near_misses", "_rereads", "_rhythms", "_robots", "_sketches", "_sketches_new", "_sqlite_migrations",
    "_standing", "_standing_lines", "_strange_texts", "_tombstones", "_united", "addresses", "article_text", "event_overrides", "overrides",
)  # fmt: skip

VIEWS: dict[str, dict[str, Any]] = {
    "latest": {
        "title": "Latest stories",
        "description": "One row per story: a text and all its copies. The search box looks into the originals.",
        "sort_desc": "first_seen_at",
        "fts_table": "articles_fts",
        "fts_pk": "article_id",
        "size": 50,
        "facets": ["language", "agency", "outlet_id"],
        "columns": {
            "outlets": "Everyone who carries the text, the first one first.",
            "topics": "Topics that one of its articles matched.",
            "copies": "Articles besides the original.",
            "agency": "The wire service that the text credits.",
            "outlet_id": "The outlet of the original.",
            "event_stories": "Stories that report the same happening, this one included.",
            **TIMES,
        },
    },
    "story_copies": {
        "title": "Copies",
        "description": f"Every article of the stories that more than one article carries. {COPY_KINDS}",
        "sort_desc": "first_seen_at",
        "size": 50,
        "facets": ["kind", "outlet", "agency", "language"],
        "columns": {**SHARES, **BECAUSE, "minutes_after_first": "Minutes after the story's first article."},
    },
    "current_events": {
        "title": "Events",
        "description": (
            "Happenings that more than one story reports, those reported last first. A click on the number shows the "
            "stories; the query event says why each is there."
        ),
        "sort_desc": "last_seen_at",
        "size": 50,
        "facets": ["outlets", "languages", "stories"],
        "columns": {
            "title": "Headline of the first story.",
            "stories": "Different texts; copies count once.",
            "articles": "All articles, copies included.",
            "reported_by": "Outlets, the first one first.",
        },
    },
    "decisions": {
        "title": "Decisions",
        "description": "Every entry of every feed: what became of it, and why.",
        "sort_desc": "first_seen_at",
        "size": 50,
        "facets": ["state", "outlet", "copy"],
        "columns": {
            **BECAUSE,
            "state": (
                "waiting: its page is not read yet; stored: an article; off_topic: no topic wants it; quarantined: "
                "its page is no article (now); failed: its page could not be had; skipped: nothing to read."
            ),
            "next_try_at": "When its page is asked for again (UTC).",
        },
    },
    "feed_health": {
        "title": "Feeds",
        "description": "Which feeds answer, which fail, and when each is asked again. Failing ones first.",
        "sort_desc": "failures",
        "size": 100,
        "facets": ["state", "outlet"],
        "columns": {
            "failures": "Polls in a row that failed.",
            "last_new_at": "When it last served something new (UTC).",
            "walls": "What its pages show where none of the last ones was an article.",
            "because": "Why it is asked again at that time.",
            "notice": "What its owner should know.",
        },
    },
    "coverage": {
        "title": "Coverage",
        "description": "How closely each feed was watched in the last 30 days.",
        "size": 100,
        "facets": ["outlet"],
        "columns": {
            "answered": "Part of the polls that were answered, 0–1.",
            "overlap": (
                "Part of the answered polls that still showed something known, 0–1: between two such polls nothing "
                "can have been missed."
            ),
            "proven": "Part of the time for which overlapping polls prove that nothing was missed, 0–1.",
            "gap_hours": "Hours in which something may have been missed.",
        },
    },
}

TABLES: dict[str, dict[str, Any]] = {
    **VIEWS,
    "articles": {
        "title": "Articles",
        "description": "One page of one outlet, read whole. The search box looks into headlines and texts.",
        "label_column": "title",
        "sort_desc": "first_seen_at",
        "size": 50,
        "facets": ["outlet_id", "language", "agency", "access"],
        "fts_table": "articles_fts",
        "fts_pk": "id",
        "columns": {
            **TIMES,
            "agency": "The wire service that the text credits.",
            "revisions": "Versions of the text that we have seen.",
            "access": "Whether the page was free to read.",
            "gone_at": "Since when its outlet has had it no more (UTC).",
            "gone_because": "Why that is believed.",
        },
    },
    "stories": {
        "title": "Stories",
        "description": "One text and all its copies; an article that is nobody's copy starts a story.",
        "label_column": "title",
        "sort_desc": "first_seen_at",
        "size": 50,
        "facets": ["agency", "outlets"],
        "columns": {"articles": "Articles that carry it.", "outlets": "Outlets that carry it."},
    },
    "events": {
        "title": "Events",
        "description": (
            "Stories, across outlets and languages, that report the same happening; also those that one story alone "
            "reports. The view current_events is easier to read."
        ),
        "label_column": "title",
        "sort_desc": "last_seen_at",
        "size": 50,
        "facets": ["outlets", "languages"],
    },
    "event_stories": {
        "title": "Why in this event",
        "description": "Which story reports which event, how like its nearest story it is, and why.",
        "sort_desc": "story_id",
        "size": 50,
        "columns": {
            **BECAUSE,
            "likeness": "0–1; 0: the first report of its event.",
            "nearest_id": "The story of the event that is most like it.",
            "shared": "Words that both have, the most telling first (JSON).",
            "moved": "Why it came here from another event.",
        },
    },
    "copies": {
        "title": "Copies, as decided",
        "description": COPY_KINDS,
        "sort_desc": "article_id",
        "facets": ["kind"],
        "columns": {**SHARES, **BECAUSE, "evidence": "Passages shared, added and cut (JSON)."},
    },
    "links": {
        "title": "Weaker ties",
        "description": "Shared passages, series, live blogs, quotes: shown, but they make no common story.",
        "sort_desc": "article_id",
        "facets": ["kind"],
        "columns": {**BECAUSE, "share": SHARES["share"]},
    },
    "matches": {
        "title": "Matches",
        "description": "Which article belongs to which topic, with the words that matched in [brackets].",
        "sort_desc": "at",
        "facets": ["topic_id"],
    },
    "topics": {
        "title": "Topics",
        "description": "What is watched, as configured.",
        "label_column": "title",
        "sort": "id",
    },
    "outlets": {"title": "Outlets", "description": "Who publishes.", "label_column": "name", "sort": "name"},
    "feeds": {
        "title": "Feeds, all columns",
        "description": "Every feed as stored; the view feed_health is easier to read.",
        "label_column": "title",
        "facets": ["state", "outlet_id"],
        "columns": {"interval_s": "Seconds between two polls.", "failures": "Polls in a row that failed."},
    },
    "polls": {
        "title": "Polls",
        "description": "Every request of a feed, and what came of it.",
        "sort_desc": "id",
        "facets": ["outcome", "status"],
        "columns": {"bytes": "Size of the answer in bytes.", "ms": "Time until the answer was whole, in ms."},
    },
    "gaps": {
        "title": "Gaps",
        "description": "Times in which the watch of a feed may have missed something.",
        "sort_desc": "to_at",
        "facets": ["kind"],
        "columns": {
            **BECAUSE,
            "found": "Entries found afterwards, in the feed's archive or the outlet's news sitemap.",
            "caught_up": "What looking for them came to.",
        },
    },
    "politeness": {
        "title": "Politeness",
        "description": "How we treat the hosts we ask: requests by host, day (UTC) and kind.",
        "sort_desc": "day",
        "facets": ["kind", "day"],
        "columns": {
            "kind": "feed, article, robots: robots.txt; other: sitemaps.",
            "not_modified": "Answers “not modified” (HTTP 304), which cost next to nothing.",
            "bytes": "Size of the answers as sent.",
            "throttled": "Answers that asked for patience (HTTP 429 or 503).",
            "refused": "Not asked, because robots.txt or the address forbids it.",
            "held": "Not asked at that time, because the host wanted patience or its robots.txt could not be read.",
            "errors": "Requests without a usable answer.",
        },
    },
    "entries": {
        "title": "Entries",
        "description": "Items of feeds as served; the view decisions is easier to read.",
        "label_column": "title",
        "sort_desc": "first_seen_at",
        "size": 50,
        "facets": ["state", "feed_id"],
        "columns": BECAUSE,
    },
    "revisions": {
        "title": "Revisions",
        "description": "Every version of every article's text.",
        "label_column": "title",
        "sort_desc": "seen_at",
        "size": 20,
        "columns": {
            "words_added": "Words that the version before had not.",
            "words_removed": "Words it lost.",
        },
    },
    "labels": {
        "title": "Labels",
        "description": "The user's word on whether an article belongs to a topic.",
        "sort_desc": "at",
        "facets": ["topic_id", "wanted"],
        "columns": {"wanted": "1: it belongs to the topic; 0: it does not."},
    },
    "outbox": {
        "title": "Alerts",
        "description": "What is announced where: targets by name, never by address.",
        "sort_desc": "id",
        "facets": ["state", "target", "topic_id", "kind"],
        "columns": {
            "kind": "story: its first alert; update: news of it; rise: far more articles than usual; notice: about alerts.",
            "last_error": "Why it was not sent yet, or not at all.",
            **BECAUSE,
        },
    },
    "digests": {
        "title": "Digests",
        "description": "What went out together, once a day; their alerts stand in outbox.",
        "sort_desc": "id",
        "facets": ["state", "target"],
    },
    "rises": {
        "title": "Sudden rises",
        "description": "Topics that had far more articles in three hours than they usually have.",
        "sort_desc": "to_at",
        "facets": ["topic_id"],
        "columns": {"usual": "Articles in the same hours of earlier days, on average.", **BECAUSE},
    },
    **{name: {"hidden": True} for name in HIDDEN},
}
