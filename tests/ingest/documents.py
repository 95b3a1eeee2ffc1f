"""Documents the ingest tests share: short ones that look like the kinds people read."""

from __future__ import annotations

from hypothesis import strategies as st

from ingest.document import Document
from ingest.enumerations import enumerations
from ingest.sections import sections, title
from ingest.tables import tables

LAW = """個人情報の保護に関する法律

目次
第一章　総則（第一条―第三条）
第二章　国の責務等（第四条）
附則

第一章　総則

（目的）
第一条　この法律は、個人の権利利益を保護することを目的とする。
（定義）
第二条　この法律において「個人情報」とは、次の各号のいずれかに該当するものをいう。
一　氏名により特定の個人を識別することができるもの
二　個人識別符号が含まれるもの
２　前項の規定は、適用しない。
第二条の二（見出し）　前条の規定は、準用する。

第二章　国の責務等
第一節　国
第四条　国は、必要な施策を実施する責務を有する。

附　則
（施行期日）
第一条　この法律は、公布の日から施行する。
別表第一（第二条関係）
一　名前
"""

MANUAL = """1. はじめに
1.1 本書の目的
本書は、システムの利用手順を説明するものです。
1.2 用語の定義
本書で用いる用語は以下のとおりとする。
(1) 利用者　システムを利用する職員をいう。
(2) 管理者　システムを管理する職員をいう。
2. 利用手順
2.1 ログイン
以下の手順でログインする。
① ブラウザを開く
② URLを入力する
③ ログインボタンを押す
2.1.1 パスワードを忘れた場合
管理者に連絡してください。
2.2 ログアウト
画面右上のボタンを押します。
"""

TOWN = """粗大ごみの出し方

更新日：2024年4月1日

粗大ごみは事前の申込みが必要です。

申込方法

電話またはインターネットで申し込んでください。

手数料

品目\t手数料（円）\t備考
自転車\t500\t16インチ以上
ふとん\t300\t1枚につき

注意事項

・家電リサイクル法の対象品目は収集できません。
・当日の朝8時までに出してください。
  - マンションは指定場所
  - 戸建ては玄関先

よくある質問

Q1．申込み後にキャンセルできますか？
A1．収集日の2日前まで可能です。
"""

WRAPPED = """第１章 検討の背景

ＩＣＴは、すべての社会・経済活動の基盤であり、経済成長のみならず、社

会的課題や地球的課題の解決に貢献するツールとして、その果たすべき役割は

大きい。世界がグローバルに繋がり、各国の抱える課題と地球的課題が密接不

可分なものとなった昨今においては、日本がこれまで培ってきたＩＣＴの強み

を活用し、国際展開を推進することで、日本経済の成長と国際社会への貢献を

同時に達成することが可能である。



１．人材の育成

① 外国人留学生・研修生による日本企業へのインターンシップを仲介する

仕組み（インターンシップ仲介機構）の構築

インターンシップは現地の大学、先生、学生とのコネクションが形成され、

かつ、優秀な人材を採用できるので我が国にとって非常にメリットが大きい

事業と考えられる。

② その他

国際展開を推進することで、日本経済の成長と国際社会への貢献を果たす。
"""

MARKDOWN = """# 使い方ガイド

## インストール

次の手順で行います。

1. ダウンロードする
2. 展開する
   - Windows の場合
   - Mac の場合
3. 実行する

### 必要な環境

| 項目 | 値 |
|:----|---:|
| メモリ | 8 GB |
| ディスク | 100 GB |

```
# コメント
key = value
```
"""


def document(text: str, name: str = "文書.txt") -> Document:
    """A document of `text` as `read` makes it, without a file."""
    found = sections(text)
    return Document(
        id="0" * 16,
        name=name,
        path=f"/tmp/{name}",
        content_hash="",
        text=text,
        title=title(text),
        sections=found,
        tables=tables(text),
        enumerations=enumerations(text, found),
    )


_PIECES = st.sampled_from(
    [
        "第一章　総則",
        "第三条（定義）",
        "附則",
        "１．概要",
        "(1) ",
        "① ",
        "②",
        "・",
        "- ",
        "● ",
        "■",
        "# ",
        "## ",
        "|",
        "\t",
        "|---|---|",
        "---",
        "```",
        "目次",
        "……… 3",
        "【影響】",
        "＜例＞",
        "「",
        "」",
        "（",
        "）",
        "。",
        "、",
        "？",
        "\n",
        "\n\n",
        "　",
        " ",
        "\r\n",
        "\f",
        "**",
        "<u>",
        "令和3年",
        "100",
        "ア ",
        "次の３つ",
        "a",
        "\uf06c",
        "システムを整備する",
        "以下のとおり",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(_PIECES, max_size=60).map("".join),
    st.lists(st.sampled_from([LAW, MANUAL, TOWN, WRAPPED, MARKDOWN]), max_size=3).map("\n".join),
)
