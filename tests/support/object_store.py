"""A real S3-compatible server on loopback, in a process group of its own, one request at a time.

One at a time, because what it stands for decides a conditional put in one step.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

_SERVER = """
import sys, threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
store, one_at_a_time = DomainDispatcherApplication(create_backend_app), threading.Lock()
def answer(environ, start_response):
    with one_at_a_time:
        return list(store(environ, start_response))
run_simple("127.0.0.1", int(sys.argv[1]), answer, threaded=True)
"""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def credentials(endpoint: str) -> dict[str, str]:
    """The environment that makes every library speak to the server."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "very-secret-word",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def s3_server() -> Iterator[str]:
    """Start the server; its endpoint. It and all it started are ended at the end."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MOTO_S3_CUSTOM_ENDPOINTS": endpoint},
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=5).close()  # noqa: S310
                break
            except (urllib.error.URLError, OSError):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield endpoint
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def make_bucket(endpoint: str, name: str) -> None:
    """Create a bucket."""
    request = urllib.request.Request(f"{endpoint}/{name}", method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310


def put(endpoint: str, place: str, content: bytes) -> None:
    """Write the object `bucket/key`."""
    kind = {"Content-Type": "application/octet-stream"}  # else the server takes it for a form
    request = urllib.request.Request(f"{endpoint}/{place}", data=content, method="PUT", headers=kind)  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
