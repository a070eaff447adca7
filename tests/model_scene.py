"""A tiny embedding model of two languages, written by the real library, and reports to try it on."""

from datetime import timedelta

import pytest
from events_texts import AT

from monitor.core.fingerprint import fingerprint
from monitor.model import Article

INSTALL = "the embedding libraries are not installed; pip install -e '.[dev]' brings them"

# One line for each thing, in both languages; every one has a direction of its own.
THINGS = """
fähren ferries ferry schiffe ships
minister
insel island
neue new
drei three
alten old
pendler commuters
warten waited
stundenlang hours
kai quay
winter
geld money
haushalt budget
straßen road
fans supporters
match game final
cup
striker scored
referee
rain
police arrested
""".strip().splitlines()

TEXTS = {
    "ferries de": (
        "de",
        "Tarnowski verspricht Lerwik neue Fähren",
        (
            "Der Minister Olaf Tarnowski will der Insel Lerwik drei neue Fähren bezahlen. Die alten Schiffe fallen seit dem "
            "Winter häufig aus, und die Pendler warten stundenlang am Kai. Das Geld kommt aus dem Haushalt für Straßen."
        ),
    ),
    "ferries en": (
        "en",
        "New ferries for Lerwik, says Tarnowski",
        (
            "The island of Lerwik is to get three new ships, minister Tarnowski told commuters who had waited at the quay for "
            "hours. The old ferries have broken down since winter; the money comes from the road budget."
        ),
    ),
    "cup en": (
        "en",
        "Tarnowski booed at the Lerwik final",
        (
            "Supporters whistled when minister Tarnowski handed over the cup in Lerwik after the match. The striker scored "
            "twice before the referee stopped the game in pouring rain, and police arrested nine fans."
        ),
    ),
    "elsewhere en": (
        "en",
        "New ferries for Orsund, says Hallberg",
        (
            "The island of Orsund is to get three new ships, minister Hallberg told commuters who had waited at the quay for "
            "hours. The old ferries have broken down since winter; the money comes from the road budget."
        ),
    ),
    "half en": (
        "en",
        "New ferries for Lerwik, says Hallberg",
        (
            "The island of Lerwik is to get three new ships, minister Hallberg told commuters who had waited at the quay for "
            "hours. The old ferries have broken down since winter; the money comes from the road budget."
        ),
    ),
}


def told(name, *, hours=0.0):
    """One of the reports as an article, so many hours after the first."""
    language, title, text = TEXTS[name]
    outlet = name.replace(" ", "-") + ".test"
    at = AT + timedelta(hours=hours)
    return Article(
        url=f"https://{outlet}/1",
        outlet_id=outlet,
        title=title,
        text=text,
        words=len(text.split()),
        first_seen=at,
        published=at,
        language=language,
        fingerprint=fingerprint(text),
    )


def words():
    """Word → number of its thing; 0 is no word."""
    return {"[UNK]": 0} | {word: number for number, line in enumerate(THINGS, 1) for word in line.split()}


def static_model(turn=0, kind="float32", *, few=False):
    """The library's own model; `turn` makes it another one, `few` gives words of one thing one vector."""
    numpy = pytest.importorskip("numpy", reason=INSTALL)
    library = pytest.importorskip("model2vec", reason=INSTALL)
    tokenizers = pytest.importorskip("tokenizers", reason=INSTALL)
    known = words()
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: place for place, word in enumerate(known)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    numbers = numpy.array(list(known.values()))
    things = numpy.roll(numpy.eye(1 + len(THINGS)), turn, axis=1) + 0.02
    if few:
        weights = numpy.linspace(0.5, 1.5, len(known))
        return library.StaticModel(things.astype(kind), tokenizer, weights=weights, token_mapping=numbers)
    own = (
        numpy.random.default_rng(7).standard_normal((len(known), len(things))) * 0.1
    )  # no two words mean the same
    vectors = ((things[numbers] + own) * (60 if kind == "int8" else 1)).astype(kind)
    return library.StaticModel(vectors, tokenizer, normalize=True)


def written(folder, **kind):
    """A model in a folder of its own, as the library stores it."""
    static_model(**kind).save_pretrained(folder)
    return folder
