"""What the documents say is there, and what is there is in the documents."""

import re
from pathlib import Path

import click
import pytest

from monitor.cli import PLACES, cli

ROOT = Path(__file__).parents[1]
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "seeds" / "README.md"]
CODE = re.compile(r"`(monitor [^`\n]+)`|^\s*(?:\.venv/bin/)?(monitor [a-z][^#\n]*)", re.MULTILINE)


def commands_in(path):
    """Every `monitor …` in code of a document."""
    for found in CODE.finditer(path.read_text(encoding="utf-8")):
        words = (found[1] or found[2]).split()
        if words[1].startswith("-") or not re.fullmatch(r"[a-z]+", words[1]):
            continue
        yield words[1:]


def command_of(words):
    """The command that these words call, and its name."""
    context = click.Context(cli, info_name="monitor")
    command, name = cli.get_command(context, words[0]), words[0]
    if isinstance(command, click.Group) and len(words) > 1 and re.fullmatch("[a-z]+", words[1]):
        command, name = command.get_command(context, words[1]), " ".join(words[:2])
    return command, name


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_in_the_documents_exists(path):
    for words in commands_in(path):
        command, name = command_of(words)
        assert command is not None, f"{path.name}: there is no command `monitor {name}`"
        options = {option for param in command.params for option in [*param.opts, *param.secondary_opts]}
        for word in words[1:]:
            if re.fullmatch(r"--[a-z-]+", word):
                assert word in {*options, "--help"}, f"{path.name}: `monitor {name}` has no option {word}"


def test_every_command_is_in_the_readme():
    told = {command_of(words)[1] for words in commands_in(ROOT / "README.md")}
    every = set()
    context = click.Context(cli, info_name="monitor")
    for name in PLACES:
        command = cli.get_command(context, name)
        every |= (
            {f"{name} {sub}" for sub in command.list_commands(context)}
            if isinstance(command, click.Group)
            else {name}
        )

    assert every == told & every


def test_every_link_between_documents_leads_somewhere():
    for path in DOCS:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target} is not there"


def test_every_table_view_and_column_is_documented():
    import sqlite3

    from sqlite_utils import Database

    from monitor.store.tables import migrations

    db = Database(sqlite3.connect(":memory:"))
    migrations.apply(db)
    text = (ROOT / "docs" / "database.md").read_text(encoding="utf-8")
    names = [*db.table_names(), *db.view_names()]
    for name in names:
        if name.startswith(("_", "articles_fts", "sqlite_")):
            continue
        section = re.search(rf"^### `{name}`\n(.*?)(?=^##)", text + "\n## end", re.MULTILINE | re.DOTALL)
        assert section, f"docs/database.md says nothing of {name}"
        columns = [column.name for column in db[name].columns]
        missing = [column for column in columns if f"`{column}`" not in section[1]]
        assert not missing, f"docs/database.md: {name} lacks {missing}"


def test_the_makefile_and_the_readme_agree():
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {
        name
        for path in DOCS
        for name in re.findall(r"\bmake ([a-z0-9]+)\b(?! it)", path.read_text(encoding="utf-8"))
    }
    known = targets | {"each", "the", "sure"}

    assert told <= known, told - known
