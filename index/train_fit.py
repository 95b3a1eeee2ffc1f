"""The embedded model's training: contrast with other passages, alone and on top of BM25."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy, normalize

from index.train_data import Pair, Words
from index.vocabulary import Lookup

_K1, _B = 0.7, 0.5
_DECAY, _DECAY_SQUARE = 0.9, 0.99
_WEIGHT_RATE = 5  # a row's length learns this much faster than its direction
_WARM_UP = 20
# A small batch leaves room for more passages that only look right.
_PASSAGES = 1152
_SAVE_EVERY = 100


class Texts:
    """Texts as rows of the table and their weights, each text stored once."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._rows: list[NDArray[np.int32]] = []
        self._weights: list[NDArray[np.float32]] = []

    def add(self, words: Words) -> int:
        bag = self._lookup.bag(words)
        self._rows.append(bag.rows)
        self._weights.append(bag.weights)
        return len(self._rows) - 1

    def lengths(self, texts: Sequence[int]) -> NDArray[np.int64]:
        return np.array([len(self._rows[text]) for text in texts], np.int64)

    def used(self, texts: Sequence[int]) -> NDArray[np.int64]:
        """The rows that these texts touch, sorted."""
        return np.unique(np.concatenate([self._rows[text] for text in texts])).astype(np.int64)

    def matrix(self, texts: Sequence[int], columns: NDArray[np.int64]) -> sp.csr_matrix:
        """Weights, shape (texts, columns); `columns` are sorted rows of the table."""
        ends = np.cumsum([0, *(len(self._rows[text]) for text in texts)])
        rows = np.concatenate([self._rows[text] for text in texts])
        weights = np.concatenate([self._weights[text] for text in texts])
        return sp.csr_matrix((weights, np.searchsorted(columns, rows), ends), (len(texts), len(columns)))


class _Sum(torch.autograd.Function):
    """Sparse weights times dense rows."""

    @staticmethod
    def forward(ctx: Any, weights: sp.csr_matrix, rows: torch.Tensor) -> torch.Tensor:
        ctx.weights = weights
        return torch.from_numpy(weights @ rows.detach().numpy())

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[None, torch.Tensor]:
        return None, torch.from_numpy(ctx.weights.T @ gradients[0].contiguous().numpy())


def embed(weights: sp.csr_matrix, rows: torch.Tensor) -> torch.Tensor:
    """Unit vectors of texts."""
    vectors: torch.Tensor = _Sum.apply(weights, rows)  # type: ignore[no-untyped-call]
    return normalize(vectors, dim=1)


@dataclass(slots=True)
class State:
    """All that training changes, so that it can be saved and resumed."""

    directions: torch.Tensor  # (rows, dimension)
    lengths: torch.Tensor  # (rows,), logarithms
    scales: torch.Tensor  # logarithms: of the cosine alone, of the cosine beside BM25, of BM25
    moments: list[torch.Tensor]
    seen: torch.Tensor  # how often each row was in a batch
    step: int = 0

    @classmethod
    def start(cls, table: NDArray[np.float32], lengths: NDArray[np.float32]) -> State:
        directions, sizes = torch.from_numpy(table), torch.from_numpy(lengths)
        scales = torch.tensor([3.0, 3.0, -0.7])
        moments = [torch.zeros_like(found) for found in (directions, sizes, scales) for _ in range(2)]
        return cls(directions, sizes, scales, moments, torch.zeros(len(sizes)))

    def save(self, path: Path) -> None:
        aside = path.with_suffix(".part")
        torch.save({name: getattr(self, name) for name in self.__slots__}, aside)
        aside.replace(path)

    @classmethod
    def resume(cls, path: Path) -> State:
        return cls(**torch.load(path))

    def table(self) -> NDArray[np.float32]:
        """What the model ships, shape (rows, dimension)."""
        return np.array(self.directions * self.lengths.exp()[:, None], dtype=np.float32)


def start_table(
    lookup: Lookup, vectors: dict[str, NDArray[np.float32]], size: tuple[int, float], seed: int
) -> NDArray[np.float32]:
    """Unit rows: word vectors beside random numbers, which tell apart words of like meaning.

    :param size: the dimension, and the word vector's share of a row's squared length
    """
    dimension, share = size
    rng = np.random.default_rng(seed)
    width = len(next(iter(vectors.values())))
    table = np.zeros((len(lookup), dimension), np.float32)
    for row, form in enumerate(lookup.vocabulary):
        if form in vectors:
            table[row, :width] = vectors[form] * math.sqrt(share)
    rest = dimension - width
    table[:, width:] = rng.standard_normal((len(lookup), rest)) / math.sqrt(rest) * math.sqrt(1 - share)
    without = np.linalg.norm(table[:, :width], axis=1) < 1e-6
    table[without] = rng.standard_normal((int(without.sum()), dimension)) / math.sqrt(dimension)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    return table


