"""Peak memory of `upturn ingest` over one JSONL file of many gigabytes: simulated conversations under ever new ids."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.homes import PROGRAM
from upturn.simulate.logs import write_logs

_ID = re.compile(rb'"conversation_id":"')


def write_big_file(path: Path, gigabytes: float) -> None:
    """Write simulated conversations again and again until the file is that large; no id comes twice."""
    with tempfile.TemporaryDirectory() as folder:
        write_logs(Path(folder), days=14, per_day=500, seed=5, start=date(2026, 3, 2))
        lines = b"".join(one.read_bytes() for one in sorted(Path(folder).glob("chat-*.jsonl")))
    with path.open("wb") as file:
        for round_number in range(1_000_000):
            file.write(_ID.sub(b'"conversation_id":"%d-' % round_number, lines))
            if file.tell() >= gigabytes * 1e9:
                return


def main(gigabytes: float, folder: Path) -> dict[str, Any]:
    """Ingest a file of that size into a new home, in a process of its own; its peak memory, seconds and counts."""
    file, home = folder / "big.jsonl", folder / "home"
    write_big_file(file, gigabytes)
    subprocess.check_call([PROGRAM, "init", "--home", home], stdout=subprocess.DEVNULL)
    begin = time.perf_counter()
    told = subprocess.check_output([PROGRAM, "ingest", file, "--json", "--home", home], text=True)
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = json.loads(told)
    return {
        "gigabytes": file.stat().st_size / 1e9,
        "records": counts["ingest"]["read"],
        "turns": counts["ingest"]["turns"],
        "quarantined": counts["ingest"]["quarantined"] + counts["validate"]["quarantined"],
        "appended": counts["append"]["appended"],
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(main(float(sys.argv[1]), Path(sys.argv[2]))))
    else:
        with tempfile.TemporaryDirectory() as made:
            print(json.dumps(main(float(sys.argv[1]), Path(made))))
