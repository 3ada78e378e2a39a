"""A small OpenAI-compatible server on a free loopback port: canned answers, good, slow, broken and obedient ones."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

GRADED: Final = "graded"
"""Content that grades every metric asked for by `Reply.score`."""


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    status: int = 200
    content: str | None = GRADED
    score: float = 75
    refusal: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    finish_reason: str = "stop"
    seconds: float = 0.0
    """How long the server takes."""
    is_cut: bool = False
    """The connection is closed in the middle of the body."""
    body: str | None = None
    """The whole body instead of a completion."""
    tokens: tuple[int, int] | None = (1000, 20)
    """Prompt and completion tokens; None: the server does not say."""


Answer = Callable[[dict[str, Any], int], Reply]
"""From the request's body and how often just this was asked before to the answer."""


@dataclass
class JudgeServer:
    """Where the server listens and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    """Monotonic seconds."""
    under_way: int = 0
    most_under_way: int = 0


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that the client gave up."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def judge_server(answer: Answer | None = None) -> Iterator[JudgeServer]:
    """Serve `POST /v1/chat/completions` until the block ends."""
    lock = threading.Lock()
    asked: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = json.dumps(body["messages"])
            with lock:
                times = asked.get(name, 0)
                asked[name] = times + 1
                served.requests.append(body)
                served.keys.append(self.headers["Authorization"])
                served.arrivals.append(time.monotonic())
                served.under_way += 1
                served.most_under_way = max(served.most_under_way, served.under_way)
            try:
                reply = answer(body, times) if answer else Reply()
                time.sleep(reply.seconds)
                data = (json.dumps(_completion(body, reply)) if reply.body is None else reply.body).encode()
            finally:
                with lock:
                    served.under_way -= 1
            self._send(reply, data)

        def _send(self, reply: Reply, data: bytes) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if reply.is_cut else data)
            self.wfile.flush()
            self.close_connection = self.close_connection or reply.is_cut

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    served = JudgeServer(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def grades(body: dict[str, Any], score: float) -> str:
    """Give an answer that grades every metric asked for by `score`."""
    metrics = body["response_format"]["json_schema"]["schema"]["required"]
    return json.dumps({metric: {"score": score, "rationale": "It names the next step."} for metric in metrics})


def obedient(body: dict[str, Any], _times: int) -> Reply:
    """Answer as a model that does whatever is said outside of the fence: 100 if anybody asks for it there, else 40.

    The fence is the one that the system's message names; its first closing line ends it.
    """
    system, user = (message["content"] for message in body["messages"])
    fence = re.search(r"`<<<(\S+)`", system)
    assert fence is not None
    inside = re.search(rf"^<<<{fence[1]}\n(.*?)^{fence[1]}>>>$", user, re.DOTALL | re.MULTILINE)
    assert inside is not None
    outside = system + user.replace(inside[0], "")
    return Reply(score=100 if re.search(r"give (?:it |me )?100", outside, re.IGNORECASE) else 40)


def _completion(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        return {"error": {"message": "canned", "type": "canned", "code": reply.status}}
    content = grades(body, reply.score) if reply.content == GRADED else reply.content
    message = {"role": "assistant", "content": content, "refusal": reply.refusal}
    completion = {
        "id": "canned",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
    }
    if reply.tokens is not None:
        read, written = reply.tokens
        completion["usage"] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return completion
