"""`upturn.toml` and `UPTURN_*` become one frozen object."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from upturn.alert_limits import AlertLimit, AlertLimits, alert_limits
from upturn.domain.errors import ConfigurationError
from upturn.expressions import re2_expression
from upturn.home import Home
from upturn.internal_rules import InternalRules
from upturn.judge_settings import JudgeSettings
from upturn.secret_setting import OptionalSecret

__all__ = [
    "OVERLAP_IDS",
    "JudgeSettings",
    "RedactionPattern",
    "RedactionSettings",
    "RetentionSettings",
    "Settings",
    "Source",
    "Thresholds",
    "load_settings",
]


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no such time zone; expected an IANA name such as Europe/Paris") from error
    return name


RedactedKind = Literal[
    "email", "phone", "card", "iban", "national_id", "ip", "url_secret", "api_key", "password", "address", "person"
]
OVERLAP_IDS: Final = 1_000
"""Serial ids that one long transaction may hold back while later ones are seen, unless settings say more."""
_EMPTY_MATCHES: Final = ("", "b", "a1", " ", "-", "b b", "-\n-", "é")
"""Texts in which an expression that can match nothing does so."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """One place where a day's logs arrive."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    path: str = ""
    """Path pattern, relative to the home, or an address of an object store, `*` allowed, with the day as `{day}`
    (2026-11-23) or in a strftime form such as `{day:%Y/%m/%d}`; empty: the source is a database."""
    database: Annotated[str, Field(pattern=r"^env:[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """`env:NAME`: the environment variable that holds the database's address; never the address itself."""
    table: str | None = None
    query: str | None = None
    """One select; `:day`, `:day_start` and `:day_end` are the day and its bounds, `:since` the watermark."""
    watermark: str | None = None
    """Column that only grows, such as `updated_at`: what is read begins at its highest value seen."""
    overlap_minutes: Annotated[int, Field(ge=0, le=10_080)] = 10
    """How far before a watermark that is a time rows are read again: what was committed late is not lost."""
    overlap_ids: Annotated[int, Field(ge=0, le=1_000_000_000)] = OVERLAP_IDS
    """How far before a watermark that is a whole number, such as a serial id, rows are read again."""
    format: str | None = None
    """A registered format; None: detected by content."""
    mapping: str | dict[str, Any] | None = None
    """A mapping in place of a format: a TOML file, relative to the home, or its keys themselves."""
    is_required: bool = True
    """Whether a day without this source is incomplete."""
    timezone: str | None = None
    """Zone of times that carry no offset, such as Europe/Paris; None: such times are refused."""

    def pattern_for(self, day: date) -> str:
        """Give the path pattern of one day.

        >>> Source(name="chat", path="inbox/{day:%Y/%m}/chat-{day}.jsonl").pattern_for(date(2026, 11, 3))
        'inbox/2026/11/chat-2026-11-03.jsonl'
        """
        return self.path.format(day=day)

    @model_validator(mode="after")
    def _is_one_kind(self) -> Source:
        if self.format and self.mapping:
            raise ValueError("has a `format` and a `mapping`: expected one of them")
        if bool(self.path) == bool(self.database):
            raise ValueError("expected one of `path` and `database`")
        if self.path and (self.table or self.query or self.watermark):
            raise ValueError("`table`, `query` and `watermark` are of a `database`: this source has a `path`")
        if self.database and bool(self.table) == bool(self.query):
            raise ValueError("a `database` needs one of `table` and `query`")
        if self.database and not (self.watermark or ":day" in (self.query or "")):
            raise ValueError("every day would read all rows: expected a `watermark`, or :day in the `query`")
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return name if name is None else _zone_name(name)

    @field_validator("path")
    @classmethod
    def _names_a_day(cls, path: str) -> str:
        if "@" in path and path.startswith(("s3://", "gs://")):
            raise ValueError("holds credentials: they belong in the environment")
        try:
            if path and path.format(day=date(2001, 2, 3)) == path.format(day=date(2002, 3, 4)):
                raise ValueError("holds no {day}: every day would read the same file")
        except (KeyError, IndexError) as error:
            raise ValueError("only {day} and {day:%Y-%m-%d} forms can stand in braces") from error
        return path


class Thresholds(_Frozen):
    """Limits beyond which a value is reported as a problem."""

    latency_ms: Annotated[float, Field(gt=0)] = 3000.0
    failure_probability: Annotated[float, Field(gt=0, lt=1)] = 0.5
    bad_rating_score: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """A rating with a score (0..1) below this counts as bad; .4 on a 1-5 scale: 1 and 2."""
    alerts: AlertLimits = ()

    @model_validator(mode="before")
    @classmethod
    def _alerts_alone(cls, given: Any) -> Any:
        """Take `[[thresholds]]`, a list of limits, for `[[thresholds.alerts]]`."""
        return {"alerts": given} if isinstance(given, list | tuple) else given

    @property
    def limits(self) -> tuple[AlertLimit, ...]:
        """The limits in force: those given and the other defaults."""
        return alert_limits(self.latency_ms, self.alerts)


class RedactionPattern(_Frozen):
    """A pattern of a team's own, such as its customer numbers."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    regex: Annotated[str, Field(min_length=1, max_length=2000)]
    """RE2 syntax: no backreferences and no lookaround, and time in proportion to the text in return."""
    placeholder: Annotated[str, Field(pattern=r"^<[A-Z][A-Z0-9_]{0,30}>$")]

    @field_validator("regex")
    @classmethod
    def _compiles(cls, regex: str) -> str:
        import re2

        found = re2.compile(re2_expression(regex))
        if any(match.start() == match.end() for text in _EMPTY_MATCHES for match in found.finditer(text)):
            raise ValueError("matches the empty text: it would put its placeholder between all characters")
        return regex


class RedactionSettings(_Frozen):
    """What is replaced in customers' text before anything is stored."""

    is_on: bool = True
    off: frozenset[RedactedKind] = frozenset()
    """Kinds that are kept."""
    phone_regions: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ("US", "GB", "DE", "FR", "ES", "IT", "IN")
    """Where a phone number without +CODE may be from (ISO 3166)."""
    model: str | None = None
    """An installed spaCy model for person names and addresses; None: they are kept."""
    patterns: tuple[RedactionPattern, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _own_names(cls, patterns: tuple[RedactionPattern, ...]) -> tuple[RedactionPattern, ...]:
        taken = set(get_args(RedactedKind))
        for pattern in patterns:
            if pattern.name in taken:
                raise ValueError(f"two kinds are named {pattern.name}")
            taken.add(pattern.name)
        return patterns


class RetentionSettings(_Frozen):
    """How many days a home keeps things; None: for ever. Applied in weekly steps: never late, up to six days early."""

    conversations_days: Annotated[int | None, Field(ge=14)] = None
    """After the last word in or about a conversation it goes whole, with its feedback and judgements."""
    feedback_days: Annotated[int | None, Field(ge=14)] = None
    quarantine_days: Annotated[int | None, Field(ge=14)] = None
    """Refused records that can be read."""
    unparseable_days: Annotated[int | None, Field(ge=14)] = 30
    """Refused lines that can't be read, so that nobody can find a person in them."""
    reports_days: Annotated[int | None, Field(ge=14)] = None
    runs_days: Annotated[int | None, Field(ge=14)] = None
    """What stages did and what checks found; that a day was run stays known."""


class Settings(BaseSettings):
    """Everything a home may configure. Environment variables (`UPTURN_TIMEZONE`, …) win over `upturn.toml`."""

    model_config = SettingsConfigDict(env_prefix="UPTURN_", env_nested_delimiter="__", frozen=True, extra="forbid")

    timezone: str = "UTC"
    start_date: date = date(2026, 1, 1)
    """First day that the daily DAG covers."""
    week_starts_on: Literal["monday"] = "monday"
    idle_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    window_days: Annotated[int, Field(ge=7, le=366)] = 28
    least_term_users: Annotated[int, Field(ge=1, le=1000)] = 3
    """Users who must have said a word before a topic or cluster keeps or shows it."""
    log: str | None = None
    """Where the event log lies: a path relative to the home, or an address such as s3://bucket/events; None: in it."""
    sources: tuple[Source, ...] = ()
    thresholds: Thresholds = Thresholds()
    judge: JudgeSettings = JudgeSettings()
    redaction: RedactionSettings = RedactionSettings()
    internal: InternalRules = ()
    """What tells the team's own traffic from customers'."""
    retention: RetentionSettings = RetentionSettings()
    pseudonym_key: OptionalSecret = None
    """UPTURN_PSEUDONYM_KEY: hex or text; None: the home's key file."""
    fact_key: OptionalSecret = None
    """UPTURN_FACT_KEY: hex or text; None: the home's `fact.key`. Never rotated."""
    suggestion_days: Annotated[int, Field(ge=1)] = 28
    """Days after which a pending suggestion expires."""
    bootstrap_draws: Annotated[int, Field(ge=100, le=100_000)] = 1000
    seed: int = 20261123

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return _zone_name(name)

    @field_validator("sources")
    @classmethod
    def _unique_names(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are named {twice[0]}")
        return sources

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file: `init_settings` carries what `upturn.toml` says."""
        return (env_settings, init_settings)


def load_settings(home: Home) -> Settings:
    """Read the settings of a home; a home without `upturn.toml` has the defaults.

    Raises
    ------
    ConfigurationError
        If the file is no TOML, or a key or value is not one that upturn knows; names file, key, got and expected.
    """
    path: Path = home.configuration
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    if "api_key" in values.get("judge", {}) or values.keys() & {"pseudonym_key", "fact_key"}:
        raise ConfigurationError(
            f"{path} holds a secret: keys belong in the environment "
            "(UPTURN_JUDGE__API_KEY, UPTURN_PSEUDONYM_KEY, UPTURN_FACT_KEY), not in a file that gets committed"
        )
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()
        )
        raise ConfigurationError(f"{path} or UPTURN_*: {lines}. See docs/guide/configuration.md") from error
