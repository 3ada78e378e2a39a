"""`label`: draws conversations and responses, asks annotators about them one by one, takes their answers as CSV."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from upturn.cli.label_files import UNSURE, export_questions, import_answers, keys_of, said
from upturn.cli.output import HomeOption, JsonOption, clean, write_json
from upturn.schedule import DEFAULT_HOME

if TYPE_CHECKING:
    from upturn.stages.labelling import Question
    from upturn.stages.stage import StageContext

__all__ = ["add_commands", "ask"]

SKIP, QUIT = "s", "q"
_ASKED: Final = {
    "success": "Did this conversation serve its user?",
    "accuracy": "Is the marked response right?",
    "relevance": "Does it address what was asked?",
    "coherence": "Is it clear, and consistent with what was said before?",
    "completeness": "Does it say all that is needed?",
    "helpfulness": "Does it bring the user further?",
    "safety": "Is it safe, without refusing what is harmless?",
    "efficiency": "Is it as short as it can be?",
}


def label(
    action: Annotated[
        Literal["ask", "draw", "list", "export", "import"], typer.Argument(help="What to do; ask: one by one, here.")
    ] = "ask",
    file: Annotated[Path | None, typer.Argument(help="The CSV to export to or to import.")] = None,
    home: HomeOption = DEFAULT_HOME,
    conversations: Annotated[int, typer.Option(min=0, help="draw: conversations to expect.")] = 50,
    responses: Annotated[int, typer.Option(min=0, help="draw: responses to expect.")] = 50,
    days: Annotated[int, typer.Option(min=1, help="draw: the newest days to draw from.")] = 28,
    metrics: Annotated[str, typer.Option(help="draw: what to ask of responses, with commas; default: all seven.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="The annotator; default: the user of this machine.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask people about conversations and responses that were drawn by chance: what scores are held against."""
    from upturn.stages import labelling
    from upturn.wiring import open_context

    annotator, now = by or getpass.getuser(), datetime.now(UTC)
    if action in {"export", "import"} and file is None:
        raise typer.BadParameter(f"which file? upturn label {action} FILE.csv")
    context = open_context(home)
    done: dict[str, object] = {}
    if action == "draw":
        wanted = [one.strip() for one in metrics.split(",") if one.strip()] or list(labelling.METRICS)
        done["drawn"] = labelling.request(
            context,
            conversations=conversations,
            responses=responses,
            days=days,
            metrics=wanted,
            by=annotator,
            at=now,
        )
    elif action == "import" and file is not None:
        done["labels"] = labelling.give(context, list(import_answers(file)), annotator=annotator, at=now)
    questions = labelling.open_questions(context, annotator)
    if action == "export" and file is not None:
        export_questions(file, questions, lambda one: _text(context, one))
        done["file"] = str(file)
    elif action == "ask":
        _require_terminal(home)
        done["labels"] = ask(context, questions, annotator=annotator, key=typer.getchar, say=typer.echo)
        questions = labelling.open_questions(context, annotator)
    context.warehouse.publish()
    if as_json:
        shown = [asdict(one) for one in questions] if action == "list" else []
        write_json({**done, "annotator": annotator, "open": len(questions), **({"questions": shown} if shown else {})})
        return
    told = "".join(f"{name}: {value}; " for name, value in done.items())
    hint = "" if questions or action == "draw" else "; `upturn label draw` draws more"
    typer.echo(clean(f"{told}open questions for {annotator}: {len(questions)}{hint}"))


def ask(
    context: StageContext,
    questions: list[Question],
    *,
    annotator: str,
    key: Callable[[], str],
    say: Callable[[str], object],
) -> int:
    """Show question after question and record each answer at once, so that nothing is lost; how many were answered.

    Parameters
    ----------
    key : gives the next key pressed; one that means nothing here is asked again.
    say : shows a line; every text in it is already harmless to a terminal.
    """
    from upturn.stages.labelling import Answer, give

    answered, shown = 0, None
    for number, one in enumerate(questions, 1):
        if (one.conversation_id, one.turn_index) != shown:
            shown = (one.conversation_id, one.turn_index)
            say(f"\n— {clean(one.conversation_id)} —")
            for line in _text(context, one):
                say(line)
        keys = keys_of(one.metric)
        menu = f"{'/'.join(keys)}, {UNSURE} can't say, {SKIP} skip, {QUIT} quit"
        best = "" if one.metric == "success" else " (5 best)"
        say(f"[{number}/{len(questions)}] {clean(one.metric)}: {_ASKED[one.metric]}{best} {menu}")
        pressed = key().lower()
        while pressed not in {*keys, UNSURE, SKIP, QUIT}:
            pressed = key().lower()
        if pressed == QUIT:
            break
        if pressed != SKIP:
            score = None if pressed == UNSURE else keys[pressed]
            answer = Answer(one.conversation_id, one.turn_index, one.metric, score)
            answered += give(context, [answer], annotator=annotator, at=datetime.now(UTC))
    return answered


def _text(context: StageContext, question: Question) -> list[str]:
    from upturn.stages.labelling import transcript

    return said(transcript(context, question.conversation_id), question.turn_index)


def _require_terminal(home: Path) -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            f"`upturn label` asks on a terminal; without one: upturn label export questions.csv --home {home}"
        )


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog="Example: upturn label draw --conversations 50 --responses 50 --days 28")(label)
