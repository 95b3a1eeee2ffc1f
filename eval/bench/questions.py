"""Questions with a known answer place: somebody remembers a passage and asks for it in its words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ingest.mecab import Token, tokenize

_SENTENCE = re.compile(r"(?<=[。\n])[^。\n]{20,80}。")
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞"})
_WORDS = (4, 8)
_ABOUT = ("について教えてください", "に関する記述はどこですか", "とはどういうことですか")
_CLAUSE = ("どうしますか", "どうなっていますか", "何をしますか")


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of a file: its name and where they begin and end.

    :param document: the file's name; no two generated files share one
    """

    document: str
    start: int
    end: int

    def found_in(self, other: Place) -> bool:
        """Whether another place holds at least half of this one, or is wholly inside it."""
        if self.document != other.document:
            return False
        shared = min(self.end, other.end) - max(self.start, other.start)
        return shared * 2 >= min(self.end - self.start, other.end - other.start)


@dataclass(frozen=True, slots=True)
class Known:
    """A question and the place it was made from."""

    question: str
    place: Place


def known_items(files: Sequence[Path], count: int, seed: int = 0) -> list[Known]:
    """`count` questions, each on another document as far as there are so many.

    Half of them are four to eight words of a sentence and the next, half the beginning of a sentence.
    """
    rng = np.random.default_rng(seed)
    picked = [*rng.permutation(len(files)), *rng.integers(0, len(files), 4 * count)]
    found: list[Known] = []
    for number in picked:
        if len(found) == count:
            break
        made = _known(files[int(number)], rng, words=len(found) % 2 == 0)
        if made is not None:
            found.append(made)
    return found


def _known(file: Path, rng: np.random.Generator, words: bool) -> Known | None:
    text = file.read_text(encoding="utf-8")
    sentences = list(_SENTENCE.finditer(text))
    if len(sentences) < 2:
        return None
    at = int(rng.integers(0, len(sentences) - 1))
    start, end = sentences[at].span()
    if words and sentences[at + 1].start() == end:
        end = sentences[at + 1].end()
    tokens = tokenize(text[start:end])
    asked = _some_words(tokens, rng) if words else _beginning(tokens)
    return Known(asked, Place(file.name, start, end)) if asked else None


def _some_words(tokens: Sequence[Token], rng: np.random.Generator) -> str:
    content = list(
        dict.fromkeys(
            token.surface
            for token in tokens
            if token.pos[0] in _CONTENT
            and token.pos[1] not in ("数詞", "非自立可能")
            and len(token.surface) > 1
        )
    )
    count = int(rng.integers(_WORDS[0], _WORDS[1] + 1))
    if len(content) < count:
        return ""
    kept = sorted(rng.permutation(len(content))[:count].tolist())
    return "、".join(content[at] for at in kept) + _ABOUT[int(rng.integers(0, len(_ABOUT)))]


def _beginning(tokens: Sequence[Token]) -> str:
    """The sentence up to its last particle but one word, and what a question ends with."""
    particles = [at for at, token in enumerate(tokens[:-2]) if token.pos == ("助詞", "格助詞")]
    if not particles or particles[-1] < 6:
        return ""
    kept = "".join(token.surface for token in tokens[: particles[-1] + 1])
    return kept + _CLAUSE[len(kept) % len(_CLAUSE)]


def write_questions(file: Path, known: Sequence[Known]) -> None:
    """One question a line."""
    lines = (json.dumps(asdict(each), ensure_ascii=False) for each in known)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_questions(file: Path) -> list[Known]:
    """What `write_questions` wrote."""
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [Known(row["question"], Place(**row["place"])) for row in rows]
