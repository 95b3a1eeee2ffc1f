"""What a question is about: its noun phrases, which of them only name a side of a thing, and its topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from string import ascii_letters

from ingest.mecab import Token, tokenize

# Nouns that name a side of a thing, never the thing: a question that has no others is about what was asked
# before. Compounds of them (申請方法, 登録者数) are no more telling.
_SIDES = """
費用 料金 手数料 金額 値段 価格 代金 単価 予算 額 総額 上限 下限 限度 割合 比率 率 数 人数 件数 回数 台数
量 規模 面積 人口 定員 収容 職員 点数 点 単位 順位 順番 目標 実績 期間 期限 期日 日程 日時 日付 日数 時期
時間 時刻 締め切り 開始 終了 開館 閉館 営業 休館 曜日 年 月 日 週 年度 年数 任期 有効 年齢 制限 対象
対象者 条件 要件 資格 基準 範囲 種類 区分 分類 内容 内訳 構成 項目 概要 詳細 特徴 特色 性質 目的 狙い
理由 原因 背景 経緯 歴史 由来 根拠 意味 定義 意義 効果 効力 影響 結果 成果 課題 問題 欠点 弱点 利点 長所
短所 メリット デメリット リスク 違い 差 例 事例 実例 例外 注意 留意 ポイント コツ 場所 住所 所在 会場
行き先 窓口 連絡 連絡先 申込先 問い合わせ 電話 番号 メール アドレス ホームページ サイト URL 地図 行き方
アクセス 駐車場 担当 責任 代表 会長 社長 理事長 議長 委員長 座長 センター長 所長 トップ リーダー メンバー
構成員 名前 名称 正式 略称 別名 読み 主体 実施 所管 提出 申請 申請書 応募 申し込み 予約 手続き 方法 手段
手順 流れ 仕組み やり方 使い方 書き方 計算 書類 必要 用紙 様式 持ち物 証明 添付 罰則 罰金 違反 罰 処分
義務 権利 免除 減免 割引 控除 返済 返却 返金 支払い 納付 精算 更新 変更 取り消し キャンセル 解約 廃止
改正 改定 施行 成立 設立 設置 発足 発表 公表 公開 作成 策定 決定 判断 審査 選定 選考 採択 採用 認定 承認
許可 届け出 報告 通知 相談 受付 受け取り 受給 支給 給付 利用 使用 参加 加入 登録 契約 保存 保管 管理 運営
運用 提供 開発 提唱 発案 作者 著者 受験 合格 不合格 予防 治療 症状 副作用 検査 家族 本人 代理 委任 保護者
適用 除外 特例 再任 解任 選任 申立て 不服 経歴 学歴 出身 所得 評価 見通し 見込み 予定 スケジュール 今後
将来 現状 現在 推移 傾向 最大 最小 最高 最低 最新 最初 最後 一番 全体 合計 平均 他 ほか 以外 別 主 具体的
場 国際的 議論 関係 関連 省庁 国 自治体 事業者 企業 会社 団体 機関 組織 体制 制度 事業 法律 法令 条文
規定 規約 規則 原則 一覧 資料 場合 時 人 者 方 物 事 為 所 分 側 部分 質問 話 答え 説明 中 前 後 間 以上
以下 以内 以降 以前 約 全部 空き 席 領収書 理解 自分 私 皆 過去 近年 途中 当時 とき こと もの 海外 国内
"""
PERSONS = re.compile(
    r"(?:者|人|生|員|児|婦|世帯|女性|男性|子ども|子供|こども|大人"
    r"|パート|アルバイト|親|夫|妻|未成年|歳|才|役|層)(?:以上|以下|未満)?$"
)
_TIMES = re.compile(
    r"(?:曜日?|平日|土日|祝日|週末|春|夏|秋|冬|朝|昼|夜|夜間|午前|午後|昨年|去年|今年|来年|年末|年始"
    r"|(?:年|月|日)前|[年月]度?|休み|現在)$"
)
YEAR = re.compile(r"(?:令和|平成|昭和)(?:元|\d+)年(?:度|\d+月)?|\d{4}年(?:度|\d+月)?")
_DIGIT = re.compile(r"[\d〇一二三四五六七八九十]")
_LETTERS = frozenset(ascii_letters)
_JOINS = frozenset("・.-/+&'－＆")
_NOUNS = frozenset({"名詞", "接尾辞", "接頭辞", "記号", "形状詞"})
ASKS = re.compile(
    r"いつ(?!か(?!ら))|どこ|誰|だれ|どなた|何|なに|なん(?=で[すし]|の|だ)|いくら|いくつ|なぜ|なんで|どうして|どう|いかが"
    r"|どの|どれ|どちら|どっち|どんな|どなた|いかなる"
)
_COMMANDS = re.compile(
    r"(?:を|について|に関して)?(?:教え|挙げ|説明|列挙|知り(?:たい|たく)|知ら(?:せ|ない)|お願い|述べ|示し)"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Nouns that stand together in a question, from `start` to `end`.

    :param after: the particles behind it
    :param side: it only names a side of a thing: 申請方法, 費用
    :param does: it is what is done or said of something, not a thing: 就任しましたか, 必須ですか
    :param headed: its last noun does: 申告期限
    :param named: a proper name is in it
    :param morphemes: how many
    """

    text: str
    start: int
    end: int
    after: str
    side: bool
    does: bool
    headed: bool
    named: bool
    morphemes: int

    @property
    def sort(self) -> str:
        """What it is a value of, where its form tells: "year", "person", "time"; else ""."""
        if YEAR.fullmatch(self.text) or re.fullmatch(r"(?:元|\d{1,2})年度?", self.text):
            return "year"
        if PERSONS.search(self.text) and not self.text.endswith(("対象者", "担当者", "責任者")):
            return "person"
        return "time" if _TIMES.search(self.text) else ""


