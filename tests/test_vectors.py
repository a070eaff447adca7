"""A real model in real files: what it says of texts, and what is said where it cannot be used."""

import json
import math
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from model_scene import INSTALL, told, written

from monitor import vectors
from monitor.core.meanings import beginning, closeness
from monitor.errors import ModelError
from monitor.model import EventRules, Standard
from monitor.vectors import Meanings

numpy = pytest.importorskip("numpy", reason=INSTALL)
pytest.importorskip("tokenizers", reason=INSTALL)
library = pytest.importorskip("model2vec", reason=INSTALL)
safetensors = pytest.importorskip("safetensors.numpy", reason=INSTALL)


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "tiny")


@pytest.fixture
def opened():
    """Opens models, and closes them at the end."""
    models = []

    def open_one(folder, alike=0.8):
        models.append(Meanings(folder, alike))
        return models[-1]

    yield open_one
    for model in models:
        model.close()


def cosine(one, other):
    return float(one @ other) / (numpy.linalg.norm(one) * numpy.linalg.norm(other))


@pytest.mark.parametrize(
    "kind", [{}, {"kind": "float16"}, {"kind": "float64"}, {"kind": "int8"}, {"few": True}]
)
def test_a_direction_is_the_one_that_the_library_itself_finds(tmp_path, opened, kind):
    model = opened(written(tmp_path / "m", **kind))
    theirs = library.StaticModel.from_pretrained(tmp_path / "m")
    for name in ("ferries de", "ferries en", "cup en"):
        article = told(name)
        ours = numpy.frombuffer(model.of(article).vector, "i1").astype(float)

        assert cosine(ours, theirs.encode([beginning(article)])[0].astype(float)) == pytest.approx(
            1, abs=2e-4
        )


def test_a_unigram_tokenizer_is_read_like_the_library_reads_it(tmp_path, opened):
    """The kind that large multilingual models have: its unknown token has a number and no name."""
    tokenizers = pytest.importorskip("tokenizers")
    pieces = ["▁", *"abcdefghijklmnopqrstuvwxyz", "▁minister", "▁new", "▁the", "ers", "▁Die"]
    model = tokenizers.models.Unigram(
        [("<unk>", 0.0), *((piece, -len(pieces[-1])) for piece in pieces)], unk_id=0
    )
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    table = numpy.random.default_rng(1).standard_normal((len(pieces) + 1, 24))
    library.StaticModel(table, tokenizer).save_pretrained(tmp_path / "m")
    theirs = library.StaticModel.from_pretrained(tmp_path / "m")
    article = told("ferries de")
    ours = numpy.frombuffer(opened(tmp_path / "m").of(article).vector, "i1").astype(float)

    assert cosine(ours, theirs.encode([beginning(article)])[0]) == pytest.approx(1, abs=2e-4)


def test_texts_of_one_happening_are_close_in_two_languages_and_others_are_not(folder, opened):
    model = opened(folder)
    one = model.of(told("ferries de"))

    assert closeness(one, model.of(told("ferries en"))) > 0.85
    assert closeness(one, model.of(told("cup en"))) < 0.5


def test_a_text_of_which_the_model_knows_too_little_means_nothing(folder, opened):
    model = opened(folder)
    short = replace(told("ferries en"), title="New ferries", text="The minister has waited at the quay.")

    assert model.of(short) is None
    assert model.of(replace(short, title="", text="")) is None
    assert model.of(replace(short, text=short.text + " Three old ships wait")) is not None


def test_half_a_surrogate_pair_in_a_text_costs_nothing(folder, opened):
    torn = replace(told("ferries en"), title="New \ud83d ferries for Lerwik")

    assert opened(folder).of(torn) is not None


def test_a_model_is_known_by_its_content_wherever_it_lies(tmp_path, folder, opened):
    twin = written(tmp_path / "renamed")
    other = written(tmp_path / "other", turn=1)
    article = told("ferries de")
    first, same, different = (opened(place).of(article).model for place in (folder, twin, other))

    assert first == same
    assert first != different
    assert 0 < first < 2**63


