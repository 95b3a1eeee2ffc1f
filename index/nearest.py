"""How vectors are searched: exactly, or through coarse codes and finer ones; the only door to FAISS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.ranges import Numbers, Ranges

Rows = NDArray[np.float32]

# Measured with 10⁶ passages of real text (512 dimensions, the bundled model) and 250 questions of the dev
# half; recall@10 / @100 against comparing with all, CPU milliseconds of one thread, k = 100:
#   share read   0.05             0.10             0.15             0.20             0.25
#   finer 4      .932 .923  3.7   .962 .957  5.0   .974 .968  7.4   .982 .976  9.3   .985 .979 10.6
#   finer 8      .932 .925  4.4   .962 .961  6.0   .974 .972  8.6   .982 .980 10.5   .985 .984 12.5
# Others with 395,007 passages, 1024 lists, share 0.25, milliseconds on two busy cores: one byte a dimension
# alone (SQ8) .983 .984 22; one bit and finer 16 (RaBitQfs) .981 .971 8; this .984 .982 7.
_READ = 0.22  # share of the lists read for a query
_FINER = 8  # candidates compared by finer codes for each result wanted
# Up to here chunks are compared one by one: 3 ms. 50,000 take 5 ms, and as many megabytes to save.
FLAT = 30_000
# A selection up to here is read chunk by chunk, without a pass over all.
_FEW = 2_000
# Vectors the lists are laid out by, and rounds of k-means.
_SAMPLE = 100_000
_ROUNDS = 8
# Lists of an index: this many times the root of its chunks, as a power of two.
_LISTS = 2
_CORES = faiss.omp_get_max_threads()


@dataclass(frozen=True, slots=True)
class Part:
    """A FAISS index in which a chunk's id is its position among `members`.

    :param living: which positions may be found; None is all
    """

    index: Any
    members: Ranges
    living: NDArray[np.bool_] | None = None

    def search(self, vector: Rows, k: int, within: Ranges | None) -> Iterator[tuple[int, float]]:
        """The nearest of the living as (chunk number, inner product), in any order."""
        chosen, count = self.living, len(self.members)
        if within is not None:
            spans = self.members.positions(within)
            if len(spans) <= _FEW:
                return self._each(vector, spans.numbers())
            mask = spans.mask(count)
            chosen = mask if chosen is None else mask & chosen
        if chosen is not None:
            count = int(np.count_nonzero(chosen))
        return self._best(vector, min(k, count), chosen, count) if count else iter(())

    def rows(self, positions: Numbers) -> Rows:
        """The vectors at these positions, as well as the index keeps them."""
        found: Rows = _fine(self.index).reconstruct_batch(positions)
        return found

    def _each(self, vector: Rows, positions: Numbers) -> Iterator[tuple[int, float]]:
        if self.living is not None:
            positions = positions[self.living[positions]]
        if len(positions):
            scores = self.rows(positions) @ vector
            yield from zip(self.members.at(positions).tolist(), scores.tolist(), strict=True)

    def _best(
        self, vector: Rows, k: int, chosen: NDArray[np.bool_] | None, count: int
    ) -> Iterator[tuple[int, float]]:
        # One question, one thread: threads that share it wait for each other when others ask as well. On two
        # busy cores 100,000 chunks took 24 ms so, instead of 1 ms.
        faiss.omp_set_num_threads(1)
        sel = None if chosen is None else selector(np.packbits(chosen, bitorder="little"))
        fine = _fine(self.index)
        if fine is self.index or count <= FLAT:
            scores, positions = fine.search(vector[None], k, params=_chosen(sel))
        else:
            params = _parameters(self.index, sel, len(self.members) / count)
            scores, positions = self.index.search(vector[None], k, params=params)
        held = positions[0] >= 0
        yield from zip(self.members.at(positions[0][held]).tolist(), scores[0][held].tolist(), strict=True)


def selector(bits: NDArray[np.uint8]) -> Any:
    """What lets only positions pass whose bit is set."""
    made: Any = faiss.IDSelectorBitmap
    return made(bits)


def flat(dimension: int, batches: Iterator[NDArray[np.float16]]) -> Any:
    """An exact index in memory; its codes are the ledger's float16 rows as they are."""
    kind = faiss.ScalarQuantizer.QT_fp16
    index: Any = faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
    for rows in batches:
        index.add_sa_codes(np.ascontiguousarray(rows).view(np.uint8))
    return index


def codes(index: Any) -> NDArray[np.float16]:
    """The rows of an index made by `flat`, not copied: they live as long as it does."""
    packed = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size)
    return np.asarray(packed.view("<f2").reshape(index.ntotal, index.d))


def coarse(sample: Rows, size: int) -> Any:
    """An empty index for `size` vectors: lists of two bits a dimension, turned so that all dimensions
    weigh alike, and a byte a dimension to put the best in order by.
    """
    faiss.omp_set_num_threads(_CORES)
    lists = 1 << round(np.log2(_LISTS * np.sqrt(size)))
    layout = f"RR{sample.shape[1]},IVF{lists},RaBitQfs2,Refine(SQ8)"
    index: Any = faiss.index_factory(sample.shape[1], layout, faiss.METRIC_INNER_PRODUCT)
    clustering = faiss.extract_index_ivf(faiss.downcast_index(index.base_index)).cp
    clustering.niter, clustering.max_points_per_centroid = _ROUNDS, -(-len(sample) // lists)
    clustering.min_points_per_centroid = 1
    index.train(sample)
    return index


def sampled(members: Ranges) -> Numbers:
    """The numbers to train with."""
    return members.at(np.linspace(0, len(members) - 1, min(len(members), _SAMPLE)).astype(np.int64))


def mapped(file: Path) -> Any:
    """The index in a file, its pages read when they are needed; None if it holds none."""
    try:
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
    except RuntimeError:
        return None


def writer(index: Any) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        try:
            faiss.write_index(index, str(file))
        except RuntimeError as error:  # a full disk, among others
            raise OSError(str(error)) from error

    return write


def _fine(index: Any) -> Any:
    """The part of an index that keeps every vector in the order of the positions."""
    return faiss.downcast_index(index.refine_index) if hasattr(index, "refine_index") else index


def _chosen(sel: Any) -> Any:
    made: Any = faiss.SearchParameters
    return made(sel=sel)


def _parameters(index: Any, sel: Any, sparse: float) -> Any:
    """Of fewer chunks more lists are read, so that what is near is still among them."""
    # The root: measured, it keeps the recall, and in proportion would cost three times as much.
    ivf = faiss.extract_index_ivf(faiss.downcast_index(index.base_index))
    lists = min(ivf.nlist, int(np.ceil(_READ * ivf.nlist * sparse**0.5)))
    search: Any = faiss.SearchParametersIVF
    turned: Any = faiss.SearchParametersPreTransform
    refined: Any = faiss.IndexRefineSearchParameters
    inner = turned(index_params=search(nprobe=lists, sel=sel))
    return refined(k_factor=_FINER, base_index_params=inner)
