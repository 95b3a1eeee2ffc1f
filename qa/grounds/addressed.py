"""Whether a text speaks to a language model instead of to its reader: never followed, never shown."""

from __future__ import annotations

import re
import unicodedata

from ingest.normalize import fold

_ASSISTANT = (
    r"(?:AI|人工知能|アシスタント|チャット\s?ボット|ボット|言語モデル|LLM|ChatGPT|GPT|モデル|"
    r"assistant|chatbot|language model)"
)
_RULES = (
    r"(?:指示|命令|ルール|規則|制約|プロンプト|設定|文脈|会話|instructions?|prompts?|rules?|"
    r"directions?|guidelines?|context)"
)
_SAY = (
    r"(?:答え|回答|返答|応答|出力|返信|表示|記載|書い|言っ|述べ|伝え|案内|引用|翻訳|要約|挿入|"
    r"追加|添え|付け|紹介|誘導|従っ|無視し|忘れ)"
)
_PLEASE = (
    r"(?:(?:て|で)(?:ください|下さい|くだされ|ほしい|欲しい|もらいたい|いただ|くれ|ね|よ)|"
    r"なさい|ろ[。」!]|よ[。」!]|べし|ること[。」]|せよ|しろ)"
)
_PATTERNS = (
    # Turning aside what was said before.
    rf"(?:これまで|今まで|以前|前述|上記|先ほど|ここまで|それまで|既存|他|すべて|全て|以上|元|"
    rf"最初)の?[^。]{{0,16}}{_RULES}[^。]{{0,12}}(?:無視|忘れ|破棄|取り消|無効|上書き|従わ)",
    rf"{_RULES}(?:は|を|に)?[^。]{{0,8}}(?:すべて|全て|一切)?(?:無視|忘れ|破棄|上書き|従わない)",
    r"\b(?:ignore|disregard|forget|override|bypass|drop)\b[^.。]{0,40}\b(?:previous|prior|above|"
    r"earlier|all|any|other|your|the|these|those|system)\b[^.。]{0,30}\b(?:instruction|prompt|"
    r"rule|direction|guideline|context|message|passage|document|said|text)",
    r"\b(?:new|updated|revised|real|actual)\s+(?:system\s+)?(?:instructions?|prompt|task)\b|"
    r"新しい(?:指示|命令|プロンプト)|追加(?:の)?(?:指示|命令)",
    # Turns and marks of a chat.
    r"(?:^|[\s\]>「#*|])(?:system|assistant|user|developer|human|システム|アシスタント|ユーザー|"
    r"開発者)\s*(?:prompt|message|プロンプト|メッセージ|からの指示)?\s*[:：>]",
    r"<\|[^|>]{1,30}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user|instructions?|passage|"
    r"document|data|context|資料|文書|指示|質問)\b[^>]{0,20}>|#{2,}\s*(?:system|instruction|"
    r"response|assistant|指示)",
    r"(?:begin|end)\s+(?:of\s+)?(?:the\s+)?(?:system|prompt|context|passages?|documents?|data|"
    r"instructions?|user)|(?:資料|文書|データ|文脈|コンテキスト|引用)(?:は)?(?:ここ)?(?:で|"
    r"の)?(?:終わり|終了|ここまで)",
    # Telling the assistant what to say.
    rf"{_ASSISTANT}(?:は|へ|に|が|さん|の(?:皆さん|方|あなた))?[^。]{{0,60}}{_SAY}[^。]{{0,12}}{_PLEASE}",
    rf"{_ASSISTANT}(?:への|に対する|向けの?)(?:指示|命令|お願い|注意|メモ|伝言|連絡|依頼)",
    r"(?:猫語|語で|言葉で|口調で|語尾)[^。]{0,12}(?:答え|回答|話し|付け)",
    r"(?:回答|答え|返答|応答)(?:の(?:最後|最初|末尾|冒頭|中))?に(?:は|も)?[^。]{0,70}(?:付け|"
    r"挿入|含め|加え|埋め込|追加|添え)[^。]{0,4}(?:て|る|せよ|なさい|こと)",
    rf"{_ASSISTANT}(?:の(?:方|皆さん|皆様)|さん|様)?(?:は|へ|"
    rf"に)[^。]{{0,4}}[。、]?[^。]{{0,60}}(?:ご|お)[^。]{{1,6}}(?:いただけ|ください|下さい|願)",
    rf"(?:次|以下|下記)の(?:よう|とおり|通り|文|内容|言葉|文字列|文章)(?:に|を|"
    rf"で)?[^。]{{0,16}}{_SAY}[^。]{{0,8}}{_PLEASE}",
    rf"(?:質問|問い|問合せ|問い合わせ)(?:に|へ|には|を受けたら|されたら|"
    rf"が来たら)[^。]{{0,60}}(?:と|で|を|のみ|だけ)[^。]{{0,10}}{_SAY}[^。]{{0,12}}(?:{_PLEASE}|"
    rf"こと|ます?。?$)",
    rf"(?:正解|答え|回答|正しい(?:答え|値|金額))[はを][^。]{{0,50}}(?:と|だと|として|"
    rf"で)[^。]{{0,6}}{_SAY}[^。]{{0,8}}",
    r"(?:と|だけ|のみ|英語で|日本語で|中国語で|フランス語で)(?:、)?(?:必ず|ただ)?(?:答えよ|"
    r"回答せよ|返答せよ|出力せよ|答えなさい|回答しなさい|出力しなさい|(?:答えて|回答して|お答え|"
    r"ご回答)(?:ください|下さい|くれ)|返答して(?:ください|下さい)|出力して(?:ください|下さい)|"
    r"出力すること|回答すること|答えること|応答すること)",
    r"(?:あなた|きみ|君|貴方)は(?:今から|これから|今後|もはや|自由な)?[^。]{0,30}(?:として|"
    r"を演じ|になりき|である|です|ではな|振る舞)",
    r"(?:システム|内部|隠し|秘密の|初期)?(?:プロンプト|指示文|設定文)[^。]{0,14}(?:表示|出力|"
    r"開示|教え|示し|公開|繰り返|復唱|書き出|送信)",
    r"\b(?:you are|you're|act as|pretend|from now on|as an ai|dear (?:ai|assistant|model)|(?:ai|"
    r"assistant|llm)s?\s+(?:must|should|shall|will|reading))\b",
    r"\b(?:please\s+)?(?:answer|respond|reply|output|print|say|write|repeat|reveal|show|tell|"
    r"state|include|append|add|insert|cite|quote|translate|summari[sz]e|decode|execute|follow|"
    r"click|visit|send|encode|obey)\b[^.。]{0,80}\b(?:only|with|that|the following|this|these|"
    r"exactly|instead|prompt|instructions?|user|link|image|to|in|as|your|is|yen|at|from|below|"
    r"answer)\b",
    r"(?:リンク|URL|画像|マークダウン|Markdown|HTML|タグ|iframe|スクリプト)[^。]{0,60}(?:挿入|"
    r"追加|表示|埋め込|添え|付け|出力|案内|誘導|クリック|貼)[^。]{0,8}" + _PLEASE,
    r"(?:\[\d\]|［\d］|出典\s?\d|引用番号|引用\s?\d)[^。]{0,16}(?:付け|引用|添え|付し|記)",
    r"(?:わからない|分からない|答えられない|答えられません|記載がない|"
    r"該当なし)[^。]{0,6}と(?:だけ)?[^。]{0,6}(?:答え|回答|返答|出力|言)",
    r"base64|デコードし(?:て|、)|復号し(?:て|、)",
    r"これ(?:以降|より後)の(?:資料|文書|記述|内容)は[^。]{0,10}(?:無視|読ま)",
)
_ADDRESSED = tuple(re.compile(pattern, re.I | re.M) for pattern in _PATTERNS)
_ENCODED = re.compile(r"(?<![/:.\w-])[A-Za-z0-9+/]{40,}={0,2}(?![\w.-])")
# Not a letter that anyone sees: zero-width, tag and direction characters hide words from a reader.
_HIDDEN = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)


def addressed(text: str) -> bool:
    """Whether a text tells a language model what to do, hides letters, or carries something encoded."""
    if len(_HIDDEN.findall(text)) > 3 or _ENCODED.search(text):
        return True
    seen = visible(text)
    return any(pattern.search(seen) for pattern in _ADDRESSED)


def visible(text: str) -> str:
    """A text as a reader sees it, folded, without characters of no width."""
    kept = "".join(
        c for c in fold(text) if c == "\n" or unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cs")
    )
    return kept.replace("\n", " ")
