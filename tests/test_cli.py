"""The commands as a user calls them: output, exit codes, quickness."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from town import Town, sentences

from monitor.cli import PLACES, cli

ROOT = Path(__file__).parents[1]


def monitor(*words, cwd, **environ):
    """Run `monitor` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "monitor", *map(str, words)],
        cwd=cwd, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "HOME": str(cwd), "XDG_CONFIG_HOME": str(cwd / "xdg"), **environ},
    )  # fmt: skip


def test_init_check_and_lists_work_in_an_empty_folder(tmp_path):
    made = monitor("init", cwd=tmp_path)

    assert 0 == made.returncode, made.stderr
    assert (tmp_path / "config" / "monitor.yaml").read_text() == (
        ROOT / "config" / "monitor.yaml"
    ).read_text()
    assert (tmp_path / "config" / "monitor.schema.json").exists()
    assert (tmp_path / "data" / "metadata.yaml").exists()
    assert list((tmp_path / "seeds").glob("*.txt"))
    checked = monitor("check", cwd=tmp_path)
    note = "note: sites cannot reach you: put your address under 'contact'\n"
    assert (0, note) == (checked.returncode, checked.stderr)
    topics = json.loads(monitor("topics", "list", "--json", cwd=tmp_path).stdout)
    assert ["ukraine-ceasefire"] == [topic["id"] for topic in topics]
    feeds = json.loads(monitor("feeds", "list", "--json", cwd=tmp_path).stdout)
    assert topics[0]["feeds"] == len(feeds) >= 12
    assert 1 == monitor("init", cwd=tmp_path).returncode


def test_check_notes_what_is_allowed_and_hardly_meant(tmp_path):
    (tmp_path / "monitor.yaml").write_text(
        "database: m.db\ncontact: newsdesk\nsaved: {s: 停 OR 停火}\ntopics:\n"
        "  t: {query: kyiv or kiew, feeds: [http://a.example/x, http://A.example/x, http://a.example/x?id=1]}\n",
        encoding="utf-8",
    )
    done = monitor("check", "--json", cwd=tmp_path)

    assert 0 == done.returncode
    assert [
        "note: topics.t.query: 'or' is looked for as a word; the operator is OR, in capitals",
        (
            "note: saved.s: '停' is found in every word that has this sign: its script has no blanks between words"
        ),
        "note: feeds: http://A.example/x and http://a.example/x are one address, which is asked twice",
        "note: contact: 'newsdesk' looks like no e-mail or web address; can sites reach you there?",
    ] == json.loads(done.stdout)["notes"]


def test_check_names_every_mistake_with_line_and_column(tmp_path):
    path = tmp_path / "monitor.yaml"
    path.write_text(
        "version: 1\n"
        "database: data/monitor.db\n"
        "topics:\n"
        "  one:\n"
        "    titel: One\n"
        "    query: 'a AND'\n"
        "    feeds: [https://example.org/feed.xml]\n"
        "    schedule: every now and then\n"
    )
    found = monitor("check", cwd=tmp_path)

    assert 4 == found.returncode
    lines = found.stdout.splitlines()
    assert any(f"{path.name}:5:5:" in line and "title" in line for line in lines), lines
    assert any(f"{path.name}:6:" in line for line in lines), lines
    assert any(f"{path.name}:8:15:" in line for line in lines), lines
    as_json = json.loads(monitor("check", "--json", cwd=tmp_path).stdout)
    assert (False, lines) == (as_json["ok"], as_json["findings"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["statsu"], 2, "Did you mean 'status'?"),
        (["status"], 10, "monitor init"),
        (["check", "-c", "nowhere.yaml"], 10, "nowhere.yaml"),
        (["search"], 2, "QUERY"),
        (["poll", "--nonsense"], 2, "--nonsense"),
        (["check", "-c", "."], 4, ""),
    ],
)
def test_what_goes_wrong_has_a_sentence_and_a_code(tmp_path, words, code, said):
    found = monitor(*words, cwd=tmp_path)

    assert code == found.returncode
    assert said in found.stderr + found.stdout
    assert "Traceback" not in found.stderr


