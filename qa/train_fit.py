"""Training of the reading network: which examples, which loss, which steps, and several processes at once."""

from __future__ import annotations

import fcntl
import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from qa.features import Tokens
from qa.layers import Network, Recurrent
from qa.network import QUESTION, WINDOW, Vocabulary, pairs
from qa.train_data import BROKEN, CLEAN, MADE, MINED, SOMEWHERE, Store

logger = logging.getLogger("qa.train")
CROP = 260  # tokens of a passage; one batch in four reads up to WINDOW
_POSITIVE = (CLEAN, BROKEN, MADE, SOMEWHERE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: the learning rate falls to nothing over `minutes`, whatever was reached."""

    minutes: float
    seed: int
    batch: int = 48
    rate: float = 2e-3
    smoothing: float = 0.998  # of the averaged weights that are kept
    negatives: float = 0.6  # for each positive
    worker: int = 0  # several processes may train together, each with its own order
    meet: Path | None = None  # the file in which they meet


def cropped(tokens: Tokens, first: int, last: int, size: int, rng: random.Random) -> tuple[Tokens, int, int]:
    """A stretch of at most `size` tokens that keeps the answer, if there is one."""
    if len(tokens) <= size:
        return tokens, first, last
    low, high = (
        (max(0, last + 1 - size), min(first, len(tokens) - size)) if first >= 0 else (0, len(tokens) - size)
    )
    at = rng.randint(low, high) if low <= high else max(0, min(first, len(tokens) - size))
    moved = (first - at, min(last - at, size - 1)) if first >= 0 else (first, last)
    return tokens[at : at + size], *moved


def batches(store: Store, plan: Plan, epoch: int) -> Iterator[list[tuple[int, int, int, int, int, int]]]:
    """One epoch: for each group a positive and perhaps a negative, batched by length, in random order."""
    rng = random.Random(f"{plan.seed}-{epoch}-{plan.worker}")
    groups: dict[int, tuple[list, list]] = {}  # type: ignore[type-arg]
    for example in store.examples:
        groups.setdefault(example[4], ([], []))[example[5] not in _POSITIVE].append(example)
    drawn = []
    for positives, negatives in groups.values():
        if positives:
            clean = [p for p in positives if p[5] == CLEAN]
            drawn.append(rng.choice(clean) if clean and rng.random() < 0.6 else rng.choice(positives))
        if negatives and rng.random() < plan.negatives:
            mined = [e for e in negatives if e[5] == MINED]
            drawn.append(rng.choice(mined) if mined and rng.random() < 0.5 else rng.choice(negatives))
    rng.shuffle(drawn)
    size = plan.batch * 40
    for k in range(0, len(drawn), size):
        part = sorted(drawn[k : k + size], key=lambda e: min(len(store.texts[e[1]]), WINDOW))
        packs = [part[n : n + plan.batch] for n in range(0, len(part), plan.batch)]
        rng.shuffle(packs)
        yield from packs


def loss_of(
    network: Network,
    batch: Sequence[tuple[int, ...]],
    store: Store,
    vocabulary: Vocabulary,
    rng: random.Random,
) -> Tensor:
    """Cross-entropy of the answer's two ends where there is one, and of whether there is one."""
    size = WINDOW if rng.random() < 0.25 else CROP
    cut = [cropped(store.texts[p], first, last, size, rng) for _, p, first, last, _, _ in batch]
    question, passage = pairs([store.texts[e[0]][:QUESTION] for e in batch], [c[0] for c in cut], vocabulary)
    scores = network(question.to(torch.bfloat16), passage.to(torch.bfloat16))
    first, last = torch.tensor([c[1] for c in cut]), torch.tensor([c[2] for c in cut])
    has, marked = (first != -1).float(), first >= 0
    loss = F.binary_cross_entropy_with_logits(scores.answerable, has)
    if marked.any():
        ends = F.cross_entropy(scores.start[marked], first[marked]) + F.cross_entropy(
            scores.end[marked], last[marked]
        )
        loss = loss + ends * marked.float().mean()
    return loss


def meet(weights: Sequence[Tensor], path: Path) -> None:
    """Goes half the way to what the other processes last left in the file, and leaves the result there.

    No process waits for another, so that a busy machine slows nobody but itself.
    """
    size = sum(w.numel() for w in weights)
    with path.open("r+b" if path.exists() else "w+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = np.fromfile(file, np.float32)
        flat = torch.cat([w.flatten() for w in weights])
        if len(held) == size:
            flat = flat.lerp(torch.from_numpy(held), 0.5)
        file.seek(0)
        flat.numpy().tofile(file)
        file.flush()
    for w, part in zip(weights, torch.split(flat, [w.numel() for w in weights]), strict=True):
        w.copy_(part.view_as(w))


class Trainer:
    """Weights in float32 and their average; the passes run in bfloat16, which AMX multiplies fast."""

    def __init__(self, network: Network, plan: Plan, path: Path) -> None:
        from qa.train_recurrence import fused

        Recurrent.compute = staticmethod(fused)
        self.network, self.plan, self.path = network, plan, path
        self.main = [p.detach().clone().float() for p in network.parameters()]
        self.mean = [p.clone() for p in self.main]
        self.optimizer = torch.optim.AdamW(
            self.main, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01, foreach=True
        )
        self.elapsed, self.steps, self.epoch, self.done = 0.0, 0, 0, 0
        network.to(torch.bfloat16)
        if path.exists():
            self.resume()

    def step(self, loss: Tensor) -> None:
        loss.backward()  # type: ignore[no-untyped-call]
        own = list(self.network.parameters())
        for main, p in zip(self.main, own, strict=True):
            main.grad = torch.zeros_like(main) if p.grad is None else p.grad.float()
            p.grad = None
        torch.nn.utils.clip_grad_norm_(self.main, 5.0, foreach=True)
        rate = (
            self.plan.rate
            * min(1.0, (self.steps + 1) / 100)
            * max(0.02, 1 - self.elapsed / (60 * self.plan.minutes))
        )
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self.steps += 1
        with torch.no_grad():
            torch._foreach_lerp_(
                self.mean, self.main, 1 - min(self.plan.smoothing, self.steps / (self.steps + 20))
            )
            if self.plan.meet is not None and self.steps % 8 == 0:
                meet(self.main, self.plan.meet)
            for main, p in zip(self.main, own, strict=True):
                p.copy_(main)

    def save(self) -> None:
        state = {
            "main": self.main, "mean": self.mean, "optimizer": self.optimizer.state_dict(),
            "at": (self.elapsed, self.steps, self.epoch, self.done),
        }  # fmt: skip
        torch.save(state, self.path.with_suffix(".part"))
        self.path.with_suffix(".part").replace(self.path)

    def resume(self) -> None:
        state = torch.load(self.path)
        self.elapsed, self.steps, self.epoch, self.done = state["at"]
        self.optimizer.load_state_dict(state["optimizer"])
        with torch.no_grad():
            for ours, theirs in (
                *zip(self.main, state["main"], strict=True),
                *zip(self.mean, state["mean"], strict=True),
            ):
                ours.copy_(theirs)
            for main, p in zip(self.main, self.network.parameters(), strict=True):
                p.copy_(main)


def fit(store: Store, vocabulary: Vocabulary, network: Network, plan: Plan, path: Path) -> None:
    """Trains until the time is up; a checkpoint every five minutes, from which a new start goes on."""
    trainer = Trainer(network, plan, path)
    began, saved, losses = time.monotonic() - trainer.elapsed, time.monotonic(), []
    while trainer.elapsed < 60 * plan.minutes:
        rng = random.Random(f"{plan.seed}-{trainer.steps}")
        for n, batch in enumerate(batches(store, plan, trainer.epoch)):
            if n < trainer.done:
                continue
            network.train()
            loss = loss_of(network, batch, store, vocabulary, rng)
            trainer.step(loss)
            losses.append(loss.item())
            trainer.done, trainer.elapsed = n + 1, time.monotonic() - began
            if trainer.steps % 20 == 0:
                logger.info(
                    "step %d epoch %d %.1f min loss %.3f",
                    trainer.steps,
                    trainer.epoch,
                    trainer.elapsed / 60,
                    np.mean(losses[-20:]),
                )
            if time.monotonic() - saved > 240 or trainer.elapsed >= 60 * plan.minutes:
                trainer.save()
                saved = time.monotonic()
            if trainer.elapsed >= 60 * plan.minutes:
                return
        trainer.epoch, trainer.done = trainer.epoch + 1, 0
