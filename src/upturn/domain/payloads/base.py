"""What every payload is, and the units they share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Count", "Payload", "Points", "Share"]

Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=-1, le=1)]
Count = Annotated[int, Field(ge=0)]


class Payload(BaseModel):
    """A frozen payload; a field that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