def bm25(contexts: Sequence[Words], questions: Sequence[Words]) -> Iterator[NDArray[np.float32]]:
    """Each question's scores of all contexts, in blocks of at most 1,000 questions."""
    places: dict[str, int] = {}
    for context in contexts:
        for form in context:
            places.setdefault(form, len(places))
    average = sum(map(len, contexts)) / len(contexts)
    held = sp.lil_matrix((len(contexts), len(places)), dtype=np.float32)
    for row, context in enumerate(contexts):
        norm = _K1 * (1 - _B + _B * len(context) / average)
        for form, count in Counter(context).items():
            held[row, places[form]] = count * (_K1 + 1) / (count + norm)
    scores = held.T.tocsr()
    frequency = np.diff(scores.indptr)
    rarity = np.log1p((len(contexts) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    for first in range(0, len(questions), 1000):
        asked = [{places[f] for f in q if f in places} for q in questions[first : first + 1000]]
        columns = np.array([place for found in asked for place in sorted(found)], np.int64)
        ends = np.cumsum([0, *map(len, asked)])
        yield (sp.csr_matrix((rarity[columns], columns, ends), (len(asked), len(places))) @ scores).toarray()


class Trainer:
    """Steps over batches of pairs."""

    def __init__(self, texts: Texts, state: State, rarity: NDArray[np.float32], average: float) -> None:
        """:param rarity: each row's idf; :param average: words of a usual passage"""
        self._texts, self.state, self._rarity, self._average = texts, state, rarity, average

    def run(
        self, batches: Sequence[Sequence[Pair]], rate: float, seed: int, saved: Callable[[], None]
    ) -> None:
        """Train on what `state` has not seen yet; `saved` is called now and then and at the end."""
        for at in range(self.state.step, len(batches)):
            now = min(1.0, (at + 1) / _WARM_UP) * (1 - at / len(batches))
            self._step(batches[at], rate * now, np.random.default_rng((seed, at)))
            self.state.step = at + 1
            if self.state.step % _SAVE_EVERY == 0 or self.state.step == len(batches):
                saved()

    def _step(self, batch: Sequence[Pair], rate: float, rng: np.random.Generator) -> None:
        state = self.state
        asked = [pair.query for pair in batch]
        each = max(1, _PASSAGES // len(batch) - 1)
        negatives = [int(text) for pair in batch for text in rng.permutation(pair.negatives)[:each]]
        told = [pair.passage for pair in batch] + negatives
        used = self._texts.used([*asked, *told])
        at = torch.from_numpy(used)
        rows, sizes = state.directions[at].requires_grad_(), state.lengths[at].requires_grad_()
        scales = state.scales.clone().requires_grad_()
        table = rows * sizes.exp()[:, None]
        queries = embed(self._texts.matrix(asked, used), table)
        cosines = queries @ embed(self._texts.matrix(told, used), table).T
        same = torch.tensor(told)[None, :] == torch.tensor(told[: len(asked)])[:, None]
        wanted = torch.arange(len(asked))
        same[wanted, wanted] = False
        factors = scales.exp()
        alone = (cosines * factors[0]).masked_fill(same, -1e4)
        words = self._lexical(asked, told, used)
        beside = (cosines * factors[1] + words * factors[2]).masked_fill(same, -1e4)
        loss = cross_entropy(alone, wanted) + cross_entropy(beside, wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        state.seen[at] += 1
        for place, (values, inner, speed) in enumerate(
            ((state.directions, rows, rate), (state.lengths, sizes, rate * _WEIGHT_RATE))
        ):
            self._adam(values, inner.grad, (at, place), speed)
        self._adam(state.scales, scales.grad, (torch.arange(3), 2), rate * _WEIGHT_RATE)

    def _lexical(self, asked: Sequence[int], told: Sequence[int], used: NDArray[np.int64]) -> torch.Tensor:
        """What BM25 would say within this batch."""
        queries, passages = self._texts.matrix(asked, used), self._texts.matrix(told, used)
        queries.data = self._rarity[used][queries.indices]
        norm = 1 - _B + _B * self._texts.lengths(told) / self._average
        scores = (queries @ passages.T).toarray() / norm.clip(0.3)[None, :]
        return torch.from_numpy(scores.astype(np.float32))

    def _adam(
        self,
        values: torch.Tensor,
        gradient: torch.Tensor | None,
        where: tuple[torch.Tensor, int],
        rate: float,
    ) -> None:
        """Adam for the rows of this batch only; the others stand still.

        :param where: those rows, and which of the parameters this is
        """
        assert gradient is not None
        at, place = where
        first, second = self.state.moments[2 * place : 2 * place + 2]
        mean = first[at].mul_(_DECAY).add_(gradient, alpha=1 - _DECAY)
        square = second[at].mul_(_DECAY_SQUARE).addcmul_(gradient, gradient, value=1 - _DECAY_SQUARE)
        first[at], second[at] = mean, square
        count = self.state.seen[at] if place < 2 else torch.full((3,), self.state.step + 1.0)
        count = count[:, None] if gradient.dim() == 2 else count
        mean, square = mean / (1 - _DECAY**count), square / (1 - _DECAY_SQUARE**count)
        values[at] -= rate * mean / square.sqrt().add_(1e-8)