def test_another_tokenizer_is_another_model(tmp_path, folder, opened):
    twin = written(tmp_path / "twin")
    tokenizer = json.loads((twin / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["normalizer"] = None
    (twin / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")

    assert opened(folder).of(told("ferries en")).model != opened(twin).of(told("ferries en")).model


def test_meanings_of_two_models_are_not_compared(tmp_path, folder, opened):
    other = opened(written(tmp_path / "other", turn=1))

    assert closeness(opened(folder).of(told("ferries de")), other.of(told("ferries de"))) is None


def test_the_standard_names_the_model_by_its_folder(folder, opened):
    assert opened(folder, 0.7).standard == Standard("tiny", 0.7)


def test_without_a_folder_there_is_no_model():
    assert vectors.opened(EventRules()) is None


# ── what cannot be used ──────────────────────────────────────────────────────────────────────────


def no_table(folder):
    (folder / "model.safetensors").unlink()
    return "model.safetensors: cannot be read: No such file"


def no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    return "tokenizer.json: cannot be read: No such file"


def a_page_in_its_place(folder):
    """What a download gives that was answered by a login page."""
    (folder / "model.safetensors").write_text("<!doctype html>" * 50, encoding="utf-8")
    return "is no safetensors file"


def an_empty_table(folder):
    (folder / "model.safetensors").write_bytes(b"")
    return "is no safetensors file, or not all of it"


def a_pointer_in_its_place(folder):
    """What `git clone` leaves without git-lfs."""
    (folder / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\n", encoding="utf-8"
    )
    return "is no safetensors file"


def half_a_table(folder):
    os.truncate(folder / "model.safetensors", (folder / "model.safetensors").stat().st_size - 100)
    return "is cut short; copy it again"


def a_header_of_lies(folder):
    header = json.dumps({"embeddings": {"dtype": "F32", "shape": [4, 4], "data_offsets": [0, 8]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 8)
    return "is no safetensors file"


def another_kind_of_model(folder):
    safetensors.save_file({"encoder.layer.0.weight": numpy.zeros((4, 4))}, folder / "model.safetensors")
    return "there is no table of word vectors in it, but encoder.layer.0.weight"


def a_table_of_another_model(folder):
    safetensors.save_file({"embeddings": numpy.zeros((7, 4))}, folder / "model.safetensors")
    return "has 7 vectors, its tokenizer "


def rows_beyond_the_table(folder):
    numbers = numpy.full(len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]), 9)
    safetensors.save_file(
        {"embeddings": numpy.zeros((7, 4)), "mapping": numbers}, folder / "model.safetensors"
    )
    return "has 7 vectors, its tokenizer "


def numbers_of_another_kind(folder):
    safetensors.save_file({"embeddings": numpy.zeros((7, 4), "u2")}, folder / "model.safetensors")
    return "has numbers of the kind U16"


def no_tokenizer_inside(folder):
    (folder / "tokenizer.json").write_text('{"version": "1.0"}', encoding="utf-8")
    return "tokenizer.json: is no tokenizer"


def a_tokenizer_that_fails_at_unknown_words(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["model"]["unk_token"] = "[NONE]"
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    return "is no tokenizer that reads every text: WordLevel error: Missing [UNK] token"


BROKEN = [no_table, no_tokenizer, a_page_in_its_place, an_empty_table, a_pointer_in_its_place, half_a_table,
          a_header_of_lies, another_kind_of_model, a_table_of_another_model, rows_beyond_the_table,
          numbers_of_another_kind, no_tokenizer_inside, a_tokenizer_that_fails_at_unknown_words]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda case: case.__name__)
def test_a_broken_model_is_refused_with_the_file_and_the_reason(folder, broken):
    sentence = broken(folder)
    before = list(Path("/proc/self/fd").iterdir())

    with pytest.raises(ModelError) as refused:
        Meanings(folder, 0.8)

    assert sentence in str(refused.value)
    assert str(folder) in str(refused.value)
    assert len(list(Path("/proc/self/fd").iterdir())) == len(before), "a file was left open"


def test_where_the_libraries_are_missing_the_command_is_named_that_brings_them(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)

    with pytest.raises(ModelError, match=r"pip install 'wirewatch-monitor\[vectors\]'"):
        Meanings(folder, 0.8)


def test_the_command_names_an_extra_that_exists():
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")

    assert vectors.INSTALL == "pip install 'wirewatch-monitor[vectors]'"
    assert '\nname = "wirewatch-monitor"\n' in project
    assert "\nvectors = [" in project


# ── while monitor runs ───────────────────────────────────────────────────────────────────────────


def test_a_model_that_is_changed_under_us_is_used_no_more_and_this_is_said_once(folder, opened, caplog):
    model = opened(folder)
    assert model.of(told("ferries en")) is not None
    os.truncate(folder / "model.safetensors", 500)

    assert [model.of(told("ferries en")), model.of(told("cup en"))] == [None, None]
    assert [record.message for record in caplog.records] == [
        f"{folder}: the model is not used any more until monitor is started again: it was changed while monitor runs"
    ]


def test_a_model_that_is_replaced_by_another_file_stays_what_it_was(tmp_path, folder, opened):
    model = opened(folder)
    before = model.of(told("ferries en"))
    (written(tmp_path / "new", turn=1) / "model.safetensors").replace(folder / "model.safetensors")

    assert model.of(told("ferries en")) == before


def test_nothing_is_asked_of_the_network(folder, opened, monkeypatch):
    def refused(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)

    assert math.isclose(1.0, closeness(*[opened(folder).of(told("ferries de"))] * 2))
    with pytest.raises(ModelError, match="cannot be read"):
        Meanings(Path("minishlab/potion-multilingual-128M"), 0.8)


def test_nothing_of_it_is_loaded_before_a_model_is_opened(folder):
    program = (
        "import sys, pathlib; from monitor import house, vectors\n"
        "heavy = {'numpy', 'tokenizers', 'huggingface_hub', 'model2vec', 'httpx', 'httpx2'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        f"vectors.Meanings(pathlib.Path({str(folder)!r}), 0.8)\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines() == ["[]", "['numpy', 'tokenizers']"]
