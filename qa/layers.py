"""The layers of the reading network: simple recurrent units, attention, and the heads over a passage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from qa.features import COLUMNS, KINDS, POS

WIDTH = 256  # of every hidden row: 128 read forwards, 128 backwards
VECTOR = 200  # of the fixed word vectors
TUNED = 1000  # the commonest words' vectors are trained, among them the question words
SCALARS = 6
_NEVER = -1e4


class Side(NamedTuple):
    """A batch of texts, padded to (texts, tokens); `scalars` is (texts, tokens, SCALARS)."""

    rows: Tensor
    pos: Tensor
    gaps: Tensor
    columns: Tensor
    kinds: Tensor
    scalars: Tensor
    lengths: Tensor

    def to(self, kind: torch.dtype) -> Side:
        return self._replace(scalars=self.scalars.to(kind))

    def mask(self) -> Tensor:
        """True where a token stands."""
        return torch.arange(self.rows.shape[1], device=self.rows.device)[None] < self.lengths[:, None]


@dataclass(frozen=True, slots=True)
class Scores:
    """Log-odds: of each passage that it answers; of each token that the answer begins, or ends, there."""

    answerable: Tensor
    start: Tensor
    end: Tensor


def recurrence(gates: Tensor, x: Tensor, lengths: Tensor) -> Tensor:
    """The recurrent part of a layer: h (texts, tokens, WIDTH) from gates (…, 3·WIDTH) and its input x.

    c(t) = f·c(t−1) + (1−f)·z;  h = r·c + (1−r)·x, the first half of each row forwards, the second backwards.
    """
    z, f, r = gates.chunk(3, dim=-1)
    f = torch.sigmoid(f)
    # Padding feeds nothing in, so that the state is still 0 when the backward half reaches the text.
    mask = torch.arange(x.shape[1], device=x.device)[None] < lengths[:, None]
    u = torch.addcmul(z, f, z, value=-1) * mask[..., None]
    # The second half is turned around, so that one step serves both directions: what costs is their number.
    c = _turned(torch.stack(_states(_turned(u).unbind(1), _turned(f).unbind(1)), dim=1))
    return torch.lerp(x, c, torch.sigmoid(r))


def _turned(rows: Tensor) -> Tensor:
    """The second half of each row from the last token to the first; twice is as before."""
    half = rows.shape[-1] // 2
    return torch.cat([rows[..., :half], rows[..., half:].flip(1)], dim=-1)


def _states(fed: Sequence[Tensor], kept: Sequence[Tensor]) -> list[Tensor]:
    state, states = torch.zeros_like(fed[0]), []
    for u, f in zip(fed, kept, strict=True):
        state = torch.addcmul(u, f, state)
        states.append(state)
    return states


class Recurrent(nn.Module):
    """A bidirectional simple recurrent unit with a highway past it.

    Its matrix product does not wait for the step before, so that it trains many times faster than an LSTM.
    """

    compute: Callable[[Tensor, Tensor, Tensor], Tensor] = staticmethod(recurrence)

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.gates = nn.Linear(WIDTH, 3 * WIDTH)
        self.dropout = dropout

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        inner = _drop_rows(self.norm(x), self.dropout, self.training)
        return Recurrent.compute(self.gates(inner), x, lengths)


def _drop_rows(x: Tensor, rate: float, training: bool) -> Tensor:
    """Dropout of the same columns all along a text."""
    if not training or rate == 0:
        return x
    keep = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= rate
    return x * (keep.to(x.dtype) / (1 - rate))


class Attention(nn.Module):
    """What each row of the passage finds in the question, joined to the row."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(WIDTH, 1)
        self.right = nn.Linear(WIDTH, 1, bias=False)
        self.both = nn.Parameter(torch.full((WIDTH,), WIDTH**-0.5))
        self.join = nn.Linear(3 * WIDTH, WIDTH)

    def forward(self, x: Tensor, other: Tensor, mask: Tensor) -> Tensor:
        scores = torch.matmul(x * self.both + self.right.weight, other.transpose(1, 2))
        scores = (scores + self.left(x)).float().masked_fill(~mask[:, None], _NEVER)
        found = torch.matmul(scores.softmax(-1).to(x.dtype), other)
        return torch.relu(self.join(torch.cat([x, found, x * found], dim=-1)))


