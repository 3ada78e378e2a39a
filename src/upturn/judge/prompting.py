"""Builds what the judge is shown: versioned rubrics, and the conversation as fenced data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from upturn.judge.fencing import fence_name, quiet_literal, shortened
from upturn.judge.port import Prompt
from upturn.judge.rubrics import Rubric, frame, prompt_version

__all__ = ["Judgeable", "Limits", "ShownTurn", "content_key", "judge_prompt", "shown_text"]

_ROLES: Final = {"user": "customer", "agent": "human agent"}


@dataclass(frozen=True)
class ShownTurn:
    """A turn of the conversation, as the log has it: redacted."""

    turn_index: int
    role: str
    content: str
    tool_name: str | None = None
    tool_calls: str | None = None
    """JSON text of the calls that an assistant's turn made."""
    latency_ms: float | None = None


@dataclass(frozen=True)
class Judgeable:
    """A response to judge, with what came before it."""

    conversation_id: str
    turn_index: int
    answer: ShownTurn
    before: tuple[ShownTurn, ...]
    """The newest turns before the answer, oldest first."""
    persona: str | None = None


@dataclass(frozen=True)
class Limits:
    """How much of a conversation a judge is shown."""

    turns: int = 12
    characters: int = 8000
    """Of all turns before the answer; the answer itself has as many for itself."""
    turn_characters: int = 3000


def judge_prompt(response: Judgeable, group: Sequence[Rubric], limits: Limits) -> Prompt:
    """Give the prompt that asks for a grade of `response` by each rubric of `group`.

    Strangers' texts – customer, answer, tools, persona – stand as JSON strings between two lines whose name is drawn
    from the response's ids and the texts. Nothing of them is outside.
    """
    shown = shown_text(response, limits)
    fence = fence_name(response.conversation_id, response.turn_index, shown)
    system = (
        frame()
        .replace("{rubrics}", "\n\n".join(rubric.text for rubric in group))
        .replace("{metrics}", ", ".join(f"`{rubric.metric}`" for rubric in group))
        .replace("{fence}", fence)
    )
    return Prompt(
        system=system,
        user=f"<<<{fence}\n{shown}\n{fence}>>>\nGrade the answer marked `is_graded`.",
        metrics=tuple(rubric.metric for rubric in group),
    )


def shown_text(response: Judgeable, limits: Limits) -> str:
    """Give the lines between the fences: persona, the newest turns that fit, oldest first, and the answer."""
    persona = [] if response.persona is None else [f'{{"persona": {quiet_literal(shortened(response.persona, 100))}}}']
    earlier, left = [], limits.characters
    for turn in reversed(response.before[-limits.turns :] if limits.turns else ()):
        line = _line(turn, min(limits.turn_characters, left))
        left -= min(len(turn.content), limits.turn_characters)
        earlier.append(line)
        if left <= 0:
            break
    oldest = response.before[-len(earlier)].turn_index if earlier else response.turn_index
    cut = [f'{{"earlier_turns_left_out": {oldest}}}'] if oldest else []
    return "\n".join([*persona, *cut, *reversed(earlier), _line(response.answer, limits.characters, is_graded=True)])


def _line(turn: ShownTurn, longest: int, *, is_graded: bool = False) -> str:
    fields = [f'"turn": {turn.turn_index}', f'"role": {json.dumps(_ROLES.get(turn.role, turn.role))}']
    if turn.tool_name is not None:
        fields.append(f'"tool": {quiet_literal(shortened(turn.tool_name, 100))}')
    if turn.tool_calls is not None:
        fields.append(f'"tool_calls": {quiet_literal(shortened(turn.tool_calls, longest))}')
    if is_graded and turn.latency_ms is not None:
        fields.append(f'"latency_ms": {round(turn.latency_ms)}')
    if is_graded:
        fields.append('"is_graded": true')
    fields.append(f'"text": {quiet_literal(shortened(turn.content, longest))}')
    return "{" + ", ".join(fields) + "}"


def content_key(response: Judgeable, group: Sequence[Rubric], limits: Limits, parameters: str) -> str:
    """Give the digest under which a verdict is found again: texts shown, rubrics' versions, model and parameters.

    The fence is no part of it, since it differs where the ids do.
    """
    versions = [prompt_version(rubric, tuple(group)) for rubric in group]
    parts = json.dumps([parameters, versions, shown_text(response, limits)])
    return hashlib.sha256(parts.encode()).hexdigest()
