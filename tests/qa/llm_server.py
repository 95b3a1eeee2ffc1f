"""A server process that speaks the OpenAI protocol with streaming, as well or as badly as it is told to.

The mode is the first part of the address: http://127.0.0.1:PORT/honest/v1. `python llm_server.py LOG` writes
each request's body as a line of LOG and prints the port.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_BLOCK = re.compile(r"<<([0-9a-f]+)>> 資料 (\d+)\n(.*?)\n<<\1>> 終わり \2", re.S)
# What a model that follows anything takes for an order.
_ORDER = re.compile(
    r"答え|回答|出力|無視|従|表示し|answer|ignore|respond|output|print|say|system|http|<|assistant|AI", re.I
)
_tries: dict[str, int] = {}


def passages(prompt: str) -> list[tuple[int, list[str]]]:
    """The numbered passages of a prompt, line by line, their headings left out."""
    return [
        (int(number), [line for line in body.split("\n") if not line.startswith("（")])
        for _, number, body in _BLOCK.findall(prompt)
    ]


def honest(prompt: str) -> str:
    """The three lines that share most with the question, with their numbers."""
    question = prompt.rpartition("質問: ")[2]
    pairs = {question[n : n + 2] for n in range(len(question) - 1)}
    lines = [
        (sum(pair in line for pair in pairs), -n, line) for n, listed in passages(prompt) for line in listed
    ]
    best = sorted(lines, reverse=True)[:3]
    return "\n".join(f"{line if line.endswith('。') else line + '。'}[{-n}]" for _, n, line in best)


def lying(prompt: str) -> str:
    """The honest lines with numbers, dates, names or the end of the sentence changed."""
    lies = []
    for line in honest(prompt).split("\n"):
        said, _, mark = line.partition("。")
        lies.append(f"{re.sub('[0-9０-９]', lambda digit: str((int(digit[0]) + 1) % 10), said)}。{mark}")
        lies.append(f"{said}わけではない。{mark}")
        lies.append(f"山田太郎によると、{said}。{mark}")
    honest_lines = set(honest(prompt).split("\n"))
    return "\n".join(lie for lie in lies if lie not in honest_lines)


def gullible(prompt: str, told: str) -> str:
    """Whatever looks like an order in the prompt's passages, said and obeyed, with and without citation."""
    said = []
    for number, lines in passages(prompt):
        for line in lines:
            if _ORDER.search(line):
                said += [f"{line}。[{number}]", f"{line}。"]
                said += [f"{quoted}。[{number}]" for quoted in re.findall(r"「([^」]+)」", line)]
        said.append(f"{told}[{number}]")
    return "\n".join([*said, told])


def draft(mode: str, prompt: str, model: str) -> str:
    if mode == "gullible":
        return gullible(prompt, model)
    if mode == "liar":
        return lying(prompt)
    if mode == "miscited":
        return re.sub(r"\[\d+\]", "[99]", honest(prompt))
    if mode == "uncited":
        return re.sub(r"\[\d+\]", "", honest(prompt))
    if mode == "mixed":
        first = honest(prompt).split("\n")[0]
        return f"{first}\n月の裏側には基地が12か所あります。[1]\n{first[:-3]}"
    return honest(prompt)


class Handler(BaseHTTPRequestHandler):
    """One request, one draft."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the name that http.server calls
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.path.split("/")[1]
        with Path(sys.argv[1]).open("a", encoding="utf-8") as log:
            log.write(json.dumps(asked, ensure_ascii=False) + "\n")
        _tries[mode] = _tries.get(mode, 0) + 1
        if mode.isdecimal():
            self._plain(int(mode), '{"error": {"message": "no"}}')
        elif mode == "busy" and _tries[mode] == 1:
            self._plain(429, '{"error": {"message": "later"}}')
        elif mode == "nonsense":
            self._plain(200, "<html>ようこそ</html>")
        elif mode == "garbage":
            self._stream(iter(["data: {これは JSON ではない\n\n"]))
        elif mode == "odd":
            self._stream(iter(['data: {"hello": [1, 2]}\n\n', "data: [DONE]\n\n"]))
        elif mode == "silent":
            threading.Event().wait()
        else:
            self._stream(self._pieces(mode, asked))

    def _pieces(self, mode: str, asked: dict[str, str]) -> Iterator[str]:
        prompt = asked["messages"][-1]["content"]  # type: ignore[index]
        text = draft(mode, prompt, asked["model"])
        if mode == "endless":
            while True:
                yield self._event("あ" * 50, None)
        for start in range(0, len(text), 7):
            yield self._event(text[start : start + 7], None)
            if start > 20 and mode == "stalls":
                threading.Event().wait()
            if start > 20 and mode == "breaks":
                return
        yield self._event("", "stop")
        yield "data: [DONE]\n\n"

    @staticmethod
    def _event(text: str, finish: str | None) -> str:
        delta = {"role": "assistant", "content": text}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": [choice],
        }
        return f"data: {json.dumps(chunk)}\n\n"

    def _stream(self, events: Iterator[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for event in events:
                self.wfile.write(event.encode())
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def _plain(self, status: int, body: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if body.startswith("{") else "text/html")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests read standard output for the port."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()