class Network(nn.Module):
    """(question, passage) → `Scores`; `vectors` are the fixed word vectors, row 0 for unknown words."""

    def __init__(self, vectors: Tensor, dropout: float = 0.2) -> None:
        super().__init__()
        self.register_buffer("vectors", vectors, persistent=False)
        self.tuned = nn.Parameter(torch.zeros(TUNED, VECTOR))
        self.pos = nn.Embedding(len(POS) + 1, 16)
        self.gap = nn.Embedding(4, 8)
        self.column = nn.Embedding(COLUMNS, 8)
        self.kind = nn.Embedding(KINDS, 8)
        features = VECTOR + 16 + 8 + 8 + 8 + SCALARS
        self.align = nn.Linear(VECTOR, 128)
        self.enter_question = nn.Linear(features, WIDTH)
        self.enter_passage = nn.Linear(features + VECTOR, WIDTH)
        self.encode = nn.ModuleList([Recurrent(dropout) for _ in range(2)])
        self.ask = Attention()
        self.middle = nn.ModuleList([Recurrent(dropout) for _ in range(2)])
        self.model_start = Recurrent(dropout)
        self.join_end = nn.Linear(2 * WIDTH, WIDTH)
        self.model_end = Recurrent(dropout)
        self.pool = nn.Linear(WIDTH, 1)
        self.start, self.start_asked = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, WIDTH)
        self.end, self.end_asked = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, WIDTH)
        self.judge = nn.Sequential(
            nn.Linear(4 * WIDTH + 4, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 1)
        )
        self.dropout = dropout

    def _look_up(self, side: Side) -> Tensor:
        found = F.embedding(side.rows, self.vectors)  # type: ignore[arg-type]
        tuned = F.embedding(side.rows.clamp(max=TUNED - 1), self.tuned)
        return found + tuned * (side.rows < TUNED)[..., None]

    def _enter(self, side: Side, words: Tensor) -> Tensor:
        return torch.cat(
            [
                words,
                self.pos(side.pos),
                self.gap(side.gaps),
                self.column(side.columns),
                self.kind(side.kinds),
                side.scalars,
            ],
            dim=-1,
        )

    def forward(self, question: Side, passage: Side) -> Scores:
        """Scores of each passage for the question in the same row."""
        q_mask, p_mask = question.mask(), passage.mask()
        q_words, p_words = (
            _drop_rows(self._look_up(s), self.dropout, self.training) for s in (question, passage)
        )
        alike = torch.relu(self.align(p_words)) @ torch.relu(self.align(q_words)).transpose(1, 2)
        alike = alike.float().masked_fill(~q_mask[:, None], _NEVER).softmax(-1).to(p_words.dtype)
        q = self.enter_question(self._enter(question, q_words)) * q_mask[..., None]
        p = (
            self.enter_passage(torch.cat([self._enter(passage, p_words), alike @ q_words], dim=-1))
            * p_mask[..., None]
        )
        for layer in self.encode:
            q, p = layer(q, question.lengths), layer(p, passage.lengths)
        m = self.ask(p, q, q_mask)
        for layer in self.middle:
            m = layer(m, passage.lengths)
        asked = self.pool(q).float().squeeze(-1).masked_fill(~q_mask, _NEVER).softmax(-1).to(q.dtype)
        asked = torch.matmul(asked[:, None], q).squeeze(1)
        return self._heads(asked, m, passage)

    def _heads(self, asked: Tensor, m: Tensor, passage: Side) -> Scores:
        mask = passage.mask()
        first = self.model_start(m, passage.lengths)
        start = (self.start(first) + first @ self.start_asked(asked)[..., None]).float().squeeze(-1)
        start = start.masked_fill(~mask, _NEVER)
        last = self.model_end(self.join_end(torch.cat([m, first], dim=-1)), passage.lengths)
        end = (self.end(last) + last @ self.end_asked(asked)[..., None]).float().squeeze(-1)
        end = end.masked_fill(~mask, _NEVER)
        at_start = torch.matmul(start.softmax(-1).to(m.dtype)[:, None], first).squeeze(1)
        at_end = torch.matmul(end.softmax(-1).to(m.dtype)[:, None], last).squeeze(1)
        most = first.masked_fill(~mask[..., None], _NEVER).max(1).values
        overlap = passage.scalars[:, 0, -2:]
        logits = torch.stack([start.max(-1).values, end.max(-1).values], dim=-1).to(m.dtype) / 10
        evidence = torch.cat([at_start, at_end, most, asked, logits, overlap], dim=-1)
        return Scores(self.judge(evidence).float().squeeze(-1), start, end)