def test_the_archive_answers(tmp_path):
    """One archive, asked by every command that reads it."""
    import asyncio

    async def fill():
        async with Town(2) as town:
            one, two = town.outlets
            one.publish("/a", "Waffenstillstand in Genf\x1b[2J", sentences("wire", 24))
            two.publish("/b", "Genfer Waffenstillstand", sentences("wire", 24))
            two.publish("/c", "Kürbisse", sentences("c", 12).replace("Waffenstillstand", "Garten"))
            path = town.config(tmp_path)
            done = await asyncio.to_thread(monitor, "poll", "--all", "--json", "-c", path, cwd=tmp_path)
            return path, done, [outlet.address for outlet in town.outlets]

    path, done, addresses = asyncio.run(fill())
    assert 0 == done.returncode, done.stderr
    summary = json.loads(done.stdout)
    assert (2, 0, {"stored": 2, "off_topic": 1}) == (
        summary["feeds_polled"],
        summary["feeds_failed"],
        summary["entries"],
    )

    def ask(*words):
        found = monitor("-c", path, *words, cwd=tmp_path)
        assert 0 == found.returncode, found.stderr
        assert "\x1b" not in found.stdout
        return found.stdout

    found = json.loads(ask("search", "waffenstillstand", "--json"))
    assert 2 == len(found)
    assert "[Waffenstillstand]" in found[0]["snippet"] + found[0]["title"]
    assert "Genf" in ask("search", "genf*")
    explained = json.loads(ask("explain", f"{addresses[1]}/b?utm_source=x", "--json"))
    assert "identical" == explained["article"]["copy"]["kind"]
    assert "stored" == explained["entries"][0]["state"]
    left_out = ask("explain", f"{addresses[1]}/c")
    assert (True, True) == ("off topic: truce" in left_out, "in title and summary\n" in left_out)
    assert "identical" in ask("explain", f"{addresses[1]}/b")
    story = json.loads(ask("story", "1", "--json"))
    assert ["original", "identical"] == [member["kind"] for member in story["members"]]
    assert "first" in ask("story", "1")
    status = json.loads(ask("status", "--json"))
    assert (None, 2, {"ok": 2}) == (status["running"], status["counts"]["articles"], status["feeds"])
    assert "2 articles" in ask("status")
    assert "truce" in ask("topics", "list")
    assert 1 == json.loads(ask("topics", "list", "--json"))[0]["articles"] - 1
    assert "ok" in ask("feeds", "list")
    missing = monitor("-c", path, "explain", "https://example.org/never", cwd=tmp_path)
    assert (1, True) == (missing.returncode, "never seen" in missing.stderr)
    bad = monitor("-c", path, "search", '"open', cwd=tmp_path)
    assert (2, True) == (bad.returncode, "a quotation mark is opened here and never closed" in bad.stderr)


def test_import_takes_folders_lines_and_pages_and_nothing_twice(tmp_path):
    folder = tmp_path / "earlier"
    folder.mkdir()
    (folder / "one.txt").write_text(
        f"Title: One\nOutlet: taz.de\nPublished: 2025-08-06T19:30:00Z\n\n{sentences('one', 12)}",
        encoding="utf-8",
    )
    (folder / "two.txt").write_text(sentences("two", 12), encoding="utf-8")
    rows = [
        {"id": 1, "url": "https://example.org/1?utm_source=x", "title": "Copy", "text": sentences("one", 12),
         "published": "2025-08-07T06:00:00+02:00", "outlet": "Example", "language": "de"},
        {"id": 2, "title": "No text"},
    ]  # fmt: skip
    (folder / "three.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    text = "".join(f"<p>{part}</p>" for part in sentences("page", 18).split("\n"))
    (folder / "four.html").write_text(
        f"<html lang=de><title>Vier</title><article><h1>Vier</h1>{text}</article>"
    )
    path = tmp_path / "monitor.yaml"
    path.write_text(
        "version: 1\ndatabase: data/monitor.db\ntopics:\n  t: {title: T, query: genf OR wien OR doha, "
        "feeds: ['https://example.org/feed.xml'], schedule: every 10 minutes}\n"
    )
    first = monitor("import", folder, "--json", cwd=tmp_path)
    again = monitor("import", folder, "--json", cwd=tmp_path)

    assert 3 == first.returncode
    told = json.loads(first.stdout)
    assert (4, 1, 1) == (told["imported"], told["copies"], len(told["failed"]))
    assert "three.jsonl:2" in told["failed"][0]
    told = json.loads(again.stdout)
    assert (0, 4) == (told["imported"], told["known"])
    story = json.loads(monitor("explain", "https://example.org/1", "--json", cwd=tmp_path).stdout)
    assert "seed:one.txt" == story["article"]["copy"]["original_url"]
    assert "2025-08-07T04:00:00Z" == story["article"]["first_seen_at"]


def test_extract_prints_what_the_extractor_sees(tmp_path):
    page = tmp_path / "page.html"
    text = "".join(f"<p>{part}</p>" for part in sentences("page", 18).split("\n"))
    page.write_text(
        f"<html lang=de><title>Vier</title><article><h1>Vier</h1>{text}</article>", encoding="utf-8"
    )
    found = monitor("extract", page, cwd=tmp_path)

    assert 0 == found.returncode, found.stderr
    seen = json.loads(found.stdout)
    assert ("article", "Vier", "de") == (seen["quality"]["kind"], seen["title"], seen["language"])
    assert seen["text"].endswith(sentences("page", 18))


def test_help_imports_nothing_heavy():
    """Lazy imports keep `--help` under 0.3 s of CPU; `benchmarks/` measures it."""
    code = (
        "import sys\nsys.argv = ['monitor', '--help']\nfrom monitor.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'aiohttp', 'trafilatura', 'sqlite_utils', 'apscheduler', 'feedparser', 'yaml', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stderr.strip()


@pytest.mark.parametrize("command", sorted(PLACES))
def test_every_command_explains_itself(command):
    found = CliRunner().invoke(cli, [command, "--help"], prog_name="monitor")

    assert 0 == found.exit_code, found.output
    assert "Usage: monitor" in found.output
    assert found.output.count("\n") > 3


def test_the_program_is_installed_under_its_name():
    assert shutil.which("monitor", path=str(Path(sys.executable).parent))