@cache
def _sides() -> frozenset[str]:
    return frozenset(token.lemma for word in _SIDES.split() for token in tokenize(word))


@lru_cache(maxsize=256)
def phrases(folded: str) -> tuple[Phrase, ...]:
    """The noun phrases of a question in order; what it asks with (何人, どの省庁) is none."""
    tokens = tokenize(folded)
    found: list[Phrase] = []
    at = 0
    while at < len(tokens):
        if not _noun(tokens, at):
            at += 1
            continue
        begin = at
        while at < len(tokens) and _noun(tokens, at, inside=at > begin):
            at += 1
        while tokens[at - 1].surface in _JOINS and at - 1 > begin:
            at -= 1
        if not _asked(tokens, begin):
            found.append(_phrase(folded, tokens, begin, at))
    return tuple(found)


def _phrase(folded: str, tokens: tuple[Token, ...], begin: int, end: int) -> Phrase:
    behind = end
    while behind < len(tokens) and tokens[behind].pos[0] == "助詞":
        behind += 1
    own = tokens[begin:end]
    return Phrase(
        text=folded[own[0].start : own[-1].end],
        start=own[0].start,
        end=own[-1].end,
        after="".join(token.surface for token in tokens[end:behind]),
        side=all(
            token.lemma in _sides() or token.pos[1] == "数詞" or token.pos[0] == "動詞" or _affix(token)
            for token in own
        ),
        does=_does(tokens, end),
        headed=own[-1].lemma in _sides() and (not _affix(own[-1]) or own[-1].surface in "額率数先日"),
        named=any(token.pos[1] == "固有名詞" or token.surface[0] in _LETTERS for token in own),
        morphemes=len(own),
    )


def _does(tokens: tuple[Token, ...], end: int) -> bool:
    if end >= len(tokens):
        return False
    return (tokens[end].lemma, tokens[end].pos[0]) == ("為る", "動詞") or tokens[end].pos[0] == "助動詞"


def _affix(token: Token) -> bool:
    return token.pos[0] in ("接尾辞", "接頭辞")


