"""Made-up tables in the style of government statistics, and questions for their cells (training only)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from qa.train_passages import CLOSE, OPEN, Question, unmarked

_PREFECTURES = (
    "北海道", "青森県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "群馬県", "埼玉県", "千葉県",
    "東京都", "神奈川県", "新潟県", "富山県", "石川県", "長野県", "静岡県", "愛知県", "三重県", "京都府",
    "大阪府", "兵庫県", "奈良県", "鳥取県", "岡山県", "広島県", "山口県", "香川県", "愛媛県", "高知県",
    "福岡県", "佐賀県", "熊本県", "鹿児島県", "沖縄県", "札幌市", "仙台市", "横浜市", "名古屋市", "神戸市",
    "福岡市", "会津若松市", "前橋市",
)  # fmt: skip
_COUNTRIES = (
    "日本", "米国", "中国", "韓国", "英国", "ドイツ", "フランス", "インド", "ベトナム", "タイ", "ブラジル",
    "EU", "シンガポール", "オーストラリア",
)  # fmt: skip
_FIELDS = (
    "農業", "医療", "教育", "防災", "交通", "観光", "製造業", "建設業", "金融", "物流", "エネルギー",
    "介護", "林業", "水産業", "通信", "放送", "小売業", "サービス業", "地域振興", "子育て支援", "環境",
    "研究開発", "人材育成", "道路整備", "上水道", "下水道", "廃棄物処理", "公園緑地", "文化振興",
    "スポーツ振興",
)  # fmt: skip
_BODIES = (
    "総務省", "経済産業省", "文部科学省", "厚生労働省", "農林水産省", "国土交通省", "環境省", "内閣府",
    "法務省", "財務省", "外務省", "防衛省", "警察庁", "消防庁",
)  # fmt: skip
_EXAMS = (
    "基礎試験", "応用試験", "初級", "中級", "上級", "一次試験", "二次試験", "筆記試験", "実技試験", "春期",
    "秋期", "専門試験", "教養試験", "1級", "2級", "3級", "準1級", "一般職", "総合職",
)  # fmt: skip
_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("応募者数", "人", "何人ですか"), ("受験者数", "人", "何人ですか"), ("合格者数", "人", "何人ですか"),
    ("合格率", "%", "何%ですか"), ("予算額", "億円", "いくらですか"), ("決算額", "百万円", "いくらですか"),
    ("事業費", "千円", "いくらですか"), ("件数", "件", "何件ですか"), ("利用者数", "人", "何人ですか"),
    ("導入率", "%", "何%ですか"), ("普及率", "%", "どのくらいですか"), ("市場規模", "兆円", "いくらですか"),
    ("人口", "人", "何人ですか"), ("事業所数", "か所", "いくつですか"), ("従業員数", "人", "何人ですか"),
    ("補助率", "", "どれだけですか"), ("上限額", "万円", "いくらですか"), ("前年度比", "%", "何%ですか"),
    ("目標値", "", "いくつですか"), ("構成比", "%", "何%ですか"), ("採択件数", "件", "何件ですか"),
    ("申請件数", "件", "何件ですか"), ("面積", "km2", "どのくらいですか"), ("施行日", "", "いつですか"),
    ("締切", "", "いつですか"), ("担当課", "", "どこですか"), ("所管", "", "どこですか"),
    ("実施主体", "", "どこですか"),
)  # fmt: skip
_ENDINGS = (
    "{a}は{e}？", "{a}は{e}か。", "{a}を教えてください", "{a}を教えて", "{a}は？",
    "{a}はどうなっていますか", "{a}はどれくらい?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grid:
    """A made-up statistical table: a title, the names of rows and columns, and the cells."""

    title: str
    corner: str
    names: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    cells: tuple[tuple[str, ...], ...]

    def rows(self, rng: random.Random) -> list[str]:
        """Lines of text: tab-separated mostly, else with pipes, else one "row column value" line per cell."""
        style = rng.random()
        heads = [
            self.corner,
            *(
                name if rng.random() < 0.5 or not unit else f"{name}({unit})"
                for name, unit, _ in self.columns
            ),
        ]
        grid = [heads, *([name, *cells] for name, cells in zip(self.names, self.cells, strict=True))]
        if style < 0.6:
            lines = ["\t".join(row) for row in grid]
        elif style < 0.8:
            lines = ["| " + " | ".join(row) + " |" for row in grid]
            lines.insert(1, "|" + "---|" * len(heads)) if rng.random() < 0.5 else None
        else:
            lines = [
                f"{name} {head} {cell}"
                for name, cells in zip(self.names, self.cells, strict=True)
                for head, cell in zip(heads[1:], cells, strict=True)
            ]
        return ([self.title] if rng.random() < 0.6 else []) + lines


def table(rng: random.Random) -> Grid:
    """A table in the style of government statistics."""
    year = rng.randint(10, 30)
    eras = (
        [f"平成{y}年度" for y in range(year, year + 6)]
        if rng.random() < 0.4
        else [f"令和{y}年度" for y in range(1, 8)]
    )
    western = [f"{y}年{'度' if rng.random() < 0.5 else ''}" for y in range(2000 + year, 2000 + year + 6)]
    corner, pool = rng.choice(
        (
            ("年度", eras),
            ("年", western),
            ("自治体名", _PREFECTURES),
            ("国・地域", _COUNTRIES),
            ("区分", _FIELDS),
            ("府省名", _BODIES),
            ("試験区分", _EXAMS),
            ("分野", _FIELDS),
        )
    )
    names = tuple(dict.fromkeys(rng.sample(pool, min(len(pool), rng.randint(2, 7)))))
    if corner in ("年度", "年"):
        names = tuple(sorted(names, key=pool.index))
    columns = tuple(rng.sample(_COLUMNS, rng.randint(1, 4)))
    cells = tuple(tuple(_cell(name, unit, rng) for name, unit, _ in columns) for _ in names)
    number, kind = (
        rng.choice(("表1 ", "表2-1 ", "【", "", "図表 ")),
        rng.choice(("状況", "実績", "推移", "内訳", "予算")),
    )
    title = f"{number}{rng.choice(_FIELDS)}に関する{kind}"
    return Grid(title, corner, names, columns, cells)


def _cell(name: str, unit: str, rng: random.Random) -> str:
    if name in ("担当課", "所管", "実施主体"):
        return rng.choice(
            (*_BODIES, "総務課", "政策課", "情報政策課", "企画財政課", "商工会議所", "都道府県", "市町村")
        )
    if name in ("施行日", "締切"):
        return f"令和{rng.randint(1, 8)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    if name == "補助率":
        return rng.choice(("1/2", "2/3", "3/4", "定額", "10/10", "1/3"))
    if unit == "%":
        value = f"{rng.uniform(1, 130):.1f}"
    else:
        number = int(10 ** rng.uniform(1, 6))
        value = f"{number:,}" if rng.random() < 0.7 else str(number)
    return value + (unit if rng.random() < 0.3 else "")


def table_question(rng: random.Random, around: Sequence[str], answerable: bool) -> Question:
    """A question for one cell of a made-up table between sentences; or for a row that the table lacks."""
    grid = table(rng)
    r, c = rng.randrange(len(grid.names)), rng.randrange(len(grid.columns))
    name, _, ending = grid.columns[c]
    marks = [list(row) for row in grid.cells]
    marks[r][c] = OPEN + marks[r][c] + CLOSE
    shown = Grid(grid.title, grid.corner, grid.names, grid.columns, tuple(map(tuple, marks)))
    text = "\n".join(shown.rows(rng))
    before, after = rng.sample(around, 2)
    text = (before + "\n" if rng.random() < 0.4 else "") + text + ("\n" + after if rng.random() < 0.4 else "")
    asked = grid.names[r]
    if not answerable:
        text = unmarked(text)[0]
        asked, name, ending = _absent(grid, text, rng)
    about = rng.choice(
        (f"{asked}の{name}", f"{asked}における{name}", f"{name}について、{asked}の値", f"{asked}、{name}")
    )
    question = rng.choice(_ENDINGS).format(a=about, e=ending.removesuffix("か") + "か" if ending else "")
    question = question.replace("かか。", "か。")
    if not answerable:
        return Question(question, text, -1, -1)
    return Question(question, *unmarked(text))


def _absent(grid: Grid, text: str, rng: random.Random) -> tuple[str, str, str]:
    """A row or a column that the table does not have."""
    name, _, ending = rng.choice(grid.columns)
    if rng.random() < 0.5:
        others = [n for n in (*_PREFECTURES, *_FIELDS, *_BODIES, *_COUNTRIES) if n not in text]
        if grid.corner in ("年度", "年"):
            others = [n for y in range(1, 30) if (n := f"平成{y}年度") not in text] + ["令和9年度", "1999年"]
        return rng.choice(others), name, ending
    spare = [column for column in _COLUMNS if column[0] not in text]
    name, _, ending = rng.choice(spare)
    return rng.choice(grid.names), name, ending
