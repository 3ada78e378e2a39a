"""500 judgements by a server of its own process that takes 200 ms: time beside the ideal, concurrency, pace."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from typing import Any

from tests.support.judge_server import Reply, judge_server
from upturn.judge.asking import Asking, Question
from upturn.judge.budget import Budget
from upturn.judge.conducting import Conducting
from upturn.judge.daily import draw, judged_event
from upturn.judge.openai import OpenAIJudge
from upturn.judge.pacing import Pacer
from upturn.judge.planning import plan_day
from upturn.judge.prompting import Judgeable, ShownTurn
from upturn.judge.sampling import Candidate
from upturn.judge_settings import JudgeSettings
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog

SECONDS, CONCURRENCY = 0.2, 32
DAY, NOW = date(2026, 11, 3), datetime(2026, 11, 3, 9, tzinfo=UTC)


def serve(channel: Connection) -> None:
    """Serve until told to end; say the address first, then what was seen."""
    with judge_server(lambda *_asked: Reply(seconds=SECONDS)) as server:
        channel.send(server.url)
        while channel.recv() == "seen":
            channel.send((len(server.requests), server.most_under_way, list(server.arrivals)))


def _run(url: str, count: int, *, period: float = 60.0, **settings: Any) -> dict[str, float]:
    """Judge `count` different responses, as a day does, into a log in memory; seconds of wall clock and of CPU."""
    chosen = JudgeSettings(base_url=url, sample_rate=1.0, max_concurrency=CONCURRENCY, **settings)
    people = [Candidate(f"c{n}", 1, "shop", "web", "good", 1) for n in range(count)]
    sample = draw(people, chosen, DAY)
    before = (ShownTurn(0, "user", "Where is my parcel? It should have been here on Monday."),)
    texts = {
        (f"c{n}", 1): Judgeable(f"c{n}", 1, ShownTurn(1, "assistant", f"Parcel {n} left our depot. " * 5), before)
        for n in range(count)
    }
    plan, judge, log = plan_day(sample.drawn, {}, texts, chosen), OpenAIJudge(chosen), MemoryLog()
    pacer = Pacer(
        requests=chosen.requests_per_minute,
        tokens=chosen.tokens_per_minute,
        now=time.monotonic,
        sleep=time.sleep,
        period=period,
    )
    asking = Asking(judge, chosen, budget=Budget(), pacer=pacer)
    began, cpu = time.perf_counter(), time.process_time()
    run = Conducting(plan, sample.drawn, asking, chosen)
    events = [judged_event(one, chosen, DAY, NOW) for one in run.judgements()]
    log.append(event_table(events, recordedtime=NOW))
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "events": len(events)}


def _most_within(arrivals: list[float], seconds: float) -> int:
    return max(sum(start <= one < start + seconds for one in arrivals) for start in arrivals)


def main(size: float) -> dict[str, float]:
    """Measure the time at full concurrency, then the pace under a limit of requests."""
    count = max(CONCURRENCY, round(500 * size))
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    url = ours.recv()
    warm = JudgeSettings(base_url=url, max_concurrency=1)
    pacer = Pacer(requests=None, tokens=None, now=time.monotonic, sleep=time.sleep)
    list(Asking(OpenAIJudge(warm), warm, budget=Budget(), pacer=pacer).ask(_warming()))
    timed = min((_run(url, count) for _ in range(3)), key=lambda run: run["seconds"])
    ours.send("seen")
    _, most, before = ours.recv()
    limit, period = 40, 4.0
    paced = _run(url, 3 * limit, period=period, requests_per_minute=limit)
    ours.send("seen")
    arrivals = ours.recv()[2][len(before) :]
    ours.send("end")
    server.join(10)
    ideal = -(-count // CONCURRENCY) * SECONDS
    return {
        **timed,
        "count": count,
        "ideal": ideal,
        "ratio": timed["seconds"] / ideal,
        "most_under_way": most,
        "limit": limit,
        "most_in_a_period": _most_within(arrivals, period),
        "paced_seconds": paced["seconds"],
    }


def _warming() -> list[Question]:
    from upturn.judge.port import Prompt

    return [Question("warm", Prompt("a", "b", ("safety",)))]


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
