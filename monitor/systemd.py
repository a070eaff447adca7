"""The units of the daemon and of Datasette, as text: what systemd lets each of them do, and no more.

Written for systemd 247 and newer. Every path is absolute; the data's folder is the only one that can be
written. What is forbidden is what neither needs: `systemd-analyze security` counts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DAEMON, DATASETTE = "monitor.service", "monitor-datasette.service"

# What neither needs, in the order of systemd.exec(5).
HARDENING = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "ProtectHostname": "yes",
    "ProtectClock": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "RemoveIPC": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": ("@system-service", "~@privileged"),
    "SystemCallErrorNumber": "EPERM",
    "UMask": "0027",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation lives. `program` are the words that start `monitor`; paths are absolute."""

    program: Sequence[str]
    config: Path
    data: Path
    user: str


def units(place: Place) -> Mapping[str, str]:
    """Both units, by file name."""
    return {DAEMON: daemon(place), DATASETTE: datasette(place)}


def daemon(place: Place) -> str:
    """The unit of `monitor run`: ready when it is, killed when it makes no progress for two minutes."""
    start = quoted([*place.program, "run", "--config", str(place.config)])
    return _unit(
        "A news monitor: polls feeds, reads articles, recognises copies",
        ["After=network-online.target", "Wants=network-online.target"],
        {
            "Type": "notify",
            "ExecStart": start,
            "ExecReload": "/bin/kill -HUP $MAINPID",
            # 4: the configuration is invalid, 10: there is none. A restart mends neither.
            "RestartPreventExitStatus": "2 4 10",
            "SuccessExitStatus": "143",
            "WatchdogSec": "120",
            # After an update, a large database is copied and its tables are changed before it is ready.
            "TimeoutStartSec": "1h",
            "TimeoutStopSec": "45",
            # Secrets for ${NAME} in the configuration, one NAME=value a line, readable by root alone.
            "EnvironmentFile": "-/etc/monitor/secrets.env",
            "MemoryMax": "2G",
            "TasksMax": "256",
            "LimitNOFILE": "16384",
            # Second wall behind our own check of every address.
            "IPAddressDeny": "link-local multicast",
        },
        place,
    )


def datasette(place: Place) -> str:
    """The unit of `monitor serve`: reads, and talks to this machine alone; put a web server in front of it."""
    start = quoted([*place.program, "serve", "--config", str(place.config)])
    return _unit(
        "Datasette on the news monitor's database",
        [f"After={DAEMON}"],
        {
            "Type": "exec",
            "ExecStart": start,
            "TimeoutStopSec": "10",
            "MemoryMax": "1G",
            "TasksMax": "64",
            "IPAddressDeny": "any",
            "IPAddressAllow": "localhost",
        },
        place,
    )


def quoted(words: Sequence[str]) -> str:
    """A command line as systemd.service(5) reads it: quoted, and neither `%` nor `$` means anything."""
    return " ".join(
        '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") + '"'
        for word in words
    )


def _unit(what: str, order: Sequence[str], service: Mapping[str, str | Sequence[str]], place: Place) -> str:
    at_home = any(path.is_relative_to("/home") or path.is_relative_to("/root") for path in _paths(place))
    lines = {
        **service,
        "User": place.user,
        "WorkingDirectory": str(place.data),
        # SQLite keeps a log and an index beside the database: whoever reads it has to be able to write there.
        "ReadWritePaths": str(place.data),
        # What lives at home has to be seen; nothing of it but the data can be changed.
        "ProtectHome": "read-only" if at_home else "yes",
        "Restart": "always",
        "RestartSec": "5",
        "KillMode": "mixed",  # the daemon ends its own children, when what is in hand is done
        **HARDENING,
    }
    return "\n".join([
        "# Written by `monitor init --systemd`. Copy it to /etc/systemd/system/, then:",
        "#   systemctl daemon-reload && systemctl enable --now " + (DATASETTE if "Datasette" in what else DAEMON),
        "",
        "[Unit]",
        f"Description={what}",
        *order,
        "",
        "[Service]",
        *(f"{name}={value}" for name, values in lines.items() for value in ([values] if isinstance(values, str) else values)),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
        "",
    ])  # fmt: skip


def _paths(place: Place) -> Sequence[Path]:
    return (Path(place.program[0]), place.config, place.data)
