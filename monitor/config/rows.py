"""The shape of the configuration file: what may stand where, and what it means, for checks and for editors.

The JSON Schema is made from these classes; their descriptions are what an editor shows on hover.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, SkipJsonSchema
from pydantic_core import CoreSchema, core_schema

from monitor.config import announcing, care_values, schedules, values
from monitor.model import Schedule


@dataclass(frozen=True, slots=True)
class Reads:
    """A value written as one scalar, and the function that reads it."""

    function: Callable[[str], Any]
    kinds: tuple[str, ...] = ("string",)
    examples: tuple[Any, ...] = ()
    pattern: str | None = None

    def read(self, value: Any) -> Any:
        """The value of a scalar. Raises ValueError with a sentence."""
        if value is None:
            raise ValueError("is empty")
        if not isinstance(value, str):
            raise ValueError("is a list or a mapping, where one value is meant")  # noqa: TRY004  pydantic's way
        return self.function(value)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema: JsonSchemaValue = {"type": self.kinds[0] if len(self.kinds) == 1 else list(self.kinds)}
        if self.examples:
            schema["examples"] = list(self.examples)
        if self.pattern:
            schema["pattern"] = self.pattern
        return schema


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that is one of few, written as one scalar."""

    reads: Reads
    choices: tuple[Any, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.reads.read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"enum": list(self.choices)}


@dataclass(frozen=True, slots=True)
class Short:
    """A mapping that may be written as one scalar, which then stands for `key`."""

    key: str

    def widen(self, value: Any) -> Any:
        """The scalar as the mapping it stands for."""
        return {self.key: value} if isinstance(value, str) else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.widen, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class _OneOrMore:
    """A list that may be written as its only item."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def widen(value: Any) -> Any:
            return [value] if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(widen, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        listing = handler(schema)
        return {"anyOf": [listing["items"], listing]}


ONE_OR_MORE = _OneOrMore()

Text = Annotated[str, Reads(values.text)]
Query = Annotated[str, Reads(values.words)]
Location = Annotated[str, Reads(values.path)]
Address = Annotated[str, Reads(values.address, pattern=r"^(https?://|.*\$\{)")]
Secret = Annotated[str, Reads(values.secret_address, examples=("${DESK_WEBHOOK}",))]
Lifetime = Annotated[timedelta, Reads(values.lifetime, examples=("30 days", "1 year"))]
Destination = Annotated[
    str, Reads(announcing.destination, examples=("${DESK_WEBHOOK}", "mailto:desk@example.org"))
]
Hidden = Annotated[str, Reads(announcing.hidden, examples=("${DESK_SECRET}",))]
YesNo = Annotated[bool, Reads(announcing.yes_or_no, ("boolean",))]
Texts = Annotated[tuple[Text, ...], ONE_OR_MORE]
Locations = Annotated[tuple[Location, ...], ONE_OR_MORE]
Domains = Annotated[tuple[Annotated[str, Reads(values.domain)], ...], ONE_OR_MORE]
Languages = Annotated[tuple[Annotated[str, Reads(values.language)], ...], ONE_OR_MORE]
FeedNames = Annotated[tuple[Annotated[str, Reads(values.feed_name)], ...], ONE_OR_MORE]
Hosts = Annotated[
    tuple[Annotated[str, Reads(values.host_port, examples=("127.0.0.1:8765", "nas.local:*"))], ...],
    ONE_OR_MORE,
]
Parameters = Annotated[tuple[Annotated[str, Reads(values.parameter)], ...], ONE_OR_MORE]
Ages = Annotated[tuple[Lifetime, ...], ONE_OR_MORE]


class Row(BaseModel):
    """A mapping with the keys it may have, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QueryRow(Row):
    """Words instead of a query: at least one of `any`, every one of `all`, none of `none`."""

    query: SkipJsonSchema[Query | None] = None
    any: Texts = Field((), description="At least one of these words or phrases; * stands for any ending.")
    all: Texts = Field((), description="Every one of these words or phrases.")
    none: Texts = Field((), description="None of these words or phrases.")


class ScheduleRow(Row):
    """When the topic's feeds are asked."""

    words: SkipJsonSchema[Annotated[Schedule, Reads(schedules.schedule)] | None] = None
    every: Annotated[Schedule, Reads(schedules.every, examples=("10 minutes", "2 hours"))] | None = Field(
        None, description="How often: 10 minutes, 2 hours, 1 day."
    )
    cron: Annotated[str, Reads(schedules.cron, examples=("*/10 6-22 * * mon-fri",))] | None = Field(
        None, description="Minute, hour, day, month, weekday, as in crontab(5)."
    )
    timezone: Annotated[str, Reads(schedules.timezone, examples=("Europe/Berlin",))] | None = Field(
        None, description="The time zone of the cron line; UTC where none is named."
    )


