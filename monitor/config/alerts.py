"""What is announced where, put together: targets, the mail server, saved searches; and what cannot be."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from importlib.util import find_spec

from monitor.config.checks import File
from monitor.config.document import Scalar, node_at, place_in
from monitor.config.rows import AlertRow, Root, SmtpRow
from monitor.core.complaints import Checker
from monitor.core.hours import length
from monitor.errors import QueryError
from monitor.model import AlertTarget, SavedSearch, SmtpRules

PORTS = {"starttls": 587, "tls": 465, "none": 25}


def targets_of(root: Root, file: File) -> tuple[AlertTarget, ...]:
    """The targets of `alerts:`. Ones that could never announce anything are findings."""
    for name, row in root.alerts.items():
        _check_target(name, row, root, file)
    return tuple(_target(name, row) for name, row in root.alerts.items())


def _target(name: str, row: AlertRow) -> AlertTarget:
    """A target; what the file leaves out has the model's default."""
    said = {
        key: value for key in ("at_most", "max_age", "updates") if (value := getattr(row, key)) is not None
    }
    if row.outlets is not None:
        said["outlets"] = tuple(sorted(set(row.outlets)))
    return AlertTarget(
        name,
        row.to or "",
        row.when.when,
        row.when.at,
        row.timezone,
        row.quiet_hours,
        secret=row.secret,
        **said,
    )


def _check_target(name: str, row: AlertRow, root: Root, file: File) -> None:
    to = (row.to or "").lower()
    is_web = to.startswith(("http://", "https://"))
    if to.startswith("mailto:") and root.smtp is None and not file.keys("smtp"):
        file.tell(("alerts", name, "to"), "e-mail needs a mail server; name it under 'smtp'")
    if to and not is_web and not to.startswith("mailto:") and find_spec("apprise") is None:
        what = "this is for Apprise, which is not installed: pip install 'wirewatch-monitor[notify]'"
        file.tell(("alerts", name, "to"), what)
    if row.secret is not None and to and not is_web:
        file.tell(("alerts", name, "secret"), "only what goes to a webhook is signed; 'to' is none")
    if row.quiet_hours and (row.max_age or timedelta(days=7)) <= length(row.quiet_hours):
        what = "what comes in quiet hours would be too old when they end; write a longer time"
        file.tell(("alerts", name, "max_age"), what)


def smtp_of(root: Root, file: File) -> SmtpRules | None:
    """The mail server, its port being the usual one where none is written."""
    row: SmtpRow | None = root.smtp
    if row is None:
        return None
    security = row.security or "starttls"
    name, _, number = row.host.rpartition(":")
    host, port = (name, number) if name and number.isdecimal() else (row.host, "")
    if (row.user is None) != (row.password is None):
        file.tell_key(("smtp",), "user and password belong together; one of them is missing")
    if row.password is not None and security == "none" and host not in {"localhost", "127.0.0.1", "[::1]"}:
        file.tell_key(("smtp",), "a password is not sent without encryption; use starttls or tls")
    return SmtpRules(
        host=host.strip("[]"),
        sender=row.sender,
        port=int(port) if port else PORTS[security],
        security=security,  # type: ignore[arg-type]  # checked when it was read
        user=row.user,
        password=row.password,
    )


def saved_of(root: Root, file: File) -> tuple[SavedSearch, ...]:
    """The saved searches. Queries that FTS5 refuses, and names that are a topic's, are findings."""
    with closing(Checker()) as checker:
        for name, query in root.saved.items():
            if name in root.topics:
                file.tell_key(("saved", name), "a topic has this name, and its feeds would be the same files")
            try:
                checker.check(query)
            except QueryError as error:
                node = node_at(file.tree, ("saved", name))
                within = isinstance(node, Scalar) and not node.secret and error.offset is not None
                mark = place_in(node, file.text, error.offset or 0) if within else node.mark  # type: ignore[arg-type]
                file.findings.add(mark, f"saved.{name}: {error}")
    return tuple(SavedSearch(name, " ".join(query.split())) for name, query in root.saved.items())
