"""The recipe of the reading network: vectors → prepare → fit → export → measure. Never imported at run time.

python -m qa.train vectors --data DATA --vectors V             word vectors from the given texts
python -m qa.train prepare --data DATA --work DIR              tokenise everything once
python -m qa.train fit     --data DATA --work DIR --vectors V  train; start again to resume
python -m qa.train export  --vectors V --work DIR --out OUT    the mean of what the workers reached
python -m qa.train measure --data DATA --out OUT               calibrate, and say how well it reads
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from qa.features import word_hash
from qa.layers import Network
from qa.network import BUNDLED, ReaderNetwork, Vocabulary
from qa.train_data import Store, build
from qa.train_fit import Plan, fit
from qa.train_measure import Evaluation, calibrate, judging
from qa.train_vectors import train

logger = logging.getLogger("qa.train")
WORDS = 60_000


def quantised(vectors: Path, limit: int) -> tuple[NDArray[np.uint32], NDArray[np.int8], NDArray[np.float16]]:
    """Hashes of the `limit` commonest words, their vectors as int8 (row 0 = unknown) and the rows' scales."""
    words = (vectors / "words.txt").read_text(encoding="utf-8").split("\n")[:limit]
    rows = np.load(vectors / "words.npy", mmap_mode="r")[: len(words)].astype(np.float32)
    rows = rows / np.sqrt((rows**2).mean())
    hashes = np.array([word_hash(w) for w in words], np.uint32)
    scales = np.abs(rows).max(1) / 127
    small = np.round(rows / scales[:, None]).astype(np.int8)
    unknown = np.zeros((1, rows.shape[1]), np.int8)
    return hashes, np.vstack([unknown, small]), np.append(1.0, scales).astype(np.float16)


def export(checkpoints: Sequence[Path], vectors: Path, out: Path) -> None:
    """Writes the mean of the workers' weights (float16) and the vectors (int8) for `ReaderNetwork.load`."""
    hashes, rows, scales = quantised(vectors, WORDS)
    network = Network(torch.zeros(1, rows.shape[1]))
    means = [torch.load(path)["mean"] for path in checkpoints]
    mean = [torch.stack(same).mean(0) for same in zip(*means, strict=True)]
    out.mkdir(parents=True, exist_ok=True)
    names = [name for name, _ in network.named_parameters()]
    np.savez(out / "weights.npz", **{n: w.half().numpy() for n, w in zip(names, mean, strict=True)})  # type: ignore[arg-type]
    np.savez(out / "vectors.npz", hashes=hashes, vectors=rows, scales=scales)
    (out / "reader.json").write_text(json.dumps({"slope": 1.0, "offset": 0.0}) + "\n", encoding="utf-8")


def measure(data: Path, out: Path, limit: int | None, final: bool) -> dict[str, object]:
    """Calibrates on one part of the development questions, measures on another, and writes both down."""
    reader = ReaderNetwork.load(out)
    part = Evaluation.of(data / "jaquad_dev.json.xz", 1000)
    logits, labels = part.judged(reader)
    line = calibrate(logits[:500], labels[:500])
    settings = {"slope": line[0], "offset": line[1]}
    (out / "reader.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    report: dict[str, object] = {
        "jaquad_dev": Evaluation.of(data / "jaquad_dev.json.xz", limit).reading(reader)
    }
    report["judging"] = judging(logits[500:], labels[500:], line)
    if final:
        report["jsquad_valid"] = Evaluation.of(data / "jsquad_valid.json.xz", None).reading(reader)
    return report


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa.train", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("stage", choices=("vectors", "prepare", "fit", "export", "measure"))
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the training data")
    parser.add_argument(
        "--work", type=Path, default=Path("training"), help="folder of tokens and checkpoints"
    )
    parser.add_argument(
        "--vectors", type=Path, default=Path("training"), help="folder of words.txt and words.npy"
    )
    parser.add_argument("--out", type=Path, default=BUNDLED, help="folder to export to")
    parser.add_argument("--minutes", type=float, default=120, help="training time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", type=int, default=None, help="train as one of several processes: 0, 1, …")
    parser.add_argument("--limit", type=int, default=None, help="fewer questions, to try the recipe")
    parser.add_argument(
        "--final", action="store_true", help="measure: also on jsquad_valid, once, when all is chosen"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one stage of the recipe."""
    given = _arguments().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    tokens, weights = given.work / "tokens.npz", given.work / f"reader{given.worker or 0}.pt"
    if given.stage == "vectors":
        train(given.data, given.vectors, given.seed, WORDS)
    elif given.stage == "prepare":
        build(given.data, given.seed, given.limit).save(tokens)
    elif given.stage == "fit":
        torch.set_num_threads(1 if given.worker is not None else 2)
        torch.manual_seed(given.seed + (given.worker or 0))
        torch.set_flush_denormal(True)
        hashes, rows, scales = quantised(given.vectors, WORDS)
        network = Network(torch.from_numpy(rows).float() * torch.from_numpy(scales).float()[:, None])
        meeting = given.work / "meet.bin" if given.worker is not None else None
        plan = Plan(given.minutes, given.seed, worker=given.worker or 0, meet=meeting)
        fit(Store.load(tokens), Vocabulary(hashes), network, plan, weights)
    elif given.stage == "export":
        export(sorted(given.work.glob("reader?.pt")), given.vectors, given.out)
    else:
        logger.info(
            "%s", json.dumps(measure(given.data, given.out, given.limit, given.final), ensure_ascii=False)
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
