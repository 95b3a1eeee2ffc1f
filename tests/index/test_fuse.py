"""Two rankings become one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.fuse import fuse

_RANKING = st.lists(st.integers(0, 30), unique=True).map(
    lambda numbers: [(number, 1.0 / rank) for rank, number in enumerate(numbers, 1)]
)


@given(_RANKING)
def test_a_side_that_finds_nothing_leaves_the_other_order_as_it_is(ranking: list[tuple[int, float]]) -> None:
    order = [number for number, _ in ranking]
    assert [found.number for found in fuse(ranking, [])] == order
    assert [found.number for found in fuse([], ranking)] == order


@given(_RANKING, _RANKING)
def test_everything_found_is_kept_once_with_its_ranks(
    words: list[tuple[int, float]], vectors: list[tuple[int, float]]
) -> None:
    fused = fuse(words, vectors)
    assert sorted(found.number for found in fused) == sorted({n for n, _ in words} | {n for n, _ in vectors})
    for found in fused:
        assert found.lexical_rank is None or words[found.lexical_rank - 1][0] == found.number
        assert found.dense_rank is None or vectors[found.dense_rank - 1][0] == found.number
    assert [found.score for found in fused] == sorted((found.score for found in fused), reverse=True)


def test_what_both_sides_rank_first_is_first() -> None:
    assert fuse([(7, 9.0), (1, 8.0)], [(7, 0.9), (2, 0.8)])[0].number == 7
