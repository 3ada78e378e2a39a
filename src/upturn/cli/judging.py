"""`judge`: what judging a day would cost, and judging it now."""

from __future__ import annotations

from typing import Annotated

import typer

from upturn.cli.intake import day_named
from upturn.cli.output import HomeOption, JsonOption, progress_bar, show_counts, show_rows, write_json
from upturn.domain.errors import ConfigurationError
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]


def judge(
    day: Annotated[str, typer.Option(help="The day whose responses are judged, such as 2026-11-22.")],
    home: HomeOption = DEFAULT_HOME,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would ask and cost; ask nothing, write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a day's sample now, or say first what it would cost. What is judged already is not paid again."""
    from upturn.stages.judging import estimate_day, judge_day
    from upturn.stages.stage import StageCounts
    from upturn.wiring import finish_what_was_killed, open_context

    chosen = day_named(day)
    with progress_bar(is_wanted=not as_json) as progress:
        context = open_context(home, progress=progress)
        if dry_run:
            found = estimate_day(context, chosen)
        elif not context.settings.judge.is_on:
            raise ConfigurationError(
                "no judge is configured: expected judge.base_url in upturn.toml, or UPTURN_JUDGE__API_KEY; "
                "see docs/reference/judge.md"
            )
        else:
            finish_what_was_killed(context)
            judged = judge_day(context, chosen)
            context.warehouse.publish()
            counts = StageCounts(appended=judged.appended, skipped=judged.skipped, notes=judged.notes)
            show_counts({"judge": counts.as_dict()}, as_json=as_json)
            return
    told = {
        "day": chosen,
        "sampled": found.sampled,
        "answered_before": found.answered,
        "calls": found.calls,
        "likely_tokens": found.likely.tokens,
        "likely_usd": round(found.likely.usd, 6),
        "most_tokens": found.worst.tokens,
        "most_usd": round(found.worst.usd, 6),
        "usd_left": found.usd_left,
        "tokens_left": found.tokens_left,
        "calls_within_budget": found.affordable_calls,
    }
    write_json(told) if as_json else show_rows(["", ""], [[name, value] for name, value in told.items()])


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog="Example: upturn judge --day 2026-11-22 --dry-run")(judge)
