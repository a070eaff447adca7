"""The command line of Datasette on our database, for both lines of versions. Starts nothing itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from monitor.errors import MonitorError
from monitor.web.metadata import SETTINGS


def command(
    database: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    datasette_version: str | None = None,
    extra: Sequence[str] = (),
) -> list[str]:
    """The argv that serves `database` with the files that lie beside it.

    Bound to loopback unless `host` says otherwise. Never immutable (`-i`): the daemon writes while
    Datasette reads, and an immutable file is read without its WAL. `extra` are further arguments of
    `datasette serve`. Raises MonitorError when no Datasette is installed beside this package.
    """
    folder = database.absolute().parent
    return [
        *(sys.executable, "-m", "datasette", "serve", str(database.absolute())),
        *("--host", host, "--port", str(port)),
        *beside(folder, datasette_version or installed_version()),
        *(word for name, value in SETTINGS.items() for word in ("--setting", name, str(int(value)))),
        *extra,
    ]


def beside(folder: Path, datasette_version: str) -> list[str]:
    """Options for the files beside the database, where they are. 0.65 has no configuration file."""
    wanted = [
        ("--metadata", folder / "metadata.yaml", "{}"),
        ("--template-dir", folder / "templates", "{}"),
        ("--plugins-dir", folder / "plugins", "{}"),
        ("--static", folder / "static", "static:{}"),
    ]
    if not datasette_version.startswith("0."):
        wanted.append(("--config", folder / "datasette.yaml", "{}"))
    return [word for option, path, form in wanted if path.exists() for word in (option, form.format(path))]


def installed_version() -> str:
    """The version of the Datasette that `sys.executable` would run."""
    try:
        return version("datasette")
    except PackageNotFoundError:
        raise MonitorError(
            "Datasette is not installed beside monitor: pip install 'wirewatch-monitor[datasette]'"
        ) from None
