"""The units that `init --systemd` writes: right, tight, and what they start exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from monitor import systemd
from monitor.cli import cli
from monitor.systemd import DAEMON, DATASETTE, Place, quoted, units

ROOT = Path(__file__).parents[1]
ANALYZE = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (Debian: systemd)"
)


@pytest.fixture
def written(tmp_path):
    """Both units in a folder, as `init` writes them."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "init", "--systemd", str(tmp_path)], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path / "systemd"


@ANALYZE
@pytest.mark.parametrize("name", [DAEMON, DATASETTE])
def test_systemd_finds_nothing_wrong_with_the_units(written, name):
    done = subprocess.run(
        ["systemd-analyze", "verify", str(written / name)], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)


@ANALYZE
@pytest.mark.parametrize("name", [DAEMON, DATASETTE])
def test_the_units_are_exposed_to_at_most_2(written, name):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(written / name)], capture_output=True, text=True, check=False
    )  # fmt: skip
    (score,) = re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)

    assert float(score) <= 2.0


def test_the_units_start_commands_that_exist_and_can_write_the_data_alone(written, tmp_path):
    for name, command in ((DAEMON, "run"), (DATASETTE, "serve")):
        lines = dict(
            line.split("=", 1) for line in (written / name).read_text().splitlines() if "=" in line and line[0] != "#"
        )  # fmt: skip
        words = re.findall(r'"([^"]*)"', lines["ExecStart"])

        assert [sys.executable, "-m", "monitor", command] == words[:4]
        assert str(tmp_path / "config" / "monitor.yaml") == words[-1]
        assert (str(tmp_path / "data"), "strict") == (lines["ReadWritePaths"], lines["ProtectSystem"])
        assert lines["User"] != "root"


def test_a_unit_that_is_there_stays_as_it_is(written, tmp_path):
    (written / DAEMON).write_text("mine")

    subprocess.run([sys.executable, "-m", "monitor", "init", "--systemd", str(tmp_path)], check=True, capture_output=True)  # fmt: skip

    assert "mine" == (written / DAEMON).read_text()


def test_what_lives_at_home_can_be_seen_there():
    home = Place(("/home/ann/venv/bin/python",), Path("/home/ann/monitor.yaml"), Path("/srv/data"), "ann")
    away = Place(
        ("/opt/monitor/bin/python",), Path("/etc/monitor/monitor.yaml"), Path("/srv/data"), "monitor"
    )

    assert "ProtectHome=read-only" in units(home)[DAEMON]
    assert "ProtectHome=yes" in units(away)[DAEMON]


WORDS = {"plain": '"plain"', "50%": '"50%%"', "$HOME": '"$$HOME"', 'a "b"': '"a \\"b\\""', "c\\d": '"c\\\\d"'}


@pytest.mark.parametrize("word", WORDS)
def test_a_path_is_quoted_as_systemd_reads_it(word):
    assert WORDS[word] == quoted([word])


def test_the_watchdog_has_time_for_three_looks_and_the_end_for_its_last_word():
    from monitor import daemon
    from monitor.attendant import LOOK_EVERY

    unit = units(Place(("/p",), Path("/c"), Path("/d"), "u"))[DAEMON]

    assert 3 * LOOK_EVERY < float(re.search(r"WatchdogSec=(\d+)", unit)[1])
    assert daemon.LAST_WORD.total_seconds() < float(re.search(r"TimeoutStopSec=(\d+)", unit)[1])
    assert systemd.HARDENING["NoNewPrivileges"] == "yes"


# ── the container ────────────────────────────────────────────────────────────────────────────────


def test_the_container_is_not_root_has_a_volume_and_a_health_check_that_exists():
    text = (ROOT / "Containerfile").read_text()
    steps = dict(re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE))
    context = click.Context(cli, info_name="monitor")

    assert steps["USER"].split(":")[0] not in {"root", "0"}
    assert "/data" == steps["VOLUME"]
    for line in (steps["HEALTHCHECK"], steps["CMD"]):
        words = [word for word in re.findall(r'"([^"]+)"', line) if word != "monitor"]
        command = cli.get_command(context, words[0])
        options = {option for param in command.params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= options
    for copied in re.findall(r"^COPY ([^-].*) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in copied.split())


def test_the_container_has_every_extra_but_the_models_and_is_built_and_run_as_the_page_says():
    import tomllib

    from monitor import daemon

    text = (ROOT / "Containerfile").read_text()
    page = (ROOT / "docs" / "operating.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (extras,) = re.findall(r"pip install .*'\.\[(.*)\]'", text)
    told = [line[4:] for line in text.splitlines() if line.startswith("#   podman")]
    (timeout,) = re.findall(r"--stop-timeout (\d+)", told[1])

    assert set(project["optional-dependencies"]) - {"dev", "vectors"} == set(extras.split(","))
    assert "monitor" in project["scripts"]
    assert all(line in page for line in told)
    assert ("--format docker" in told[0], "HEALTHCHECK" in text) == (True, True)
    assert daemon.LAST_WORD.total_seconds() < int(timeout)


def test_nothing_that_the_container_copies_is_ignored_and_what_is_private_is():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] != "#"]
    copied = re.findall(r"^COPY ([^-].*) \S+$", (ROOT / "Containerfile").read_text(), re.MULTILINE)

    assert not set(ignored) & {name.strip("./") for line in copied for name in line.split()}
    assert {"data", ".git", ".venv*"} <= set(ignored)
