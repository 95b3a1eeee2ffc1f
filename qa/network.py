"""The reading network at work: which passage answers the question, where in it, and how surely."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qa.features import CONTENT, Tokens, encode, windows
from qa.layers import SCALARS, Network, Scores, Side

BUNDLED = Path(__file__).with_name("models") / "reader"
WINDOW, STEP = 400, 300  # tokens; it was trained on passages of up to 400
LONGEST = 50  # tokens of an answer
QUESTION = 60  # tokens of a question that are read


@dataclass(frozen=True, slots=True)
class Reading:
    """What one passage says to the question; `start` and `end` are code points of the passage, −1 if none.

    `answerable` is the probability that the passage holds the answer, `span_score` that it is these words
    if it does; `candidates` are the three best (start, end, score).
    """

    answerable: float
    start: int
    end: int
    span_score: float
    candidates: tuple[tuple[int, int, float], ...]


NOTHING = Reading(0.0, -1, -1, 0.0, ())


class Vocabulary:
    """The words with vectors, commonest first: word n has row n + 1, row 0 stands for any other word."""

    def __init__(self, hashes: NDArray[np.uint32]) -> None:
        self._order = np.argsort(hashes, kind="stable")
        self._ordered = hashes[self._order]

    def __len__(self) -> int:
        return len(self._order)

    def rows(self, words: NDArray[np.uint32]) -> NDArray[np.int64]:
        at = np.minimum(np.searchsorted(self._ordered, words), len(self) - 1)
        return np.where(self._ordered[at] == words, self._order[at] + 1, 0)

    def rarity(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """0 for the commonest word, 1 for the rarest and the unknown."""
        rank = np.where(rows == 0, len(self) + 1, rows)
        logs: NDArray[np.float32] = np.log(rank).astype(np.float32) / np.float32(np.log(len(self) + 1))
        return logs


def pairs(
    questions: Sequence[Tokens], passages: Sequence[Tokens], vocabulary: Vocabulary
) -> tuple[Side, Side]:
    """The network's input for each question with the passage of the same place, none of them empty."""
    flat = vocabulary.rows(np.concatenate([t.words for t in (*questions, *passages)]))
    # A spelling or an inflection without a vector has that of its lemma: ハンコ that of 判子.
    lemmas = vocabulary.rows(np.concatenate([t.lemmas for t in (*questions, *passages)]))
    rows = np.split(
        np.where(flat == 0, lemmas, flat), np.cumsum([len(t) for t in (*questions, *passages)])[:-1]
    )
    q_rows, p_rows = rows[: len(questions)], rows[len(questions) :]
    q_scalars, p_scalars = [], []
    for q, p, q_row, p_row in zip(questions, passages, q_rows, p_rows, strict=True):
        q_found, p_found = _shared(q, p, vocabulary.rarity(q_row), vocabulary.rarity(p_row))
        q_scalars.append(q_found)
        p_scalars.append(p_found)
    return _side(questions, q_rows, q_scalars), _side(passages, p_rows, p_scalars)


