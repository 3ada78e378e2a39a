"""`[judge]` of upturn.toml: which model judges what, how much of it, and what it may cost."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from upturn.secret_setting import OptionalSecret

__all__ = ["JudgeSettings", "JudgedMetric"]

JudgedMetric = Literal["accuracy", "relevance", "coherence", "completeness", "helpfulness", "safety", "efficiency"]
_VOTING_TEMPERATURE: Final = 0.7
_PRICED_MODEL: Final = "gpt-4o-mini"
"""The model that the default prices are those of."""
_PRICES: Final = ("usd_per_million_input_tokens", "usd_per_million_output_tokens")


class JudgeSettings(BaseModel):
    """The LLM judge; off where no URL and no key is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    model: str = _PRICED_MODEL
    api_key: OptionalSecret = None
    """Only from the environment: UPTURN_JUDGE__API_KEY or OPENAI_API_KEY."""
    metrics: Annotated[tuple[JudgedMetric, ...], Field(min_length=1)] = get_args(JudgedMetric)
    together: bool = True
    """Whether one call grades all metrics: about a third of the cost of one call for each, and grades more alike."""
    votes: Annotated[int, Field(ge=1, le=9)] = 1
    """Calls for each question; the score is their mean and the spread is stored."""
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    """None: 0 with one vote, 0.7 with several, which would agree by force at 0."""
    sample_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Share of a day's responses that is judged, on average."""
    minimum_rate: Annotated[float, Field(gt=0, le=1)] = 0.01
    """Least probability of any response, where the sample rate allows it."""
    seed: int = 20261123
    context_turns: Annotated[int, Field(ge=0, le=200)] = 12
    context_characters: Annotated[int, Field(ge=200, le=200_000)] = 8000
    max_concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    requests_per_minute: Annotated[int | None, Field(ge=1)] = None
    tokens_per_minute: Annotated[int | None, Field(ge=1)] = None
    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    max_retries: Annotated[int, Field(ge=0, le=10)] = 3
    longest_wait_seconds: Annotated[float, Field(ge=0)] = 120.0
    """Longest pause before a retry; a server that asks for more is left alone until the next run."""
    output_tokens_per_metric: Annotated[int, Field(ge=50, le=20_000)] = 150
    """Limit of an answer; models that think before they answer need more."""
    usd_per_million_input_tokens: Annotated[float, Field(ge=0)] = 0.15
    """Both prices must be given for any other model than the default one: 0 where it costs nothing."""
    usd_per_million_output_tokens: Annotated[float, Field(ge=0)] = 0.60
    usd_per_run: Annotated[float | None, Field(ge=0)] = 5.0
    """Budget of one day's judging, all its runs together; None: no limit."""
    usd_per_month: Annotated[float | None, Field(ge=0)] = 100.0
    """Budget of a calendar month (UTC) in which money is spent, whatever days are judged."""
    tokens_per_run: Annotated[int | None, Field(ge=0)] = None
    tokens_per_month: Annotated[int | None, Field(ge=0)] = None

    @field_validator("metrics")
    @classmethod
    def _each_once(cls, metrics: tuple[JudgedMetric, ...]) -> tuple[JudgedMetric, ...]:
        if len(set(metrics)) < len(metrics):
            raise ValueError("names a metric twice")
        return metrics

    @model_validator(mode="after")
    def _price_is_known(self) -> JudgeSettings:
        """Refuse another model without its prices: a budget in USD would count with those of the default one."""
        missing = [name for name in _PRICES if name not in self.model_fields_set]
        if self.is_on and self.model != _PRICED_MODEL and missing:
            raise ValueError(
                f"the price of the model {self.model} is not known, so no budget in USD can hold: "
                f"set {' and '.join(missing)} (0 where it costs nothing)"
            )
        return self

    @property
    def is_on(self) -> bool:
        """Whether a key or a URL is set."""
        return bool(self.base_url) or self.api_key is not None

    @property
    def temperature_used(self) -> float:
        """The temperature that the model is told."""
        if self.temperature is not None:
            return self.temperature
        return 0.0 if self.votes == 1 else _VOTING_TEMPERATURE
