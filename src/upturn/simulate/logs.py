"""Writes canonical logs of a simulated world, and the truth behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.domain.errors import ConfigurationError
from upturn.simulate.dice import Dice
from upturn.simulate.feedback import volunteer
from upturn.simulate.scripts import BACKGROUND, SCRIPTS, Outcome
from upturn.simulate.service import serve, small_talk
from upturn.simulate.talk import Talk
from upturn.simulate.truth import Truth, tell_truth
from upturn.simulate.world import CHANNELS, PERSONAS, World

if TYPE_CHECKING:
    from upturn.simulate.modes import Mode
    from upturn.simulate.world import Conversations

__all__ = ["write_logs"]

_OUTCOME_RATE: Final = 0.5
"""Share of conversations whose log says how they ended."""
_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def write_logs(folder: Path, *, days: int, per_day: int, seed: int, start: date) -> Truth:
    """Write `chat-YYYY-MM-DD.jsonl` per day, `truth.json` and `truth_conversations.jsonl`; give the truth.

    One line of a log is one conversation, or feedback that came a day or more after its conversation. One line of
    `truth_conversations.jsonl` is the truth about one conversation: `conversation_id, want_id, persona, is_failure,
    is_background_failure, exposed, shown, failed` (the last three: ids of planted modes).

    Parameters
    ----------
    folder : created where missing; files of the same names are replaced.
    days, per_day : how many days, and conversations per day on average over weekdays and seasons.
    seed : decides everything: the same arguments give the same bytes.
    start : the first day.

    Raises
    ------
    ConfigurationError
        If there is not at least one day with one conversation to write.
    """
    if days < 1 or per_day < 1:
        raise ConfigurationError(
            f"nothing to simulate: expected at least one day of one conversation, got {days} x {per_day}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    world = World(start=start, days=days, per_day=per_day, seed=seed)
    held: list[Conversations] = []
    late: dict[date, list[dict[str, Any]]] = {}
    turns = feedback = late_count = 0
    with (folder / "truth_conversations.jsonl").open("wb") as truth_file:
        for place in range(days):
            today = world.conversations(place)
            arrived = late.pop(today.day, [])
            with (folder / f"chat-{today.day.isoformat()}.jsonl").open("wb") as file:
                for record, told, (given, days_late) in _records(world, today, place):
                    turns += len(record["turns"])
                    if given is not None and days_late == 0:
                        record["feedback"] = [given]
                        feedback += 1
                    elif given is not None:
                        arrives = today.day + timedelta(days=days_late)
                        late.setdefault(arrives, []).append(
                            {"conversation_id": record["conversation_id"], "feedback": [given]}
                        )
                    file.write(orjson.dumps(record, option=_OPTIONS))
                    truth_file.write(orjson.dumps(told, option=_OPTIONS))
                for record in arrived:
                    file.write(orjson.dumps(record, option=_OPTIONS))
            feedback += len(arrived)
            late_count += len(arrived)
            held.append(today)
    truth = tell_truth(world, held, turns=turns, feedback=feedback, late=late_count)
    (folder / "truth.json").write_bytes(orjson.dumps(truth.as_dict(), option=orjson.OPT_INDENT_2))
    return truth


def _records(
    world: World, today: Conversations, place: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any], tuple[dict[str, Any] | None, int]]]:
    """Give each conversation's record, its truth, and the feedback on it with the days by which that is late."""
    dice = Dice(world.generator(20, place))
    midnight = datetime.combine(today.day, datetime.min.time(), UTC)
    columns = zip(
        today.user.tolist(),
        today.want.tolist(),
        today.persona.tolist(),
        today.channel.tolist(),
        today.version.tolist(),
        today.start_ms.tolist(),
        today.background.tolist(),
        today.exposed.tolist(),
        today.shown.tolist(),
        today.failed.tolist(),
        strict=True,
    )
    for number, (user, want, persona, channel, version, start_ms, background, exposed, shown, failed) in enumerate(
        columns
    ):
        assistant, wanted = world.wants[want]
        started_at = midnight + timedelta(milliseconds=start_ms)
        talk = Talk(dice, assistant, wanted, persona=PERSONAS[persona], started_at=started_at)
        failing, showing = _named(world.modes, failed), _named(world.modes, shown)
        outcome = _hold(talk, failing, showing, is_background=background)
        is_failure = background or bool(failing)
        conversation_id = f"sim{world.seed}-{today.day:%y%m%d}-{number:05d}"
        record: dict[str, Any] = {
            "conversation_id": conversation_id,
            "assistant_id": assistant.id,
            "assistant_version": assistant.versions[version],
            "channel": CHANNELS[channel],
            "user_id": f"user-{world.seed}-{user:06d}",
            "persona": PERSONAS[persona],
            "started_at": started_at,
            "ended_at": talk.now,
            "metadata": {"locale": dice.pick(("en-GB", "en-IE", "en-US"))},
            "turns": talk.turns,
        }
        if dice.chance(_OUTCOME_RATE):
            record["outcome"] = outcome
        given = volunteer(dice, is_failure=is_failure, ended_at=talk.now, turn_index=len(talk.turns) - 1)
        truth = {
            "conversation_id": conversation_id,
            "want_id": wanted.id,
            "persona": PERSONAS[persona],
            "is_failure": is_failure,
            "is_background_failure": background,
            "exposed": [mode.id for mode in _named(world.modes, exposed)],
            "shown": [mode.id for mode in showing],
            "failed": [mode.id for mode in failing],
        }
        yield record, truth, given or (None, 0)


def _named(modes: tuple[Mode, ...], flags: list[bool]) -> list[Mode]:
    return [mode for mode, is_set in zip(modes, flags, strict=True) if is_set] if True in flags else []


def _hold(talk: Talk, failing: list[Mode], showing: list[Mode], *, is_background: bool) -> Outcome:
    """Hold the conversation. Of several modes the most severe one is played."""
    if talk.dice.chance(0.04):
        small_talk(talk)
    talk.ask()
    played = failing or ([] if is_background else showing)
    if played:
        mode = max(played, key=lambda one: one.kind.severity == "critical")
        return SCRIPTS[mode.kind.name](talk, bool(failing))
    if is_background:
        return talk.dice.pick(BACKGROUND)(talk, True)
    return serve(talk)
