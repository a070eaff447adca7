"""Where the configuration and its database are. Imports nothing heavy: `monitor status` starts here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from monitor.config.findings import Findings, Mark
from monitor.errors import ConfigError, NotFoundError

VARIABLE = re.compile(r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}")  # `$${X}` is the text `${X}`


def candidates(environ: Mapping[str, str], cwd: Path) -> list[Path]:
    """Where a configuration is looked for when none is named, in this order."""
    home = environ.get("HOME")
    xdg = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    places = [cwd / "config" / "monitor.yaml", cwd / "monitor.yaml"]
    places += [Path(xdg) / "monitor" / "monitor.yaml"] if xdg else []
    return [*places, Path("/etc/monitor/monitor.yaml")]


def find(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The configuration to use: the one named, else `MONITOR_CONFIG`, else the first one that exists.

    A named one is given back whether it exists or not. Raises NotFoundError when there is none.
    """
    if named := explicit or environ.get("MONITOR_CONFIG"):
        return cwd / home_spelled_out(named, environ)
    places = candidates(environ, cwd)
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(map(str, places))
    raise NotFoundError(f"there is no configuration; looked for {looked}. 'monitor init' writes one")


def contents(path: Path) -> bytes:
    """The bytes of a configuration. Raises NotFoundError where it is missing, ConfigError where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"{path}: there is no such configuration; 'monitor init' writes one") from error
    except IsADirectoryError as error:
        raise ConfigError([f"{path}:1:1: this is a folder; name the file in it"]) from error
    except OSError as error:
        raise ConfigError([f"{path}:1:1: cannot be read: {error.strerror}"]) from error


def database_of(path: Path, environ: Mapping[str, str]) -> Path:
    """The database that a configuration names, without looking at the rest of it."""
    from yaml import YAMLError

    from monitor.config.document import top_value

    findings = Findings(path)
    try:
        text = top_value(contents(path), "database")
    except (YAMLError, UnicodeError) as error:
        raise ConfigError([f"{path}:1:1: cannot be read as YAML; 'monitor check' says where"]) from error
    if not text:
        findings.add(Mark(1, 1), "database is missing")
        raise findings.error()
    spelled, missing = spelled_out(text, environ)
    for name in missing:
        findings.add(Mark(1, 1), f"database: the environment variable {name} is not set")
    if findings:
        raise findings.error()
    database = beside(path, spelled, environ)
    if why := refusal(database.with_name(f"{database.name}-wal")):
        findings.add(Mark(1, 1), f"database: no file can be there: {why}")
        raise findings.error()
    return database


def spelled_out(text: str, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """A text with its `${NAME}`s replaced, and the names of those that are not set."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        escaped, name = found.groups()
        if escaped:
            return f"${{{name}}}"
        if name not in environ:
            missing.append(name)
        return environ.get(name, "")

    return VARIABLE.sub(value, text), missing


def beside(path: Path, text: str, environ: Mapping[str, str]) -> Path:
    """A path of the configuration as an absolute one; relative ones start at the configuration's folder."""
    return (path.absolute().parent / home_spelled_out(text, environ)).resolve()


def refusal(path: Path) -> str | None:
    """Why the system can have nothing at this path, as where it is too long; None where it can."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except OSError as error:
        return error.strerror or str(error)
    return None


def home_spelled_out(text: str, environ: Mapping[str, str]) -> str:
    """A path with `~/` replaced by the user's folder."""
    home = environ.get("HOME")
    return f"{home}/{text[2:]}" if home and text.startswith("~/") else text


def default_text() -> str:
    """The configuration that ships with the package, commented."""
    installed = Path(__file__).parent / "default.yaml"
    source = installed if installed.is_file() else Path(__file__).parents[2] / "config" / "monitor.yaml"
    return source.read_text(encoding="utf-8")


def seeds_folder() -> Path:
    """The earlier stories that ship with the package."""
    installed = Path(__file__).parent / "seeds"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "seeds"


def default_seeds() -> dict[str, str]:
    """The earlier stories that ship with the package, by file name."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(seeds_folder().iterdir())
        if path.is_file()
    }
