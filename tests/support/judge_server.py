"""A small OpenAI-compatible server on a free loopback port: canned answers, good and bad."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    status: int = 200
    content: str | None = '{"score": 75, "rationale": "It names the next step."}'
    refusal: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


Answer = Callable[[dict[str, Any], int], Reply]
"""From the request's body and how often just this was asked before to the answer."""


@dataclass
class JudgeServer:
    """Where the server listens and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def judge_server(answer: Answer | None = None) -> Iterator[JudgeServer]:
    """Serve `POST /v1/chat/completions` until the block ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                times = sum(earlier["messages"] == body["messages"] for earlier in served.requests)
                served.requests.append(body)
                served.keys.append(self.headers["Authorization"])
            reply = answer(body, times) if answer else Reply()
            data = json.dumps(_completion(body, reply)).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = JudgeServer(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _completion(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        return {"error": {"message": "canned", "type": "canned", "code": reply.status}}
    message = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
    return {
        "id": "canned",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020},
    }
