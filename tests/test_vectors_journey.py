"""A model from the configuration to the reason: checked, opened with the house, used, reloaded, diagnosed."""

import json
import random
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from click.testing import CliRunner
from model_scene import INSTALL, told, written
from store_scene import NOON, settings

from monitor import config, doctor
from monitor.cli import cli
from monitor.config import values
from monitor.daemon import Daemon
from monitor.errors import ConfigError, ModelError
from monitor.house import open_house
from monitor.model import EventRules

CONFIG = """version: 1
database: data/monitor.db
topics: {t: {title: T, query: lerwik OR orsund, feeds: ['https://example.org/feed.xml']}}
"""


@pytest.fixture
def desk(tmp_path):
    """A configuration with a model beside it, and two reports to import."""
    pytest.importorskip("model2vec", reason=INSTALL)
    written(tmp_path / "tiny")
    (tmp_path / "monitor.yaml").write_text(CONFIG + "events: {model: tiny}\n", encoding="utf-8")
    lines = [
        {"url": one.url, "title": one.title, "text": one.text, "language": one.language, "published": one.published.isoformat()}
        for one in (told("ferries de"), told("ferries en", hours=1))
    ]  # fmt: skip
    (tmp_path / "reports.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return tmp_path


def run(desk, *words):
    return CliRunner().invoke(cli, [words[0], "-c", str(desk / "monitor.yaml"), *words[1:]])


def rows(desk, sql):
    with closing(sqlite3.connect(desk / "data" / "monitor.db")) as conn:
        return conn.execute(sql).fetchall()


def test_what_is_imported_is_compared_by_meaning_and_the_commands_say_so(desk):
    said = run(desk, "import", str(desk / "reports.jsonl"))

    assert (0, 2) == (said.exit_code, len(rows(desk, "select 1 from articles"))), said.output
    assert [(1,), (1,)] == rows(desk, "select event_id from articles order by id")
    assert [(2,)] == rows(desk, "select count(*) from _event_vectors")
    explained = run(desk, "explain", "https://ferries-en.test/1")
    assert "means much the same (closeness 0.88 by the model tiny" in explained.output


def test_an_archive_with_meanings_verifies_and_its_backup_has_them(desk):
    run(desk, "import", str(desk / "reports.jsonl"))
    assert 0 == run(desk, "verify").exit_code
    assert 0 == run(desk, "backup", str(desk / "copy.db")).exit_code
    with closing(sqlite3.connect(desk / "copy.db")) as conn:
        assert (2,) == conn.execute("select count(*) from _event_vectors").fetchone()


def test_a_model_that_is_broken_stops_the_command_with_the_reason(desk):
    (desk / "tiny" / "model.safetensors").write_bytes(b"half")
    said = run(desk, "import", str(desk / "reports.jsonl"))

    assert isinstance(said.exception, ModelError)
    assert 4 == said.exception.exit_code
    assert "tiny/model.safetensors: is no safetensors file, or not all of it" in str(said.exception)


def test_r52_a_broken_model_is_named_by_the_doctor_in_one_line(desk):
    assert [] == list(doctor.model(config.load(desk / "monitor.yaml", {})))
    (desk / "tiny" / "tokenizer.json").write_text("{}", encoding="utf-8")

    (finding,) = doctor.model(config.load(desk / "monitor.yaml", {}))
    assert "tiny/tokenizer.json: is no tokenizer" in finding.cause
    assert "\n" not in finding.cause
    assert finding.grave
    assert "model" in [
        found.about for found in doctor.examine(lambda: desk / "monitor.yaml", {}, NOON, workers=False)
    ]


async def test_a_changed_model_takes_effect_at_the_next_start_which_is_said(desk, tmp_path, caplog):
    first = settings(tmp_path, events=EventRules(desk / "tiny"), workers=1)
    async with open_house(first, now=lambda: NOON, chance=random.random) as opened:
        daemon = Daemon(opened, load=lambda: first, tell=lambda _: None)
        await daemon.take_over(replace(first, events=EventRules(desk / "elsewhere", 0.9)))

        assert "a change of `events:` takes effect when monitor is started again" in caplog.messages
        assert daemon.world.meanings is opened.world.meanings is not None
        assert first.events == daemon.settings.events


async def test_without_a_model_the_world_has_none(tmp_path):
    async with open_house(settings(tmp_path, workers=1), now=lambda: NOON, chance=random.random) as opened:
        assert opened.world.meanings is None


# ── the configuration ────────────────────────────────────────────────────────────────────────────


def loaded(folder, more):
    (folder / "monitor.yaml").write_text(CONFIG + more + "\n", encoding="utf-8")
    return config.load(folder / "monitor.yaml", {"HOME": str(folder)})


@pytest.fixture
def folder(tmp_path):
    """Folders that may be models, and some that cannot."""
    for name, files in (
        ("good", ("model.safetensors", "tokenizer.json")),
        ("half", ("tokenizer.json",)),
        ("empty", ()),
    ):
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
    (tmp_path / "file").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("more", "name", "alike"),
    [
        ("", None, 0.8),
        ("events: {}", None, 0.8),
        ("events: {model: good}", "good", 0.8),
        ("events: {model: null, alike: null}", None, 0.8),
        ("events: {model: ~/good, alike: 0.75}", "good", 0.75),
        ("events:\n  model: ./half/../good\n  alike: 1", "good", 1.0),
        ("events: {alike: .9}", None, 0.9),
    ],
)
def test_a_model_is_named_by_its_folder_beside_the_configuration(folder, more, name, alike):
    assert EventRules(folder / name if name else None, alike) == loaded(folder, more).events


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ("events: {model: nowhere}", "4:17: events.model: there is no folder 'nowhere'; a model is downloaded by you, never by monitor"),
        ("events: {model: minishlab/potion}", "4:17: events.model: there is no folder 'minishlab/potion'"),
        ("events: {model: file}", "4:17: events.model: 'file' is a file; the folder of a model is meant"),
        ("events: {model: empty}", "4:17: events.model: there is no model in the folder 'empty': model.safetensors and tokenizer.json are missing"),
        ("events: {model: half}", "4:17: events.model: there is no model in the folder 'half': model.safetensors is missing"),
        ("events: {model: good, alike: 1.2}", "4:30: events.alike: '1.2' is not above 0 and up to 1, as in 0.8"),
        ("events: {alike: 0}", "4:17: events.alike: '0' is not above 0 and up to 1, as in 0.8"),
        ("events: {alike: nan}", "4:17: events.alike: 'nan' is not above 0 and up to 1, as in 0.8"),
        ("events: {alike: much}", "4:17: events.alike: 'much' is no number; one above 0, up to 1, as in 0.8"),
        ("events: {modell: good}", "4:10: events: unknown key 'modell'; did you mean 'model'?"),
        ("events: good", "4:9: events: keys with values are meant here"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_said_at_its_place(folder, more, finding):
    with pytest.raises(ConfigError) as wrong:
        loaded(folder, more)

    (line,) = wrong.value.findings
    assert line.startswith(f"{folder / 'monitor.yaml'}:{finding}")


def test_a_portion_is_a_number_up_to_one():
    assert [0.5, 1.0] == [values.portion(text) for text in ("0.5", "1")]
