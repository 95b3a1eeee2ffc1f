"""The reading network: what users notice of it, on the bundled weights."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.features import encode, fold_in_place, windows
from qa.layers import WIDTH, recurrence
from qa.network import BUNDLED, NOTHING, ReaderNetwork, best_spans
from qa.train_broken import broken
from qa.train_passages import marked, unmarked
from qa.train_tables import table_question

BRIDGE = "明石海峡大橋は、兵庫県神戸市と淡路市を結ぶ吊橋である。1988年5月に着工し、1998年4月5日に開通した。"
LIBRARY = "国立国会図書館は、国会に属する図書館である。国内の出版物を集めて保存し、誰でも閲覧できる。"
HARBOUR = "横浜港は、神奈川県横浜市にある港湾である。国際戦略港湾に指定されている。"
JAPANESE = st.text(
    st.sampled_from("令和３3年度予算額は,.億円ＩＣＴict・○\n\t| 。、の㈱がﾃﾞ応募者①デジタル庁"), max_size=80
)


@cache
def network() -> ReaderNetwork:
    return ReaderNetwork.load()


def test_the_answer_is_marked_in_the_passage_that_holds_it() -> None:
    _, reading, _ = network().read("明石海峡大橋はいつ開通しましたか", [LIBRARY, BRIDGE, HARBOUR])
    assert "1998年4月5日" in BRIDGE[reading.start : reading.end]


def test_the_passage_that_answers_is_surer_than_the_others() -> None:
    passages = [LIBRARY, HARBOUR, BRIDGE]
    readings = network().read("国会に属する図書館は何ですか", passages)
    assert max(range(3), key=lambda n: readings[n].answerable) == 0


def test_a_question_that_no_passage_answers_is_less_sure() -> None:
    held = network().read("明石海峡大橋はいつ開通しましたか", [BRIDGE])[0]
    other = network().read("明石海峡大橋を設計した人は誰ですか", [LIBRARY])[0]
    assert other.answerable < 0.1 < held.answerable


def test_full_width_text_is_read_like_half_width_and_keeps_its_places() -> None:
    wide = BRIDGE.replace("1998年4月5日", "１９９８年４月５日")
    reading = network().read("明石海峡大橋はいつ開通しましたか", [wide])[0]
    assert "１９９８年４月５日" in wide[reading.start : reading.end]


def test_an_answer_behind_the_first_window_of_a_long_passage_is_found() -> None:
    long = LIBRARY * 30 + BRIDGE
    assert len(windows(encode(long), 400, 300)) > 1
    reading = network().read("明石海峡大橋はいつ開通しましたか", [long])[0]
    assert "1998年4月5日" in long[reading.start : reading.end]


def test_what_a_passage_says_does_not_depend_on_the_passages_beside_it() -> None:
    alone = network().read("横浜港はどこにありますか", [HARBOUR])[0]
    among = network().read("横浜港はどこにありますか", [LIBRARY * 5, HARBOUR, BRIDGE])[1]
    assert (alone.start, alone.end) == (among.start, among.end)
    assert alone.answerable == pytest.approx(among.answerable, abs=0.02)


def test_an_empty_passage_or_question_answers_nothing() -> None:
    assert network().read("いつですか", ["", " \n\t", BRIDGE])[:2] == [NOTHING, NOTHING]
    assert network().read(" ", [BRIDGE]) == [NOTHING]
    assert network().read("いつですか", []) == []


@settings(max_examples=25, deadline=None)
@given(JAPANESE, st.lists(JAPANESE, min_size=1, max_size=3))
def test_every_span_lies_in_its_passage(question: str, passages: list[str]) -> None:
    for passage, reading in zip(passages, network().read(question, passages), strict=True):
        assert 0 <= reading.answerable <= 1
        if reading != NOTHING:
            assert reading.candidates[0][:2] == (reading.start, reading.end)
            for start, end, score in reading.candidates:
                assert 0 <= start < end <= len(passage)
                assert passage[start:end].strip() and 0 <= score <= 1.01


@given(JAPANESE)
def test_a_token_stands_where_it_says(text: str) -> None:
    tokens, folded = encode(text), fold_in_place(text)
    assert len(folded) == len(text)
    assert all(a < b for a, b in zip(tokens.starts, tokens.ends, strict=True))
    assert all(b <= a for a, b in zip(tokens.starts[1:], tokens.ends, strict=False))
    assert sum(len(text[a:b]) for a, b in zip(tokens.starts, tokens.ends, strict=True)) == len(
        "".join(folded.split())
    )


def test_cells_of_a_row_are_numbered() -> None:
    tokens = encode("年度\t応募者数\n令和元年\t3000")
    assert tokens.columns[tokens.starts >= 10].max() == 2
    assert encode("表のない文です。").columns.max() == 0


def test_the_best_spans_of_a_text_do_not_overlap() -> None:
    spans = best_spans(torch.randn(4, 30), torch.randn(4, 30))
    for row in spans:
        places = sorted((first, last) for first, last, _ in row)
        assert all(last < first for (_, last), (first, _) in pairwise(places))


def test_padding_does_not_change_what_is_read_before_it() -> None:
    gates, x = torch.randn(1, 9, 3 * WIDTH), torch.randn(1, 9, WIDTH)
    short = recurrence(gates[:, :5], x[:, :5], torch.tensor([5]))
    padded = recurrence(gates, x, torch.tensor([5]))[:, :5]
    torch.testing.assert_close(short, padded)


def test_the_bundled_reader_stays_small() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.iterdir()) < 20 * 2**20


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=tmp_path.name):
        ReaderNetwork.load(tmp_path)


@given(st.integers(0, 10**6))
def test_a_passage_broken_for_training_still_holds_its_answer(seed: int) -> None:
    answer = BRIDGE.index("1998年")
    text, start, end = unmarked(
        broken(marked(BRIDGE, answer, answer + 5), "橋", [LIBRARY], random.Random(seed))
    )
    assert "".join(text[start:end].split()) == "1998年"


@given(st.integers(0, 10**6))
def test_a_made_table_question_asks_for_a_cell_that_is_there(seed: int) -> None:
    made = table_question(random.Random(seed), [LIBRARY, HARBOUR], answerable=True)
    cell = made.passage[made.start : made.end]
    assert cell and not np.isin(list("\t\n"), list(cell)).any()
