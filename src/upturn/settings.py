"""`upturn.toml` and `UPTURN_*` become one frozen object."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from upturn.domain.errors import ConfigurationError
from upturn.home import Home

__all__ = ["JudgeSettings", "Settings", "Source", "Thresholds", "load_settings"]


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no such time zone; expected an IANA name such as Europe/Paris") from error
    return name


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """One place where a day's logs arrive."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    path: Annotated[str, Field(min_length=1)]
    """Path pattern, relative to the home, `*` allowed, with the day as `{day}` (2026-11-23) or in a strftime
    form such as `{day:%Y/%m/%d}`."""
    format: str | None = None
    """A registered format; None: detected by content."""
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

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return name if name is None else _zone_name(name)

    @field_validator("path")
    @classmethod
    def _names_a_day(cls, path: str) -> str:
        try:
            if path.format(day=date(2001, 2, 3)) == path.format(day=date(2002, 3, 4)):
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


class JudgeSettings(_Frozen):
    """The LLM judge; off where no URL and no key is set."""

    base_url: str | None = None
    model: str = "gpt-4o-mini"
    api_key: SecretStr | None = None
    """Only from the environment: UPTURN_JUDGE__API_KEY or OPENAI_API_KEY."""
    sample_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    seed: int = 20261123
    max_concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    max_retries: Annotated[int, Field(ge=0, le=10)] = 3
    usd_per_million_input_tokens: Annotated[float, Field(ge=0)] = 0.15
    usd_per_million_output_tokens: Annotated[float, Field(ge=0)] = 0.60

    @property
    def is_on(self) -> bool:
        """Whether a key or a URL is set."""
        return self.base_url is not None or self.api_key is not None


class Settings(BaseSettings):
    """Everything a home may configure. Environment variables (`UPTURN_TIMEZONE`, …) win over `upturn.toml`."""

    model_config = SettingsConfigDict(env_prefix="UPTURN_", env_nested_delimiter="__", frozen=True, extra="forbid")

    timezone: str = "UTC"
    start_date: date = date(2026, 1, 1)
    """First day that the daily DAG covers."""
    week_starts_on: Literal["monday"] = "monday"
    idle_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    window_days: Annotated[int, Field(ge=7, le=366)] = 28
    sources: tuple[Source, ...] = ()
    thresholds: Thresholds = Thresholds()
    judge: JudgeSettings = JudgeSettings()
    pseudonym_key: SecretStr | None = None
    """UPTURN_PSEUDONYM_KEY: hex or text; None: the home's key file."""
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
    if "api_key" in values.get("judge", {}) or "pseudonym_key" in values:
        raise ConfigurationError(
            f"{path} holds a secret: keys belong in the environment "
            "(UPTURN_JUDGE__API_KEY, UPTURN_PSEUDONYM_KEY), not in a file that gets committed"
        )
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()
        )
        raise ConfigurationError(f"{path} or UPTURN_*: {lines}. See docs/guide/configuration.md") from error
