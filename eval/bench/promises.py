"""What the figures must show, each as a ratio or a bound, and whether they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.bench.subjects import SUBJECTS

Row = Mapping[str, Any]

# Tenkyo's figure and what it is held against, of the largest size measured.
_INDEXING = 0.6  # of the characters a second of MeCab alone
_SUM = 1.3  # times what the raw parts of a search take together
_P50_MS, _ADD_S, _OPEN_S, _GB = 25.0, 1.0, 5.0, 2.5  # promised for a million chunks, so for fewer too
_PARTS = ("fugashi", "encoder", "faiss", "lexical")


@dataclass(frozen=True, slots=True)
class Promise:
    """One line: what is promised, what was measured, and whether it holds; None where it was not measured."""

    text: str
    measured: str
    kept: bool | None


def promises(results: Sequence[Row], size: int) -> list[Promise]:
    """All of them, at one size."""
    rows = {row["subject"]: row for row in results if row["size"] == size and "failed" not in row}
    own = rows.get("tenkyo", {})
    found = [
        _ratio(
            f"取り込みの速さが fugashi だけの {_INDEXING:.0%} 以上",
            own.get("characters_per_second"),
            rows.get("fugashi", {}).get("characters_per_second"),
            lambda ratio: ratio >= _INDEXING,
        ),
        _bound(f"検索の p50 が {_P50_MS:g} ms 以下", own.get("p50_ms"), _P50_MS, "ms"),
        _ratio(
            f"検索の p50 が部品の和の {_SUM:g} 倍以下",
            own.get("p50_ms"),
            _together(rows) or sum(own.get("parts_p50_ms", {}).values()),
            lambda r: r <= _SUM,
        ),
        _bound(f"常駐メモリーが {_GB:g} GB 以下", resident_gb(own), _GB, "GB"),
        _bound(f"1文書の追加が {_ADD_S:g} 秒以下で検索に出る", own.get("add_s"), _ADD_S, "秒"),
        _bound(f"開いて最初の検索まで {_OPEN_S:g} 秒以下", own.get("first_s"), _OPEN_S, "秒"),
    ]
    peers = [name for name in rows if SUBJECTS[name].kind == "peer"]
    return found + [_against(own, rows[name]) for name in peers if own]


def resident_gb(row: Row) -> float | None:
    """Gigabytes (10⁹ bytes) at rest after the questions, mapped files included."""
    held = row.get("memory")
    return (held["anonymous"] + held["file"]) / 1e9 if held else None


def _together(rows: Mapping[str, Row]) -> float | None:
    times = [rows[name].get("p50_ms") for name in _PARTS if name in rows]
    return sum(filter(None, times)) if len(times) == len(_PARTS) and all(times) else None


def _against(own: Row, peer: Row) -> Promise:
    """Faster than a peer in indexing and searching, at a recall that is no lower."""
    text = f"{SUBJECTS[peer['subject']].title} より速く、recall@10 が劣らない"
    keys = ("characters_per_second", "p50_ms", "recall")
    if not all(row.get(key) for row in (own, peer) for key in keys):
        return Promise(text, "測れていない", None)
    speed, time = own[keys[0]] / peer[keys[0]], own[keys[1]] / peer[keys[1]]
    recalls = f"recall {own['recall']:.3f} 対 {peer['recall']:.3f}"
    kept = speed > 1 and time < 1 and own["recall"] >= peer["recall"]
    return Promise(text, f"取り込み {speed:.2f} 倍、検索の時間 {time:.2f} 倍、{recalls}", kept)


def _ratio(text: str, own: float | None, other: float | None, holds: Callable[[float], bool]) -> Promise:
    if not own or not other:
        return Promise(text, "測れていない", None)
    return Promise(text, f"{own / other:.2f}", holds(own / other))


def _bound(text: str, own: float | None, most: float, unit: str) -> Promise:
    return (
        Promise(text, "測れていない", None)
        if own is None
        else Promise(text, f"{own:.2f} {unit}", own <= most)
    )
