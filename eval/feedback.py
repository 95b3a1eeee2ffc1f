"""What readers of the chat thought of answers, as questions of a data set: the next evaluation's cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def cases(kept: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One case for each question, as last judged; see `eval.cases` for the form.

    A useful answer is the accepted one: its first citation is the evidence. Of a wrong one only the question
    is known: somebody fills in "answers" and "evidence"; until then `run` passes the line over and says so.
    """
    latest = {str(line.get("question")): line for line in kept}
    for number, (question, line) in enumerate(latest.items(), 1):
        useful, abstained = line.get("verdict") == "useful", bool(line.get("abstained"))
        cited = [{"document": c["document"], "text": c["quote"]} for c in line.get("citations", ())]
        yield {
            "id": f"feedback-{number:04}",
            "question": question,
            "type": "feedback",
            "answerable": not (useful and abstained),
            "answers": [],
            "evidence": cited[:1] if useful else [],
            "verdict": line.get("verdict"),
            "given": line.get("answer"),
            "given_quotes": [quote["text"] for quote in cited],
        }


def written(kept: Iterable[Mapping[str, Any]]) -> str:
    """The cases as JSON lines."""
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases(kept))
