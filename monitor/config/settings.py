"""The whole way from a YAML file to frozen settings: read, fill in, fit, check, put together.

    contents → document.read → secrets.fill_in → shape.fitted → checks → Settings

Every step adds its findings to the same list; settings are made only when there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.config import alerts, checks, models
from monitor.config.checks import Feeds, File
from monitor.config.document import read
from monitor.config.findings import Findings
from monitor.config.hidden import hide, secrets_of
from monitor.config.openness import check_openness
from monitor.config.places import contents
from monitor.config.rows import FetchRow, KeepRow, Root
from monitor.config.secrets import fill_in
from monitor.config.shape import fitted
from monitor.model import BackupRules, FetchRules, KeepRules, Schedule, Settings, Topic


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of a configuration.

    Raises ConfigError with everything that is wrong with it, in the order of the file, and NotFoundError
    when there is no such file.
    """
    return settled(contents(path), path, environ)


def settled(data: bytes, path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings that these bytes would be as the file at `path`. Raises ConfigError, as `load` does."""
    findings = Findings(path)
    tree, text = read(data, findings)
    if tree is None:
        raise findings.error()
    fill_in(tree, environ, findings)
    check_openness(tree, findings)
    root = fitted(tree, findings)
    settings = _checked(root, File(tree, text, environ, findings)) if root else None
    if findings or settings is None:
        raise findings.error()
    return settings


def _checked(root: Root, file: File) -> Settings:
    """The settings, with a finding for whatever leads nowhere or cannot be."""
    feeds = Feeds(named=checks.named_feeds(root, file))
    checks.listed_feeds(root, file, feeds)
    checks.check_names(root, file)
    sources, topics = hide(feeds.used.values(), _topics(root, feeds, file), file.tree)
    return Settings(
        path=file.findings.path.absolute(),
        database=checks.database_of(root, file),
        topics=topics,
        feeds=sources,
        seeds=checks.seeds_of(root, file),
        alerts=alerts.targets_of(root, file),
        fetch=_fetch(root.fetch, root.contact),
        keep=_keep(root.keep),
        workers=root.workers,
        tracking_parameters=root.tracking_parameters,
        smtp=alerts.smtp_of(root, file),
        saved=alerts.saved_of(root, file),
        backup=BackupRules(root.backup.every.every, root.backup.every.at, root.backup.keep, root.backup.pages)
        if root.backup
        else None,
        metrics=root.metrics,
        events=models.events_of(root, file),
        secrets=secrets_of(file.tree, sources),
    )


def _topics(root: Root, feeds: Feeds, file: File) -> tuple[Topic, ...]:
    queries = {topic_id: checks.query_of(topic_id, row, file) for topic_id, row in root.topics.items()}
    looked_for = checks.check_queries(queries, {t for t, row in root.topics.items() if row.spellings}, file)
    schedules: dict[str, Schedule] = {}
    addresses: dict[str, tuple[str, ...]] = {}
    for topic_id, row in root.topics.items():
        schedules[topic_id] = checks.schedule_of(topic_id, row, file)
        addresses[topic_id] = checks.feeds_of_topic(topic_id, row, feeds, file)
        allowed = frozenset(root.fetch.allow_private)
        checks.check_floor(topic_id, schedules[topic_id], addresses[topic_id], allowed, file)
    return tuple(
        Topic(
            id=topic_id,
            title=row.title or topic_id,
            query=looked_for[topic_id],
            schedule=schedules[topic_id],
            feeds=addresses[topic_id],
            languages=tuple(dict.fromkeys(row.languages)),
            outlets=tuple(dict.fromkeys(row.outlets)),
            exclude=tuple(dict.fromkeys(row.exclude)),
            alert=tuple(dict.fromkeys(row.alert)),
            written=" ".join(queries[topic_id].split()) if row.spellings else "",
            rise=row.rise,
        )
        for topic_id, row in root.topics.items()
    )


def _fetch(row: FetchRow, contact: str | None) -> FetchRules:
    """The rules of fetching; what the file leaves out has the model's default."""
    said = {
        name: value
        for name in ("per_host_delay", "timeout", "max_page", "max_feed")
        if (value := getattr(row, name)) is not None
    }
    return FetchRules(contact=contact, proxy=row.proxy, allow_private=frozenset(row.allow_private), **said)


def _keep(row: KeepRow) -> KeepRules:
    """The rules of keeping; what the file leaves out has the model's default."""
    said = {name: value for name in ("articles", "entries") if (value := getattr(row, name)) is not None}
    if row.reread is not None:
        said["reread"] = tuple(sorted(set(row.reread)))
    return KeepRules(pages=row.pages, **said)
