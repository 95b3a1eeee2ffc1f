"""Follow-up questions are made whole from the turns before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.__main__ import main
from eval.dialogues import DIALOGUES, asked, content, read_dialogues, shares
from qa import Tenkyo
from qa.followup import Turn, resolve


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("デジタル庁とは何ですか", "それはいつ発足しますか", "デジタル庁はいつ発足しますか"),
        ("デジタル庁とは何ですか", "いつからですか？", "デジタル庁はいつからですか?"),
        ("デジタル庁とは何ですか", "いつ発足しますか", "デジタル庁はいつ発足しますか"),
        ("情報銀行とは何ですか", "その課題は何ですか", "情報銀行の課題は何ですか"),
        ("情報銀行とは何ですか", "この制度のメリットは？", "情報銀行のメリットは?"),
        ("情報銀行とは何ですか", "もっと詳しく", "情報銀行をもっと詳しく"),
        ("乳がん検診の対象者は誰ですか", "費用は？", "乳がん検診の費用は?"),
        ("個人情報保護法の目的は何ですか", "罰則はありますか", "個人情報保護法の罰則はありますか"),
        ("労働基準法の第36条は何を定めていますか", "同法の適用除外は？", "労働基準法の適用除外は?"),
        ("デジタル庁はいつ発足しますか", "なぜですか", "デジタル庁はなぜ発足しますか"),
    ],
)
def test_what_is_asked_about_is_filled_in(first: str, second: str, whole: str) -> None:
    assert resolve(second, [Turn(first)]) == whole


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("令和2年度の予算額はいくらですか", "では令和元年度は？", "令和元年度の予算額はいくらですか"),
        ("令和2年度の予算額はいくらですか", "2021年度も教えてください", "2021年度の予算額はいくらですか"),
        ("令和2年度の予算額はいくらですか", "3年度は？", "令和3年度の予算額はいくらですか"),
        ("2019年度の予算額はいくらですか", "翌年度は？", "2020年度の予算額はいくらですか"),
        (
            "2018年度の訪日客は何人ですか",
            "いや、2020年度の方です",
            "2020年度の訪日客は何人ですか",
        ),
        ("製造業のテレワーク実施率は何％ですか", "小売業は？", "小売業のテレワーク実施率は何%ですか"),
        ("東京の最低賃金は時給いくらですか", "沖縄ではどうですか", "沖縄の最低賃金は時給いくらですか"),
        ("西地区の燃やすごみの収集日は", "東地区は？", "東地区の燃やすごみの収集日は"),
        ("西地区の燃やすごみの収集日は", "資源ごみは？", "西地区の資源ごみの収集日は"),
        ("予防接種の料金はいくらですか", "高齢者の場合は？", "高齢者の予防接種の料金はいくらですか"),
        ("テレワークの効果は何ですか", "他には？", "他にテレワークの効果は何ですか"),
    ],
)
def test_what_is_asked_is_asked_for_another_case(first: str, second: str, whole: str) -> None:
    assert resolve(second, [Turn(first)]) == whole


@pytest.mark.parametrize(
    ("turn", "second", "whole"),
    [
        (Turn("電波法を所管しているのはどの省庁ですか", "総務省"), "その住所は？", "総務省の住所は?"),
        (Turn("IPAの理事長は誰ですか", "富田達夫"), "その人の経歴は？", "富田達夫の経歴は?"),
        (Turn("IPAの理事長は誰ですか", "富田達夫"), "その組織はいつできましたか", "IPAはいつできましたか"),
        (Turn("戦略の名前は何ですか", "成長戦略、データ戦略"), "二つ目は？", "データ戦略とは何ですか"),
    ],
)
def test_the_answer_can_be_pointed_at(turn: Turn, second: str, whole: str) -> None:
    assert resolve(second, [turn]) == whole


def test_a_third_turn_leans_on_the_second_made_whole() -> None:
    turns: list[Turn] = []
    for question in ("奨学金の申請資格を教えてください", "金額は？", "返済はいつから？"):
        turns.append(Turn(resolve(question, turns)))
    assert [turn.question for turn in turns[1:]] == ["奨学金の金額は?", "奨学金の返済はいつから?"]


def test_a_reader_can_go_back_to_the_first_question() -> None:
    turns = [Turn("奨学金の金額はいくらですか"), Turn("授業料の免除制度はありますか")]
    whole = resolve("最初の質問に戻りますが、締め切りはいつですか", turns)
    assert whole == "奨学金の締め切りはいつですか"


@pytest.mark.parametrize(
    "question",
    [
        "未踏事業の目的は何ですか？",
        "情報銀行とは？",
        "DXの定義",
        "介護休業は何日まで取れますか",
        "ふるさと納税でこの制度を使うと控除額はいくらになりますか",
        "これまでの国勢調査で人口が最も多かったのは何年ですか",
        "同一労働同一賃金とは何ですか",
        "その他の介護サービスにはどんな種類がありますか",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert resolve(question, [Turn("デジタル庁とは何ですか", "司令塔")]) == question


@given(st.text())
def test_the_first_question_is_left_as_it_is(question: str) -> None:
    assert resolve(question, []) == question


_WORDS = """それ その そこ 同 法 令和 元 年度 2020年 の は が を も では なら 場合 費用 情報銀行 二つ目
前の年 前者 なぜ 他に いや、 最初の質問に戻りますが、 ？ 誰 ですか \ud800 \0 ① 、"""
_PIECES = st.sampled_from(_WORDS.split())
_TEXTS = st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=8).map("".join))


@given(_TEXTS, st.lists(st.builds(Turn, _TEXTS, _TEXTS), max_size=4))
def test_any_text_after_any_turns_gets_a_question(question: str, turns: list[Turn]) -> None:
    assert isinstance(resolve(question, turns), str)
    assert bool(resolve(question, turns).strip()) >= bool(question.strip())


def test_scripted_conversations_are_understood() -> None:
    found = asked(read_dialogues(DIALOGUES))
    for split in ("dev", "test"):
        half = shares([each for each in found if each.line.split == split])
        right, n = half["続けての問い"]
        assert n >= 60 and right / n >= 0.8
        right, n = half["話題を変えた問い"]
        assert n >= 19 and right / n >= 0.9


def test_the_command_prints_failures_of_the_development_half_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dialogues", "--split", "test"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main(["dialogues"]) == 0
    assert "正:" in capsys.readouterr().out


def test_a_broken_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "会話.jsonl"
    broken.write_text('{"question": "1"}\n', encoding="utf-8")
    assert main(["dialogues", str(broken)]) == 2
    assert "会話.jsonl の 1 行目" in capsys.readouterr().err


def test_a_conversation_points_at_its_answers_and_takes_an_edited_question_as_it_is(tmp_path: Path) -> None:
    text = "# 窓口\n\n粗大ごみの申し込み先は清掃センターです。\n\n清掃センターの電話番号は01-2345です。\n"
    (tmp_path / "案内.md").write_text(text, encoding="utf-8")
    tenkyo = Tenkyo.open(tmp_path / "ix")
    tenkyo.add(tmp_path / "案内.md")
    chat = tenkyo.conversation()
    chat.ask("粗大ごみの申し込み先はどこですか")
    second = chat.ask("そこの電話番号は？")
    assert second.question == "清掃センターの電話番号は?"
    assert "01-2345" in second.text
    assert chat.ask("そこの電話番号は？", as_asked=True).question == "そこの電話番号は？"
    del chat.turns[-1:]
    assert chat.ask("住所は？").question == "清掃センターの住所は?"
    tenkyo.close()


def test_the_same_words_in_another_order_ask_the_same_and_a_pointing_word_does_not() -> None:
    assert content("令和２年度の予算は、いくらですか？") == content("予算は令和2年度でいくらでしょうか")
    assert content("その予算は") != content("予算は")
