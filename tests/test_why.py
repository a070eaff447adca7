"""Why a topic takes an article or not: the words and their places, or the condition that is missing."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.core.why import why
from monitor.model import Article, Schedule, Topic

ARTICLE = Article(
    url="https://a.example/1",
    outlet_id="a.example",
    title="Treffen in Genf",
    text="Es regnet.\nDie Delegationen reisen ab.\nNichts weiter.\nNoch ein Absatz.\nIn der Ukraine gilt eine Waffenruhe.",
    words=20,
    first_seen=datetime(2026, 11, 23, tzinfo=UTC),
    language="de",
)


def topic(query, name="t", **more):
    return Topic(name, name, query, Schedule("x"), (), **more)


def test_the_fifth_paragraph_is_named_with_its_words():
    (answer,) = why([topic("genf AND ukrain* AND waffenruhe*")], ARTICLE)

    assert answer.matched
    assert [("headline", ("Genf",)), ("paragraph 5", ("Ukraine", "Waffenruhe"))] == [
        (place.where, place.words) for place in answer.places
    ]


def test_every_topic_that_does_not_match_says_what_is_missing():
    topics = [
        topic("ukrain* AND (truce OR ceasefire)", "words"),
        topic("ukrain* NOT waffenruhe", "forbidden"),
        topic("ukraine", "language", languages=("en",)),
        topic("ukraine", "outlet", outlets=("b.example",)),
        topic("ukraine", "excluded", exclude=("a.example",)),
        topic("title : ukraine", "scope"),
    ]

    answers = {answer.topic_id: answer for answer in why(topics, ARTICLE)}

    assert not any(answer.matched for answer in answers.values())
    assert {
        "words": "nothing of (truce OR ceasefire) in the text",
        "forbidden": "waffenruhe is in the text, after NOT",
        "language": "it is in de, and only en is wanted",
        "outlet": "a.example is not among its outlets",
        "excluded": "a.example is excluded",
        "scope": "nothing of title : ukraine in the text",
    } == {name: answer.because for name, answer in answers.items()}


def test_as_many_topics_as_there_are_get_an_answer():
    assert [f"t{n}" for n in range(30)] == [
        answer.topic_id for answer in why([topic("x", f"t{n}") for n in range(30)], ARTICLE)
    ]


def test_only_places_that_the_query_asks_are_named():
    text = "Genf wartet.\nIn Genf regnet es."
    queries = {
        "title : genf": ["headline"],
        "- title : genf": ["paragraph 1", "paragraph 2"],
        "{title text} : genf": ["headline", "paragraph 1", "paragraph 2"],
        "(Title : treffen) AND (text : regnet)": ["headline", "paragraph 2"],
    }

    answers = why([topic(query) for query in queries], replace(ARTICLE, text=text))

    assert list(queries.values()) == [[place.where for place in answer.places] for answer in answers]