class TopicRow(Row):
    """What is watched."""

    title: Text | None = Field(
        None, description="The title people read; the topic's key where it is left out."
    )
    query: Annotated[QueryRow, Short("query")] = Field(
        description="Which articles belong to the topic, in the syntax of SQLite's FTS5: AND OR NOT, "
        '"phrases", beginnings*, NEAR(a b, 5), title : word. Or lists of words under any, all and none.',
        examples=['ukrain* AND (ceasefire OR "peace talks")'],
    )
    feeds: FeedNames = Field(
        (),
        description="The feeds to watch: addresses, names under 'feeds', titles or folders of a list under "
        "'feed_lists', or the list's file name for all of its feeds.",
    )
    schedule: Annotated[ScheduleRow, Short("words")] | None = Field(
        None,
        description="How often the feeds are asked: 'every 10 minutes', or a cron line. Public sites are "
        "not asked more often than every 5 minutes, or every minute where they allow it.",
        examples=["every 10 minutes", "every 2 hours", 'cron: "*/10 6-22 * * mon-fri"'],
    )
    cron: Annotated[str, Reads(schedules.cron, examples=("*/10 6-22 * * mon-fri",))] | None = Field(
        None, description="A cron line instead of a schedule: minute, hour, day, month, weekday."
    )
    timezone: Annotated[str, Reads(schedules.timezone, examples=("Europe/Berlin",))] | None = Field(
        None, description="The time zone of the cron line; UTC where none is named."
    )
    languages: Languages = Field((), description="Only articles in these languages (de, en …).")
    outlets: Domains = Field((), description="Only articles of these outlets, by domain (taz.de).")
    exclude: Domains = Field((), description="No articles of these outlets, by domain.")
    spellings: Annotated[bool, Reads(values.switch, ("boolean",), (True,))] = Field(
        False,
        description="Also look for other spellings of the query's words: Kyiv, Kyjiw, Kiew; ss for ß; ae for ä. "
        "`monitor topics show` lists them.",
    )
    alert: Texts = Field((), description="Where matching stories are announced: names under 'alerts'.")
    rise: YesNo = Field(
        False, description="Whether a sudden rise in articles is announced as well (true or false)."
    )


class FeedRow(Row):
    """A feed with a name of its own."""

    url: Address | None = Field(None, description="The feed's address.")
    url_file: Location | None = Field(None, description="A file that holds the feed's address.")
    outlet: Text | None = Field(None, description="Who publishes it, as people call them.")


class AlertRow(Row):
    """Where topics announce."""

    to: Destination | None = Field(
        None,
        description="A webhook's address, best as ${NAME} of the environment; mailto: with one or more e-mail "
        "addresses; or an address of Apprise (ntfy://, tgram:// …), where that is installed.",
    )
    to_file: Location | None = Field(None, description="A file that holds the address.")
    when: Annotated[
        values.Announce, Reads(values.announce, examples=("every story", 'digest at "07:00"'))
    ] = Field(
        values.Announce("story"), description="With 'every story', or once a day: 'digest at \"07:00\"'."
    )
    timezone: Annotated[str, Reads(schedules.timezone, examples=("Europe/Berlin",))] | None = Field(
        None, description="The time zone of digests and quiet hours; that of the topic where none is named."
    )
    quiet_hours: (
        Annotated[tuple[str, str], Reads(announcing.quiet_hours, examples=("22:00-07:00",))] | None
    ) = Field(None, description="When nothing is sent, as in 22:00-07:00; what comes meanwhile waits.")
    at_most: (
        Annotated[tuple[int, timedelta], Reads(announcing.rate, examples=("30 per minute", "10 per hour"))]
        | None
    ) = Field(None, description="How many messages are sent in a time: 30 per minute, 10 per hour.")
    max_age: Lifetime | None = Field(
        None, description="What has waited longer than this is not sent any more, which is said; 7 days."
    )
    secret: Hidden | None = Field(None, description="Signs what is sent to a webhook; best as ${NAME}.")
    secret_file: Location | None = Field(None, description="A file that holds the secret.")
    updates: YesNo | None = Field(
        None,
        description="Whether news of a story is announced as well: the first own report, a correction of the "
        "original, many outlets; true.",
    )
    outlets: (
        Annotated[tuple[Annotated[int, Reads(announcing.count, ("integer",))], ...], ONE_OR_MORE] | None
    ) = Field(None, description="An update when so many outlets carry a story; 5, 10, 25, 50, 100.")


class SmtpRow(Row):
    """The mail server that alerts by e-mail go through."""

    host: Annotated[str, Reads(announcing.mail_host, examples=("mail.example.org",))] = Field(
        description="The mail server, with its port if it is not the usual one: mail.example.org:587."
    )
    sender: Annotated[str, Reads(announcing.sender, examples=("Monitor <monitor@example.org>",))] = Field(
        description="The address that mails come from."
    )
    security: Annotated[str, Fixed(Reads(announcing.security), ("starttls", "tls", "none"))] | None = Field(
        None, description="How the connection is secured: starttls (port 587), tls (465), none (25)."
    )
    user: Text | None = Field(None, description="The name to log in with; no login where it is left out.")
    password: Hidden | None = Field(None, description="The password; best as ${NAME} of the environment.")
    password_file: Location | None = Field(None, description="A file that holds the password.")


