"""A server process that speaks the OpenAI protocol as badly as it is told to: `python server.py MODE`."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARKS = '採点します。{"faithful": 1, "complete": 0.5} 以上です。'


class Handler(BaseHTTPRequestHandler):
    """Answers every question alike."""

    def do_POST(self) -> None:  # the name that http.server calls
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = sys.argv[1]
        if mode == "refuses":
            self.send_error(401, "no key")
            return
        content = {"judges": MARKS, "nonsense": "よくできました", "lies": '{"faithful": 7, "complete": "x"}'}[
            mode
        ]
        reply = {
            "id": "1", "object": "chat.completion", "created": 0, "model": asked["model"],
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
            ],
        }  # fmt: skip
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests read standard output for the port."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