def _noun(tokens: tuple[Token, ...], at: int, inside: bool = False) -> bool:
    token = tokens[at]
    if inside and token.surface in _JOINS:
        return tokens[at - 1].end == token.start
    if token.lemma in ("御", "そんな", "こんな", "様", "前述", "上記", "当該"):
        return False
    if token.pos[0] == "動詞":  # 行き方
        follows = tokens[at + 1] if at + 1 < len(tokens) else None
        if follows is None or token.end != follows.start:
            return False
        stem = token.pos[1] == "一般" and token.surface[-1] in "いきしちにひみりえけせてねへめれげべ"
        return follows.surface in ("方", "先") or (stem and follows.pos[0] in ("名詞", "接尾辞"))
    if token.pos[0] == "形状詞":  # 同一労働; but 大事な is no thing
        return inside or (at + 1 < len(tokens) and tokens[at + 1].pos[0] in ("名詞", "接尾辞"))
    return token.pos[0] in _NOUNS and bool(token.surface.strip("?？!！。、"))


def _asked(tokens: tuple[Token, ...], begin: int) -> bool:
    """何人, いつ頃, どの省庁, どういう資格, どのような事業, いくらぐらい."""
    if ASKS.match(tokens[begin].surface) or tokens[begin].lemma in ("幾", "何時頃"):
        return True
    before = "".join(token.surface for token in tokens[max(0, begin - 3) : begin])
    return bool(
        re.search(r"(?:どの|どんな|ど[うの]いう|どういった|どのような|何という|なんという|何の)$", before)
    )


_ADVERB = re.compile(r"^(?:なぜ|何故|なんで|どうして|他に|例えば|たとえば|具体的には?)(?=[^、は?？]{2})")


def topic(folded: str) -> str:
    """The words up to the topic's particle, or up to what is done with them when there is none."""
    folded = _ADVERB.sub("", folded)
    found = phrases(folded)
    for token in tokenize(folded):
        if token.surface in ("は", "って") and token.pos[0] == "助詞" and token.start > 0:
            head = folded[: token.start]
            head = head if head.endswith(("もの", "こと")) else re.sub(r"(?:と|に|で|について)$", "", head)
            if found and found[0].start < token.start:
                return head.strip("、, ")
    for particles in (("を",), ("が",), ("も", "とか", "に", "で", "へ", "から", "について", "とは")):
        for phrase in found:
            if phrase.after.startswith(particles):
                return folded[: phrase.end].strip("、, ")
    asks = ASKS.search(folded)
    head = folded[: asks.start()] if asks else _COMMANDS.split(folded)[0]
    return head.strip("のはがをにで、,?？。 ") or folded.strip("?？。、 ")


def entity(folded: str, bare: bool = False) -> str:
    """The thing itself: the topic without the side of it that was asked for (デジタル庁の予算: デジタル庁).

    :param bare: without a side that says itself what it is of, too (テレワーク実施率)
    """
    head = topic(folded)
    found = phrases(head)
    if len(found) > 1 and (_CLAUSE.search(head) or found[-1].side):
        # 電波法を所管しているの, 在宅勤務の日数に上限, 地デジを採用した国: what is named first is the thing.
        inner = next(
            (each for each in found[:-1] if not each.after.startswith(("の", "・", "と", "や"))), None
        )
        if inner is not None and inner.after:
            head = head[: inner.end]
    found = phrases(head)
    while (
        len(found) > 1
        and (_aside(found[-1]) or (bare and found[-1].headed))
        and found[-1].end == len(head)
        and not _DIGIT.search(found[-1].text)
    ):
        if not found[-2].after.startswith("の") or found[-2].end + 1 != found[-1].start:
            break
        head = head[: found[-2].end]
        found = phrases(head)
    if len(found) > 1 and found[0].sort == "time" and found[0].after == "の" and found[0].start == 0:
        head = head[found[1].start :]
    return head


def _aside(phrase: Phrase) -> bool:
    """応募資格, 規制対象; but テレワーク実施率 says what it is of."""
    return phrase.side or (phrase.headed and phrase.morphemes <= 2)


_CLAUSE = re.compile(r"(?:の|とき|時|ところ|場合)$")


_REMEMBERED = 8  # questions back that a thing can stay what is talked about


def thing(asked: Sequence[str], bare: bool = False) -> str:
    """What is talked about: a side of it that was asked for since (Aの費用は) leaves it what it was.

    :param asked: the questions so far, each in full and folded, oldest first; at least one
    """
    about = entity(asked[-_REMEMBERED:][0], bare)
    for question in asked[-_REMEMBERED:][1:]:
        if not question.startswith((f"{about}の", f"{about}は")):
            about = entity(question, bare)
    return about
