"""The word vectors under the reader: skip-gram over the given texts, one sentence a line, wakati by MeCab."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ingest.mecab import tokenize
from qa.features import fold_in_place
from qa.train_data import jsonl
from qa.train_reword import retrofitted

logger = logging.getLogger("qa.train")
# Characters of each part that are read: articles and manuals speak most like the documents asked about.
QUOTAS = {"encyclopedia": 22e6, "law": 9e6, "manuals": 20e6, "policy_and_rules": 9e9, "literature": 3e6}
WIDTH = 200


class Lines:
    """The texts' lines as lists of words, again at each pass."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[list[str]]:
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                words = line.split()
                yield from (words[n : n + 1000] for n in range(0, len(words), 1000))


def words_of(data: Path, out: Path, seed: int) -> None:
    """Writes the texts' words, folded as the reader folds them, to `out`."""
    with out.open("w", encoding="utf-8") as file:
        for part, quota in QUOTAS.items():
            texts = [str(row["text"]) for row in jsonl(data / f"text_{part}.jsonl.xz")]
            random.Random(seed).shuffle(texts)
            taken = 0
            for text in texts:
                taken += len(text)
                if taken > quota:
                    break
                for line in fold_in_place(text).lower().splitlines():
                    file.write(" ".join(token.surface for token in tokenize(line)) + "\n")


def train(data: Path, vectors: Path, seed: int, most: int) -> None:
    """Writes `words.txt`, commonest first, and `words.npy`, a row of 200 for each word, into `vectors`.

    :param most: how many words; the rarest give way to synonyms that the texts do not hold
    """
    from gensim.models import Word2Vec

    vectors.mkdir(parents=True, exist_ok=True)
    lines = vectors / "lines.txt"
    if not lines.exists():
        words_of(data, lines, seed)
    model = Word2Vec(
        Lines(lines),
        vector_size=WIDTH,
        sg=1,
        window=5,
        negative=5,
        min_count=8,
        max_final_vocab=70_000,
        sample=1e-4,
        workers=2,
        epochs=2,
        seed=seed,
    )
    words, rows = retrofitted(model.wv.index_to_key, model.wv.vectors, most)
    np.save(vectors / "words.npy", rows)
    (vectors / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    logger.info("%d words", len(words))
