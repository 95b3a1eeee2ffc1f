"""The reader's training examples: tokenised once, with negatives mined by BM25, kept in one file."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.features import CONTENT, Tokens, encode
from qa.train_broken import broken
from qa.train_passages import CLOSE, OPEN, Question, marked, sentences, unmarked
from qa.train_questions import sampled
from qa.train_reword import reworded
from qa.train_tables import table_question

CLEAN, BROKEN, MINED, REMOVED, SWAPPED, MADE, MADE_NOT, SOMEWHERE = range(8)
_NUMBER = re.compile(r"\d+")
_REWORDED = 2  # tries to say a question in other words


@dataclass
class Store:
    """Texts as tokens, and examples (question, passage, first, last token, group, kind) over them."""

    texts: list[Tokens] = field(default_factory=list)
    examples: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)

    def save(self, path: Path) -> None:
        offsets = np.cumsum([0, *map(len, self.texts)])
        parts = {f.name: np.concatenate([getattr(t, f.name) for t in self.texts]) for f in fields(Tokens)}
        np.savez(path, offsets=offsets, examples=np.array(self.examples, np.int32), **parts)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Store:
        with np.load(path) as file:
            whole = Tokens(*(file[f.name] for f in fields(Tokens)))
            offsets = file["offsets"].tolist()
            examples = [tuple(row) for row in file["examples"].tolist()]
        return cls([whole[a:b] for a, b in pairwise(offsets)], examples)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a SQuAD-shaped file: its answers as (start, end) of paragraph number `paragraph`."""

    question: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]


def squad(path: Path) -> tuple[list[str], list[str], list[Asked]]:
    """Paragraphs, their titles and the questions of a SQuAD-shaped `.json.xz`."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    paragraphs: list[str] = []
    titles: list[str] = []
    asked: list[Asked] = []
    for article in articles:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                spans = tuple((a["answer_start"], a["answer_start"] + len(a["text"])) for a in qa["answers"])
                asked.append(Asked(qa["question"], len(paragraphs), spans))
            paragraphs.append(paragraph["context"])
            titles.append(article.get("title", ""))
    return paragraphs, titles, asked


def jsonl(path: Path) -> list[dict[str, object]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def seen_in(paragraphs: Sequence[str], held_out: Iterable[str]) -> set[int]:
    """Numbers of the paragraphs that share a run of 40 characters with a held-out one."""
    held = "".join(re.sub(r"\s", "", p) + "\n" for p in held_out)
    runs = {held[n : n + 40] for n in range(len(held) - 40)}
    found = set()
    for n, paragraph in enumerate(paragraphs):
        bare = re.sub(r"\s", "", paragraph)
        if any(bare[k : k + 40] in runs for k in range(0, len(bare) - 40)):
            found.add(n)
    return found


def content_lemmas(tokens: Tokens) -> list[str]:
    return [str(lemma) for lemma in tokens.lemmas[CONTENT[tokens.pos]]]


def neighbours(passages: Sequence[Tokens], questions: Sequence[Tokens], k: int) -> NDArray[np.int64]:
    """For each question, the k best passages by BM25 over content lemmas, best first."""
    import bm25s

    ranker = bm25s.BM25(k1=1.2, b=0.75)
    ranker.index([content_lemmas(p) for p in passages], show_progress=False)
    found, _ = ranker.retrieve([content_lemmas(q) or ["0"] for q in questions], k=k, show_progress=False)
    return np.asarray(found)


def token_span(tokens: Tokens, start: int, end: int) -> tuple[int, int] | None:
    """First and last token that the characters [start, end) touch."""
    first = int(np.searchsorted(tokens.ends, start, side="right"))
    last = int(np.searchsorted(tokens.starts, end, side="left")) - 1
    return (first, last) if first <= last < len(tokens) else None


class Builder:
    """Collects texts to be tokenised together and the examples that refer to them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._texts: list[str] = []
        self._number: dict[str, int] = {}
        self._pending: list[tuple[int, int, int, int, int, int]] = []  # with character spans
        self.groups = 0

    def text(self, text: str) -> int:
        if text not in self._number:
            self._number[text] = len(self._texts)
            self._texts.append(text)
        return self._number[text]

    def add(self, made: Question, group: int, kind: int) -> None:
        self._pending.append(
            (self.text(made.question), self.text(made.passage), made.start, made.end, group, kind)
        )

    def group(self) -> int:
        self.groups += 1
        return self.groups - 1

    def store(self) -> Store:
        with Pool(2) as pool:
            texts = pool.map(encode, self._texts, chunksize=500)
        store = Store(texts)
        for q, p, start, end, group, kind in self._pending:
            span = token_span(texts[p], start, end) if start >= 0 else (start, start)
            if span is not None and len(texts[q]) and len(texts[p]):
                store.examples.append((q, p, *span, group, kind))
        return store


def build(data: Path, seed: int, limit: int | None = None) -> Store:
    """All training examples from the folder `data`; see the model card for what each part is.

    :param limit: take only so many JaQuAD questions and texts, for trying the recipe
    """
    builder = Builder(seed)
    held_out = [p for name in ("jaquad_dev", "jsquad_valid") for p in squad(data / f"{name}.json.xz")[0]]
    _add_jaquad(builder, data, held_out, limit)
    _add_made(builder, data, limit)
    _add_sources(builder, data)
    return builder.store()


