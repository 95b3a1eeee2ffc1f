"""Files that mean harm or have come to harm: name → bytes, the same in every run."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator

from tests.ingest import formats

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "はははははははははは">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
_FOREIGN = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def harmed(sound: dict[str, bytes], seed: int = 3) -> Iterator[tuple[str, bytes]]:
    """Each sound file cut short, with bytes changed, with a piece missing, and under another's suffix."""
    rng = random.Random(seed)
    for suffix, data in sound.items():
        for n in range(9):
            yield f"切れた{n}.{suffix}", data[: len(data) * (n + 1) // 11]
        for n in range(9):
            changed = bytearray(data)
            for _ in range(1 + n * 6):
                changed[rng.randrange(len(data))] = rng.randrange(256)
            yield f"化けた{n}.{suffix}", bytes(changed)
        middle = len(data) // 2
        yield f"抜けた.{suffix}", data[: middle - middle // 4] + data[middle:]
        yield f"空白.{suffix}", bytes(len(data))
        for other in sound:
            if other != suffix:
                yield f"{other}を名乗る{suffix}.{other}", data


def repacked(data: bytes, **parts: bytes) -> bytes:
    """An Office file with some of its parts replaced ("__" for "/", "_dot_" for ".")."""
    named = {name.replace("__", "/").replace("_dot_", "."): held for name, held in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, named.pop(info.filename, old.read(info.filename)))
        for name, held in named.items():
            new.writestr(name, held)
    return made.getvalue()


def meant(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Bombs, loops, references out of the file, depth without end."""
    word, sheet, deck = sound["docx"], sound["xlsx"], sound["pptx"]
    body = word_part(word, "word/document.xml")
    yield "爆弾.docx", repacked(word, word__document_dot_xml=body + b" " * 700_000_000)
    yield "爆弾.xlsx", repacked(sheet, xl__extra_dot_xml=bytes(700_000_000))
    yield "部品.pptx", repacked(deck, **{f"ppt__x{n}_dot_xml": b"" for n in range(21_000)})
    bare = body.replace(b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>", b"")
    laughing = bare.replace("出張".encode(), b"&i;")
    yield "笑い.docx", repacked(word, word__document_dot_xml=_LAUGHS.encode() + laughing)
    reaching = bare.replace("出張".encode(), b"&x;")
    yield "外部.docx", repacked(word, word__document_dot_xml=_FOREIGN.encode() + reaching)
    grid = word_part(sheet, "xl/worksheets/sheet1.xml")
    laughing, reaching = (grid.replace("出張".encode(), entity) for entity in (b"&i;", b"&x;"))
    yield "笑い.xlsx", repacked(sheet, xl__worksheets__sheet1_dot_xml=_LAUGHS.encode() + laughing)
    yield "外部.xlsx", repacked(sheet, xl__worksheets__sheet1_dot_xml=_FOREIGN.encode() + reaching)
    far = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    yield "果て.xlsx", repacked(sheet, xl__worksheets__sheet1_dot_xml=grid.replace(b"</sheetData>", far))
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    yield "結合.xlsx", repacked(sheet, xl__worksheets__sheet1_dot_xml=grid.replace(b"</sheetData>", merged))
    nested = b"<w:tbl><w:tr><w:tc>" * 3000 + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * 3000
    yield (
        "入れ子.docx",
        repacked(word, word__document_dot_xml=body.replace(b"<w:sectPr", nested + b"<w:sectPr")),
    )
    yield "道.docx", repacked(word, **{"..__..__..__etc__passwd": b"x"})
    yield "旧.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)
    yield "束.docx", zipped({"[Content_Types].xml": _TYPES.encode()})
    yield "深い.html", b"<div>" * 60_000 + "底".encode() + b"</div>" * 60_000
    yield (
        "広い.html",
        ("<table><tr><td rowspan=999999999 colspan=999999999>甲</td></tr></table>" * 400).encode(),
    )
    yield "属性.html", b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + ">本文です。</p>".encode()
    yield "引用.csv", b'"' + "甲,乙\n".encode() * 300_000
    yield "列.csv", b",".join(b"x" for _ in range(400_000)) + b"\n" + b"1," * 400_000
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    yield "入れ子.eml", b"Subject: x\nMIME-Version: 1.0\n" + parts.encode()
    yield "長い.txt", "（".encode() * 600_000
    yield "括弧.md", b"[" * 200_000 + b"](" * 200_000
    yield "星.md", b"**a " * 200_000
    yield "頁.pdf", pages(10_000)
    yield "輪.pdf", looping()
    yield "流れ.pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>"


def word_part(package: bytes, name: str) -> bytes:
    """One part of an Office file."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return opened.read(name)


def zipped(parts: dict[str, bytes]) -> bytes:
    """A ZIP file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        for name, held in parts.items():
            new.writestr(name, held)
    return made.getvalue()


def pages(count: int) -> bytes:
    """A PDF of so many empty pages."""
    kids = " ".join(f"{n} 0 R" for n in range(3, count + 3))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {count}>>"]
    objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * count
    return pdf(objects)


def looping() -> bytes:
    """A PDF whose page tree holds itself."""
    return pdf(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


def pdf(objects: list[str]) -> bytes:
    """A PDF of plain objects, numbered from 1, with a table of where they stand."""
    made = bytearray(b"%PDF-1.7\n")
    starts = []
    for n, held in enumerate(objects, 1):
        starts.append(len(made))
        made += f"{n} 0 obj{held}endobj\n".encode()
    table = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(b"%010d 00000 n \n" % start for start in starts)
    made += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF".encode()
    return bytes(made)


def sound(printed: bytes) -> dict[str, bytes]:
    """A sound file of each format, by suffix."""
    return {
        "pdf": printed,
        "docx": formats.as_docx(formats.RULES),
        "pptx": formats.as_pptx(formats.RULES),
        "xlsx": formats.as_xlsx(formats.RULES),
        "html": formats.as_html(formats.RULES).encode(),
        "csv": "区分,課長\n日当,2600\n宿泊料,13100\n".encode("cp932"),
        "eml": "From: a@example.jp\nSubject: 会議\n\n会議は六月一日に開きます。\n".encode(),
    }
