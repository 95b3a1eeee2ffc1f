"""The embedded model: what it ships, what it knows, and that its files are the whole of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embed import load_encoder
from index.vocabulary import Lookup, words

FOLDER = Path(__file__).parents[2] / "index/models/tenkyo-static-ja"
_MOST_BYTES = 30_000_000


def _near(one: str, other: str) -> float:
    encoder = load_encoder(None)
    return float(encoder.encode_queries([one])[0] @ encoder.encode_documents([other])[0])


def test_spellings_of_one_word_are_one_word() -> None:
    assert words("取り組み") == words("取組")
    assert words("コンピュータ") == words("コンピューター")
    assert words("ハンコ") == words("判子")
    assert words("ＩＣＴ戦略") == words("ict戦略")


def test_particles_and_punctuation_are_not_looked_up() -> None:
    assert words("は、が。（を）です") == []


def test_an_unknown_word_is_put_together_from_its_pieces() -> None:
    lookup = Lookup(["予算"], buckets=1000)
    bag = lookup.bag(["予算", "ゾルグ"])
    known = bag.rows == 0
    assert known.sum() == 1 and all(1 <= row < len(lookup) for row in bag.rows[~known])
    assert sum(bag.weights[~known]) == pytest.approx(float(bag.weights[known][0]))
    assert lookup.rows("ゾルグ") == lookup.rows("ゾルグ") != lookup.rows("ゾルム")


def test_repeating_a_word_adds_less_each_time() -> None:
    lookup = Lookup(["予算"], buckets=8)
    first, second, third = (lookup.bag(["予算"] * count).weights[0] for count in (1, 2, 3))
    assert first < second < third < 2 * first


def test_the_model_is_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) <= _MOST_BYTES
    assert (FOLDER / "README.md").is_file()


def test_the_model_loads_without_network() -> None:
    program = (
        "from sentence_transformers import SentenceTransformer;"
        f"model = SentenceTransformer({str(FOLDER)!r}, trust_remote_code=True, device='cpu');"
        "print(model.encode(['押印の廃止']).shape)"
    )
    offline = {"HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=FOLDER.parents[2], env=offline, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("(1, ")


def test_a_question_is_nearer_to_its_answer_than_to_other_passages() -> None:
    question = "夏目漱石が小説「坊っちゃん」を発表したのはいつ？"
    answer = "『坊っちゃん』は、夏目漱石による日本の中編小説。1906年、雑誌に発表された。"
    others = (
        "予算は国会の議決を経て成立する。",
        "夏の暑さは年々厳しくなっている。",
        "雑誌の定期購読を申し込む。",
    )
    assert all(_near(question, answer) > _near(question, other) for other in others)


def test_word_order_and_particles_do_not_change_a_text() -> None:
    assert _near("予算の編成", "編成、予算") == pytest.approx(1, abs=1e-5)


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_has_a_finite_vector_of_unit_length_or_none(texts: list[str]) -> None:
    vectors = load_encoder(None).encode_documents([*texts, "予算"])
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.isfinite(vectors).all()
    assert all(abs(length - 1) < 1e-4 or length < 1e-6 for length in lengths)


def test_a_text_has_the_same_vector_in_any_company() -> None:
    encoder = load_encoder(None)
    alone = encoder.encode_documents(["押印の廃止"])
    among = encoder.encode_documents(["", "猫が寝る", "押印の廃止", "。"])[2:3]
    assert np.allclose(alone, among, atol=1e-5)
