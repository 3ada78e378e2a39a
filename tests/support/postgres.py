"""A real PostgreSQL on loopback: a fresh cluster in a folder of its own, in a process group of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.object_store import free_port

USER, PASSWORD = "reader", "pa55:w@rd/of"
"""The password has what addresses must quote."""
QUOTED = "pa55%3Aw%40rd%2Fof"


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    if found:
        return Path(found)
    return next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a cluster; its address, password in it. Skips by name where PostgreSQL's programs are not installed."""
    initdb, postgres = _program("initdb"), _program("postgres")
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL's server programs (Debian package postgresql) are not installed")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="upturn-postgres-"))
    port = free_port()
    server = None
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user:
            shutil.chown(folder, user)
            shutil.chown(secret, user)
        made = subprocess.run(
            [initdb, "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "-N"],
            user=user,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "port": str(port)}
        server = subprocess.Popen(
            [postgres, "-D", folder / "data", *(f"--{name}={value}" for name, value in options.items())],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"),
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres").close()
                break
            except psycopg.OperationalError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((folder / "log").read_text()) from None
                time.sleep(0.05)
        yield f"postgresql+psycopg://{USER}:{QUOTED}@127.0.0.1:{port}/postgres"
    finally:
        if server is not None:
            os.killpg(server.pid, signal.SIGINT)  # a fast shutdown
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)
