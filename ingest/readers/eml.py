"""E-mails: the headers a reader looks at, then the text; what is attached is named, not read."""

from __future__ import annotations

from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from ingest.content import Content, Draft
from ingest.errors import UnreadableFile
from ingest.readers import html
from ingest.readers.text import decode

_HEADERS = (("Subject", "件名"), ("From", "差出人"), ("To", "宛先"), ("Cc", "同報"), ("Date", "日付"))


def content(path: Path, data: bytes) -> Content:
    """A message's headers and text.

    :raises UnreadableFile: no e-mail, or its text in no encoding that Japanese text comes in
    """
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
        headers = {name: str(message[name] or "").strip() for name, _ in _HEADERS}
    except (MessageError, ValueError, LookupError, IndexError, AttributeError, RecursionError) as error:
        raise UnreadableFile(
            path, f"電子メールとして読めません（{type(error).__name__}）", "書き出し直してください"
        ) from error
    if not headers["From"] and not headers["Subject"]:
        raise UnreadableFile(
            path, "電子メールではありません（件名も差出人もありません）", "拡張子を確かめてください"
        )
    draft = Draft()
    for name, label in _HEADERS:
        if headers[name]:
            draft.paragraph(f"{label}：{headers[name]}")
    draft.blank()
    _body(path, message, draft)
    attached = (
        [part.get_filename() or "名前なし" for part in message.iter_attachments()]
        if message.is_multipart()
        else []
    )
    if attached:
        draft.notes.append(f"添付ファイルは読んでいません（{'、'.join(attached[:5])}）")
    return draft.done(title=headers["Subject"][:100], issued=_issued(headers["Date"]))


def _body(path: Path, message: EmailMessage, draft: Draft) -> None:
    part = message.get_body(("plain", "html"))
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes) or not payload.strip():
        return
    try:
        text = payload.decode(part.get_content_charset() or "us-ascii")
    except (UnicodeDecodeError, LookupError):
        text = decode(path, payload)
    if part.get_content_type() == "text/html":
        html.write(draft, text)
    else:
        for line in text.splitlines():
            draft.paragraph(line) if line.strip() else draft.blank()


def _issued(said: str) -> str:
    try:
        sent = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return ""
    return f"{sent.year}年{sent.month}月{sent.day}日"
