"""A secret that the environment may give: an empty variable, as compose files pass them, is none."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, SecretStr

__all__ = ["OptionalSecret"]


def _blank_is_none(secret: SecretStr | None) -> SecretStr | None:
    return secret if secret is not None and secret.get_secret_value().strip() else None


OptionalSecret = Annotated[SecretStr | None, AfterValidator(_blank_is_none)]
"""None where nothing, or nothing but blanks, is given."""