def _add_jaquad(builder: Builder, data: Path, held_out: Sequence[str], limit: int | None) -> None:
    rng = builder.rng
    paragraphs, titles, asked = squad(data / "jaquad_train.json.xz")
    bad = seen_in(paragraphs, held_out)
    asked = [a for a in asked if a.paragraph not in bad][:limit]
    with Pool(2) as pool:
        passages = pool.map(encode, paragraphs, chunksize=200)
        questions = pool.map(encode, [a.question for a in asked], chunksize=500)
    ranked = neighbours(passages, questions, 12)
    spare = [s for p in paragraphs for s in sentences(p) if 10 < len(s) < 90]
    counted = [s for s in spare if _NUMBER.search(s)]
    for n, one in enumerate(asked):
        text, group = paragraphs[one.paragraph], builder.group()
        start, end = one.answers[0]
        builder.add(Question(one.question, text, start, end), group, CLEAN)
        for _ in range(_REWORDED):
            if (said := reworded(one.question, rng)) is not None:
                builder.add(Question(said, text, start, end), group, CLEAN)
        for _ in range(1 if rng.random() < 0.8 else 2):
            pool_ = counted if _NUMBER.search(text[start:end]) else spare
            others = [s for s in rng.sample(pool_, 3) if text[start:end] not in s]
            messy = broken(marked(text, start, end), titles[one.paragraph], others, rng)
            builder.add(Question(one.question, *unmarked(messy)), group, BROKEN)
        answer = text[start:end]
        mined = [
            int(m) for m in ranked[n] if answer not in paragraphs[m] and m != one.paragraph and m not in bad
        ]
        for m in mined[:4]:
            builder.add(Question(one.question, paragraphs[m], -1, -1), group, MINED)
        _add_hard_negatives(builder, Question(one.question, text, start, end), group, spare)


def _add_hard_negatives(builder: Builder, made: Question, group: int, spare: Sequence[str]) -> None:
    """The passage less the sentence that answers; the question with one number or name changed."""
    rng, answer = builder.rng, made.passage[made.start : made.end]
    parts = sentences(marked(made.passage, made.start, made.end))
    left = [p for p in parts if OPEN not in p and CLOSE not in p and answer not in p]
    if len(left) >= 2:
        builder.add(Question(made.question, "\n".join(left), -1, -1), group, REMOVED)
    number = _NUMBER.search(made.question)
    if number and number[0] in made.passage:
        value = int(number[0]) + rng.choice((-3, -2, -1, 1, 2, 3, 10))
        changed = made.question[: number.start()] + str(abs(value)) + made.question[number.end() :]
        if str(abs(value)) not in made.passage:
            builder.add(Question(changed, made.passage, -1, -1), group, SWAPPED)


def _add_made(builder: Builder, data: Path, limit: int | None) -> None:
    """Made questions: table cells; dates, amounts and definitions of laws, policies, manuals, articles."""
    rng, size = builder.rng, limit or 10**9
    around = [str(r["text"])[:120] for r in jsonl(data / "text_policy_and_rules.jsonl.xz")]
    for _ in range(min(4000, size)):
        group = builder.group()
        builder.add(table_question(rng, around, answerable=True), group, MADE)
        builder.add(table_question(rng, around, answerable=False), group, MADE_NOT)
    for name, wanted in (("policy_and_rules", 300), ("law", 2500), ("manuals", 2000), ("encyclopedia", 4000)):
        texts = [
            str(r["text"])[:700]
            for r in jsonl(data / f"text_{name}.jsonl.xz")
            if r.get("source") != "wiki_jaquad_train_contexts"
        ]
        rng.shuffle(texts)
        spare = [s for t in texts[:500] for s in sentences(t) if 10 < len(s) < 90]
        for made in sampled(texts, min(wanted, size), rng):
            group = builder.group()
            messy = broken(marked(made.passage, made.start, made.end), "", rng.sample(spare, 3), rng)
            builder.add(Question(made.question, *unmarked(messy)), group, MADE)
            _add_hard_negatives(builder, made, group, spare)


def _add_sources(builder: Builder, data: Path) -> None:
    """NIILC's questions with their evidence, and headings that are questions with the section under them."""
    rows = jsonl(data / "qa_niilc_dev.jsonl.xz") + jsonl(data / "qa_faq_mined.jsonl.xz")
    texts = [str(r["context"])[:700] for r in rows]
    for n, row in enumerate(rows):
        answers = [a for a in row["answers"] or () if a["start"] >= 0]  # type: ignore[attr-defined]
        if row["answers"] is None and len(texts[n]) > 30:
            made, kind = Question(str(row["question"]), texts[n], -2, -2), SOMEWHERE
        elif answers and texts[n]:
            start = answers[0]["start"]
            made, kind = (
                Question(str(row["question"]), texts[n], start, start + len(answers[0]["text"])),
                MADE,
            )
        else:
            continue
        group = builder.group()
        builder.add(made, group, kind)
        other = builder.rng.choice(texts)
        if len(other) > 30 and other != texts[n]:
            builder.add(Question(str(row["question"]), other, -1, -1), group, MADE_NOT)
