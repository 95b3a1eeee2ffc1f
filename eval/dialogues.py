"""How many questions of a conversation are understood: those that lean on others and those that do not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.mecab import tokenize
from ingest.normalize import fold
from qa.followup import Turn, resolve

DIALOGUES = Path(__file__).parent / "datasets" / "dialogues_ja.jsonl"

Resolves = Callable[[str, Sequence[Turn]], str]


@dataclass(frozen=True, slots=True)
class Line:
    """A turn of a scripted conversation.

    :param whole: the question with nothing left out, any of them counts; the first is the best
    :param standalone: it leaves nothing out as it is
    :param answer: the answering words that the system shows before the next turn
    """

    conversation: str
    turn: int
    split: str
    question: str
    whole: tuple[str, ...]
    standalone: bool
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A line with what was made of it; `first` of its conversation has nothing to lean on."""

    line: Line
    text: str
    right: bool
    first: bool


def read_dialogues(path: Path) -> list[Line]:
    """The lines of a data set, in its order.

    :raises OSError: the file cannot be read
    :raises ValueError: a line is no JSON or has other keys
    """
    lines = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            fields = json.loads(raw)
            lines.append(Line(**{**fields, "whole": tuple(fields["whole"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path.name} の {number} 行目を読めません ({error})") from error
    return lines


def asked(lines: Iterable[Line], resolves: Resolves = resolve) -> list[Resolved]:
    """Each line resolved in turn; it leans on what was made of those before, right or wrong, as in use."""
    turns: dict[str, list[Turn]] = {}
    found = []
    for line in lines:
        before = turns.setdefault(line.conversation, [])
        text = resolves(line.question, before)
        right = any(content(text) == content(whole) for whole in line.whole)
        found.append(Resolved(line, text, right, not before))
        before.append(Turn(text, line.answer))
    return found


def shares(found: Sequence[Resolved]) -> dict[str, tuple[int, int]]:
    """Right ones and all: follow-ups, questions that stand alone after another, and first questions."""
    groups = {
        "続けての問い": [each for each in found if not each.line.standalone],
        "話題を変えた問い": [each for each in found if each.line.standalone and not each.first],
        "最初の問い": [each for each in found if each.first],
    }
    return {name: (sum(each.right for each in group), len(group)) for name, group in groups.items()}


def told(path: Path, split: str) -> list[str]:
    """Lines to print: what fails in the development half, then the shares of `split`.

    What fails in the test half stays unseen: rules made from it would be measured by themselves.

    :raises OSError: the file cannot be read
    :raises ValueError: a line is no JSON or has other keys
    """
    found = [each for each in asked(read_dialogues(path)) if split in (each.line.split, "all")]
    failed = [
        f"{each.line.question} → {each.text} (正: {each.line.whole[0]})"
        for each in found
        if not each.right and each.line.split == "dev"
    ]
    shown = [
        f"{name}: {right}/{n}" + (f" ({right / n:.1%})" if n else "")
        for name, (right, n) in shares(found).items()
    ]
    return [*failed, *shown]


_TELLING = frozenset({"名詞", "代名詞", "動詞", "形容詞", "形状詞", "接頭辞", "接尾辞", "記号"})
# Words of politeness, and verbs that only carry a noun.
_EMPTY = frozenset({"為る", "居る", "教える", "下さる", "頂く", "願う", "御", "事", "の"})
_POINTING = frozenset({"此の", "其の", "彼の", "そんな", "こんな"})
_NUMBER = re.compile(r"\d+")


def content(text: str) -> frozenset[str]:
    """The words that a question is made of, whatever their order: two with the same ones ask the same.

    A word that points back counts: a resolution that keeps it has not resolved it.
    """
    folded = fold(text).rstrip("?？。! ")
    words = (
        token.lemma
        for token in tokenize(_NUMBER.sub(" ", folded))
        if (token.pos[0] in _TELLING and token.lemma not in _EMPTY)
        or token.lemma in _POINTING
        or token.lemma == "何故"
    )
    return frozenset({*_NUMBER.findall(folded), *words})
