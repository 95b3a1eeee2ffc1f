"""A page of a PDF as it looks, for readers who want to see the quote where it was printed."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2 as pdfium

from ingest.document import Picture
from ingest.errors import UnreadableFile
from ingest.readers.pdf import broken_file, opened

_MOST_DOTS = 2400  # along the longer side: an A0 plan is not drawn in full


def picture(path: Path, page: int, dots: int) -> Picture:
    """A page in colour with so many dots an inch, fewer where it is very large.

    :param page: from 1
    :raises UnreadableFile: the file cannot be opened, is no PDF, or has no such page
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            path, f"開けません: {error.strerror}", "読み取りの権限を確かめてください"
        ) from error
    document = opened(path, data)
    try:
        if not 1 <= page <= len(document):
            raise UnreadableFile(path, f"{page} ページはありません", "ページの番号を確かめてください")
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(dots / 72, _MOST_DOTS / max(width, height, 1.0))
        drawn = io.BytesIO()
        sheet.render(scale=scale).to_pil().convert("RGB").save(drawn, "WEBP", quality=80, method=2)
        return Picture(page, width, height, drawn.getvalue())
    except pdfium.PdfiumError as error:
        raise broken_file(path) from error
    finally:
        document.close()