def _shared(
    q: Tokens, p: Tokens, q_rare: NDArray[np.float32], p_rare: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Which words and lemmas the two share, and how much of the question the passage holds."""
    words = q.words[:, None] == p.words[None]
    content = CONTENT[q.pos][:, None] & CONTENT[p.pos][None]
    lemmas = (q.lemmas[:, None] == p.lemmas[None]) & content
    weight = q_rare * CONTENT[q.pos]
    numbers = q.kinds == 1
    held = float((weight * lemmas.any(1)).sum() / max(float(weight.sum()), 1e-6))
    counted = float(words.any(1)[numbers].mean()) if numbers.any() else 1.0
    made = []
    for rare, word, lemma in ((q_rare, words.any(1), lemmas.any(1)), (p_rare, words.any(0), lemmas.any(0))):
        whole = np.empty((len(rare), SCALARS), np.float32)
        whole[:, 0], whole[:, 1], whole[:, 2], whole[:, 3] = word, lemma, lemma * rare, rare
        whole[:, 4], whole[:, 5] = held, counted
        made.append(whole)
    return made[0], made[1]


def _side(
    texts: Sequence[Tokens], rows: Sequence[NDArray[np.int64]], scalars: Sequence[NDArray[np.float32]]
) -> Side:
    lengths = [len(t) for t in texts]
    longest = max(lengths)

    def padded(parts: Sequence[NDArray[np.generic]]) -> Tensor:
        out = np.zeros((len(parts), longest), np.int64)
        for n, part in enumerate(parts):
            out[n, : len(part)] = part
        return torch.from_numpy(out)

    shared = np.zeros((len(texts), longest, SCALARS), np.float32)
    for n, part in enumerate(scalars):
        shared[n, : len(part)] = part
    return Side(
        padded(rows),
        padded([t.pos for t in texts]),
        padded([t.gaps for t in texts]),
        padded([t.columns for t in texts]),
        padded([t.kinds for t in texts]),
        torch.from_numpy(shared),
        torch.tensor(lengths),
    )


def best_spans(start: Tensor, end: Tensor, k: int = 3) -> list[list[tuple[int, int, float]]]:
    """For each text its k best (first token, last token, probability), which do not overlap."""
    p_start, p_end = start.softmax(-1), end.softmax(-1)
    likely, firsts = p_start.topk(min(12, start.shape[1]), dim=1)
    lasts = firsts[..., None] + torch.arange(LONGEST)
    inside = lasts < start.shape[1]
    ends = p_end.gather(1, lasts.clamp(max=start.shape[1] - 1).flatten(1)).view(lasts.shape)
    values, places = (likely[..., None] * ends * inside).flatten(1).topk(min(8 * k, lasts[0].numel()), dim=1)
    found = []
    for row, at, beginnings in zip(values.tolist(), places.tolist(), firsts.tolist(), strict=True):
        chosen: list[tuple[int, int, float]] = []
        for value, place in zip(row, at, strict=True):
            first = beginnings[place // LONGEST]
            last = first + place % LONGEST
            if value > 0 and all(last < a or first > b for a, b, _ in chosen):
                chosen.append((first, last, value))
        found.append(chosen[:k])
    return found


def _alike(parts: Sequence[tuple[int, Tokens]]) -> list[list[tuple[int, Tokens]]]:
    """The parts in batches of like length, so that little is computed for padding."""
    groups: list[list[tuple[int, Tokens]]] = []
    for item in sorted(parts, key=lambda part: len(part[1])):
        if groups and (len(groups[-1]) < 6 or len(item[1]) <= 1.4 * len(groups[-1][0][1])):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _multiplies_bfloat16() -> bool:
    """Whether this processor has matrix instructions for bfloat16 (AMX), in which the network was trained.

    Elsewhere float32 is the faster; the answers are the same but for rounding.
    """
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


class ReaderNetwork:
    """The bundled (or another) trained network; safe to share between threads, as it changes nothing."""

    def __init__(self, network: Network, vocabulary: Vocabulary, calibration: tuple[float, float]) -> None:
        self._kind = torch.bfloat16 if _multiplies_bfloat16() else torch.float32
        self.network = network.to(self._kind).eval()
        self.vocabulary = vocabulary
        self._slope, self._offset = calibration

    @classmethod
    def load(cls, path: Path | None = None) -> ReaderNetwork:
        """The network in the folder `path`, or the bundled one.

        :raises FileNotFoundError: if the folder holds no weights
        """
        folder = path or BUNDLED
        with np.load(folder / "vectors.npz") as file:
            hashes = file["hashes"]
            vectors = (
                torch.from_numpy(file["vectors"]).float() * torch.from_numpy(file["scales"]).float()[:, None]
            )
        network = Network(vectors)
        with np.load(folder / "weights.npz") as file:
            network.load_state_dict({name: torch.from_numpy(file[name]).float() for name in file.files})
        settings = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        return cls(network, Vocabulary(hashes), (settings["slope"], settings["offset"]))

    def read(self, question: str | Sequence[str], passages: Sequence[str]) -> list[Reading]:
        """One reading for each passage, in order; the passages are read in one batch.

        :param question: the same for all, or one for each passage
        """
        questions = [question] * len(passages) if isinstance(question, str) else list(question)
        asked = [encode(each)[:QUESTION] for each in questions]
        texts = [windows(encode(passage), WINDOW, STEP) for passage in passages]
        parts = [
            (n, part) for n, of_text in enumerate(texts) for part in of_text if len(part) and len(asked[n])
        ]
        readings = [NOTHING] * len(passages)
        for group in _alike(parts):
            scores = self.scores([asked[n] for n, _ in group], [part for _, part in group])
            spans = best_spans(scores.start, scores.end)
            for (n, part), logit, found in zip(group, scores.answerable.tolist(), spans, strict=True):
                reading = self._reading(part, logit, found)
                if reading.answerable > readings[n].answerable:
                    readings[n] = reading
        return readings

    @torch.inference_mode()
    def scores(self, questions: Sequence[Tokens], passages: Sequence[Tokens]) -> Scores:
        """The network's raw scores of each question with the passage of the same place."""
        question, passage = pairs(questions, passages, self.vocabulary)
        # One thread: a second gains a tenth on an idle machine and costs seconds of waiting on a busy one.
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return self.network(question.to(self._kind), passage.to(self._kind))  # type: ignore[no-any-return]
        finally:
            torch.set_num_threads(threads)

    def _reading(self, part: Tokens, logit: float, found: list[tuple[int, int, float]]) -> Reading:
        sure = float(torch.sigmoid(torch.tensor(self._slope * logit + self._offset)))
        spans = tuple((int(part.starts[a]), int(part.ends[b]), score) for a, b, score in found)
        start, end, score = spans[0] if spans else (-1, -1, 0.0)
        return Reading(sure, start, end, score, spans)
