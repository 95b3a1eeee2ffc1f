"""A text's searchable view and the tokens of it, made once: health, chunks and index all count by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ingest.document import Span
from ingest.mecab import Words, analyse
from ingest.normalize import View, searchable


@dataclass(frozen=True, slots=True)
class Analysis:
    """
    :param words: the view's tokens, their places in `view.text`
    :param starts: where in the original each token begins, shape (tokens,), ascending; `ends` likewise
    """

    view: View
    words: Words
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@lru_cache(maxsize=1)  # what reads a file asks three times for the same text
def analysed(text: str) -> Analysis:
    """The searchable view of a whole text and its tokens."""
    view = searchable(text, Span(0, len(text)))
    words = analyse(view.text)
    return Analysis(view, words, places(view.starts)[words.starts], places(view.ends)[words.ends - 1])


def places(found: Sequence[int]) -> NDArray[np.int64]:
    """One side of a view's map, to be looked up many times."""
    if isinstance(found, range):
        return np.arange(found.start, found.stop, dtype=np.int64)
    return np.asarray(found, dtype=np.int64)
