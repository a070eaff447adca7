"""Agencies on real texts, where they are at hand: what is found, and that hardly anything else is."""

import gzip
import json
import lzma
import re
from pathlib import Path

import pytest

from monitor.core.agencies import credit

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
REUTERS = CORPUS / "streams" / "reuters-2026" / "articles.jsonl.xz"
PRESS = CORPUS / "copies" / "press-de-2021q1.jsonl.gz"
TRENDS = CORPUS / "copies" / "trends-de-2024.jsonl.gz"


def texts(path, every):
    """Every so manieth text of a file of the corpus."""
    if not path.exists():
        pytest.skip(f"{path.name} is not here: the corpus lies beside the project, and is no part of it")
    opened = lzma.open if path.suffix == ".xz" else gzip.open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [row["text"] for n, line in enumerate(lines) if n % every == 0 and (row := json.loads(line)).get("text")]  # fmt: skip


def test_reuters_own_reports_are_reuters_and_nobody_elses():
    found = [credit(title="", text=text, language="en") for text in texts(REUTERS, 3)]
    named = [one.agency for one in found if one]

    assert set(named) == {"Reuters"}
    assert len(named) / len(found) >= 0.94


def test_a_text_that_ends_in_the_mark_of_dpa_is_credited_to_it():
    signed = [text for text in texts(PRESS, 2) if re.search(r"(?:RND|ntv\.de, \w+|\()/?dpa\)?$", text)]
    found = [credit(title="", text=text, language="de") for text in signed]

    assert len(signed) > 200
    assert sum(one is not None and "dpa" in one.agency for one in found) / len(found) >= 0.99


def test_names_of_agencies_in_the_text_and_under_photos_credit_nobody():
    """Texts that name dpa only in a photo's credit or as somebody's source."""
    source = re.compile(r"(?:Foto|Bild|Symbolbild|Agentur|Presse-Agentur)[^.\n]{0,40}\bdpa\b")
    spoken = [
        text
        for text in texts(TRENDS, 1) + texts(PRESS, 2)
        if source.search(text) and len(re.findall(r"\bdpa\b", text)) == 1
    ]
    found = [credit(title="", text=text, language="de") for text in spoken]
    wrong = [one for one in found if one and "dpa" in one.agency and "aterial" not in one.because]

    assert len(spoken) > 150
    assert len(wrong) / len(spoken) <= 0.02, wrong