class FetchRow(Row):
    """How sites are asked."""

    per_host_delay: Annotated[float, Reads(values.delay, ("string", "number"), ("2s",))] | None = Field(
        None, description="The pause between two requests to one host; 2s."
    )
    timeout: Annotated[float, Reads(values.deadline, ("string", "number"), ("20s",))] | None = Field(
        None, description="The time a whole request may take; 20s."
    )
    max_page: Annotated[int, Reads(values.size, ("string", "integer"), ("10MB",))] | None = Field(
        None, description="The largest page that is read; 10MB."
    )
    max_feed: Annotated[int, Reads(values.size, ("string", "integer"), ("5MB",))] | None = Field(
        None, description="The largest feed that is read; 5MB."
    )
    proxy: Secret | None = Field(None, description="The address of an HTTP proxy.")
    proxy_file: Location | None = Field(None, description="A file that holds the proxy's address.")
    allow_private: Hosts = Field(
        (), description="Hosts of your own network that may be asked, as host:port or host:*."
    )


class KeepRow(Row):
    """What stays in the database, and for how long."""

    articles: Annotated[str, Fixed(Reads(values.kept_articles), ("matched", "all"))] | None = Field(
        None, description="'matched': articles of a topic; 'all': every article that was read."
    )
    pages: Lifetime | None = Field(
        None, description="How long raw pages are kept; not at all where left out."
    )
    entries: Lifetime | None = Field(None, description="How long entries are kept; 1 year.")
    reread: Ages | None = Field(
        None, description="Ages at which an article is read again for changes; 1h, 6h, 24h, 3 days."
    )


class BackupRow(Row):
    """When the database is copied."""

    every: Annotated[
        care_values.Rhythm, Reads(care_values.rhythm, examples=('1 day at "03:00"', "12 hours"))
    ] = Field(care_values.DAILY, description="How often: '1 day at \"03:00\"' (UTC), 12 hours.")
    keep: Annotated[int, Reads(care_values.count, ("integer",), (7,))] = Field(
        7, description="How many copies stay; 7."
    )
    pages: Annotated[bool, Reads(values.switch, ("boolean",), (False,))] = Field(
        True, description="Whether the raw pages are copied too, where they are kept; yes."
    )


class EventsRow(Row):
    """How events are found across languages, besides by names and numbers."""

    model: Location | None = Field(
        None,
        description="The folder of a static embedding model, as model2vec stores it; none where left out.",
    )
    alike: Annotated[float, Reads(values.portion, ("number",), (0.8,))] | None = Field(
        None, description="How close two texts have to be in meaning, from 0 to 1; 0.8."
    )


class Root(Row):
    """The configuration of monitor."""

    version: Annotated[int, Fixed(Reads(values.version), (1,))] = Field(
        1, description="The version of this file's format."
    )
    database: Location = Field(description="The database file; it is made when it is missing.")
    contact: Annotated[str, Reads(values.contact, examples=("newsdesk@example.org",))] | None = Field(
        None, description="An address where sites can reach you; it is sent with every request."
    )
    topics: dict[str, TopicRow] = Field({}, description="What is watched; the key names a topic for good.")
    feeds: dict[str, Annotated[FeedRow, Short("url")]] = Field(
        {}, description="Names and options for feeds; topics may also list plain addresses."
    )
    feed_lists: Locations = Field((), description="OPML files whose feeds topics may name.")
    seeds: Locations = Field((), description="Files and folders of earlier stories, imported once.")
    alerts: dict[str, AlertRow] = Field({}, description="Where topics can announce, by name.")
    smtp: SmtpRow | None = Field(None, description="The mail server for alerts by e-mail.")
    saved: dict[str, Query] = Field(
        {}, description="Searches of the archive with feeds of their own: a name and a query each."
    )
    fetch: FetchRow = Field(FetchRow(), description="How sites are asked.")
    keep: KeepRow = Field(KeepRow(), description="What stays in the database, and for how long.")
    workers: Annotated[int | str, Reads(values.workers, ("integer",), (2,))] = Field(
        2, description="Processes that read pages."
    )
    backup: Annotated[BackupRow, Short("every")] | None = Field(
        None, description="Copy the database into backups/ beside it; not at all where left out."
    )
    metrics: Annotated[str, Reads(care_values.loopback, examples=("127.0.0.1:9100",))] | None = Field(
        None, description="Where Prometheus may ask the daemon how it is doing: an address of this machine."
    )
    events: EventsRow = Field(EventsRow(), description="How events are found across languages.")
    tracking_parameters: Parameters = Field(
        (), description="More query parameters that only track readers, as in utm_*."
    )


class _Plain(GenerateJsonSchema):
    """Leaves out what an editor shows better without: titles made from names, defaults in our own types."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  pydantic's signature
        """Keys speak for themselves."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The value's schema; its description names the default."""
        return self.generate_inner(schema["schema"])


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    made = Root.model_json_schema(schema_generator=_Plain)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "monitor.yaml"}
