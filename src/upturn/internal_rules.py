"""Rules that tell a team's own traffic from customers': `[[internal]]` in `upturn.toml`."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from upturn.expressions import re2_expression

__all__ = ["InternalRule", "InternalRules"]

_Word = Annotated[str, Field(min_length=1, max_length=512)]
_Key = Annotated[str, Field(min_length=1, max_length=512, pattern=r'^[^"\\\x00-\x1f]+$')]
_CONDITIONS: Final = ("user_id", "email_domain", "channel", "assistant_id", "metadata", "first_message")


class InternalRule(BaseModel):
    """What a conversation of staff, a bot or a monitor looks like; every condition that is given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    user_id: _Word | None = None
    """Glob over the user id as the source gives it: `*`, `?` and `[…]`; letters count as they are written."""
    email_domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")] | None = None
    """Domain of a user id that is an e-mail address, its subdomains included."""
    channel: _Word | None = None
    assistant_id: _Word | None = None
    metadata: dict[_Key, str | int | bool] = {}
    """Keys of the conversation's metadata, as the source names them, and their values."""
    first_message: Annotated[_Word, AfterValidator(re2_expression)] | None = None
    """RE2 expression found in the first message of the user that a record holds, before redaction."""

    @model_validator(mode="after")
    def _says_something(self) -> InternalRule:
        if not any(getattr(self, condition) for condition in _CONDITIONS):
            raise ValueError(f"holds no condition: give at least one of {', '.join(_CONDITIONS)}")
        return self

    def variables(self) -> dict[str, Any]:
        """Give the values by which `sql/ingest/internal.sql` knows the rule; None or []: it does not ask."""
        pairs = {
            f'$."{key}"': str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in self.metadata.items()
        }
        return {
            "internal_user_id": self.user_id,
            "internal_domain": self.email_domain.lower() if self.email_domain else None,
            "internal_channel": self.channel,
            "internal_assistant_id": self.assistant_id,
            "internal_metadata_paths": list(pairs),
            "internal_metadata_values": list(pairs.values()),
            "internal_first_message": self.first_message,
        }


def _unique_names(rules: tuple[InternalRule, ...]) -> tuple[InternalRule, ...]:
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two rules of internal traffic are named {twice[0]}")
    return rules


InternalRules = Annotated[tuple[InternalRule, ...], AfterValidator(_unique_names)]
"""Rules, no two of one name."""
