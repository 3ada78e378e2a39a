"""One measured process: rule scores in SQL over a folder of logs, beside the yardstick row by row."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks.pipeline import make_home, warm_up
from tests.benchmarks.yardstick import score_rows


def main(files: Path, first: date, days: int, flat: Path) -> dict[str, float]:
    """Measure both over the same responses."""
    import pandas as pd

    from upturn.metrics.scoring import prepare_responses, replace_scores
    from upturn.wiring import open_context, run_stage

    turns = pd.read_json(flat, lines=True).fillna({"content": ""})
    responses = turns[turns["role"] == "assistant"]
    begin = time.perf_counter()
    scored = len(score_rows(responses))
    by_row = time.perf_counter() - begin

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        warm_up(Path(folder))
        home = make_home(Path(folder) / "home", files)
        context = open_context(home.root)
        all_days = [first + timedelta(days=number) for number in range(days)]
        for day in all_days:
            for stage in ("ingest", "validate", "append"):
                run_stage(context, stage, day)
        run_stage(context, "project", all_days[-1])
        with context.warehouse.connect() as connection:
            connection.execute("create temp table conversations_to_score as select conversation_id from conversations")
            begin = time.perf_counter()
            prepare_responses(connection)
            replace_scores(connection, context.settings.thresholds)
            in_sql = time.perf_counter() - begin
    return {"responses": scored, "row_by_row": by_row, "sql": in_sql, "ratio": by_row / in_sql}


if __name__ == "__main__":
    _, given, the_first, count, flattened = sys.argv
    print(json.dumps(main(Path(given), date.fromisoformat(the_first), int(count), Path(flattened))))
