"""The report's plots as SVG text: no script, no font and no picture from anywhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 380, 240, 48, 40, 12, 20
_BAR, _LABEL = 22, 130

Point = tuple[float, float]


def lines(title: str, axes: tuple[str, str], series: Mapping[str, Sequence[Point]], top: float = 1.0) -> str:
    """Curves over the unit interval; `axes` are the names of x and y, `top` is where y ends."""
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _BOTTOM - _TOP

    def place(point: Point) -> str:
        x, y = point
        return f"{_LEFT + x * inner_width:.1f},{_TOP + (1 - min(y / top, 1)) * inner_height:.1f}"

    parts = [_frame(axes, top)]
    for number, (name, points) in enumerate(series.items()):
        drawn = " ".join(map(place, points))
        parts.append(f'<polyline class="line s{number}" points="{drawn}">')
        parts.append(f"<title>{escape(name)}</title></polyline>")
        parts += [
            f'<circle class="dot s{number}" r="3" cx="{at.split(",")[0]}" cy="{at.split(",")[1]}">'
            f"<title>{x:.2f}, {y:.2f}</title></circle>"
            for (x, y), at in zip(points, map(place, points), strict=True)
            if len(points) <= 20
        ]
    return _svg(title, _WIDTH, _HEIGHT, parts)


def bars(title: str, rows: Sequence[tuple[str, float, float, float]]) -> str:
    """A bar with its interval for each (name, value, low, high), all 0–1."""
    height = _BAR * len(rows) + 8
    span = _WIDTH - _LABEL - 60
    parts = []
    for number, (name, value, low, high) in enumerate(rows):
        y = 4 + number * _BAR
        middle = y + _BAR / 2 - 2
        parts.append(f'<text x="{_LABEL - 6}" y="{middle + 4:.1f}" class="end">{escape(name)}</text>')
        width = f"{value * span:.1f}"
        parts.append(f'<rect class="bar" x="{_LABEL}" y="{y}" width="{width}" height="{_BAR - 6}"/>')
        parts.append(
            f'<line class="interval" x1="{_LABEL + low * span:.1f}" x2="{_LABEL + high * span:.1f}" '
            f'y1="{middle:.1f}" y2="{middle:.1f}"><title>{low:.0%}–{high:.0%}</title></line>'
        )
        parts.append(f'<text x="{_LABEL + span + 8}" y="{middle + 4:.1f}">{value:.0%}</text>')
    return _svg(title, _WIDTH, height, parts)


def alone(svg: str) -> str:
    """A plot as a file of its own, its colours with it."""
    style = (
        "<style>svg{font:11px sans-serif;background:#fff}text{fill:#1d2330}.end{text-anchor:end}"
        ".middle{text-anchor:middle}.grid{stroke:#d8dce4}.line{fill:none;stroke-width:2}.s0{stroke:#2457c5}"
        ".s1{stroke:#5b6475;stroke-dasharray:4 4}</style>"
    )
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        "</title>", f"</title>{style}", 1
    )


def _frame(axes: tuple[str, str], top: float) -> str:
    right, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    ticks = []
    for step in range(5):
        share = step / 4
        x, y = _LEFT + share * (right - _LEFT), _TOP + (1 - share) * (floor - _TOP)
        ticks.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        ticks.append(f'<text class="end" x="{_LEFT - 5}" y="{y + 4:.1f}">{share * top:.0%}</text>')
        ticks.append(f'<text class="middle" x="{x:.1f}" y="{floor + 15}">{share:.0%}</text>')
    ticks.append(f'<text class="middle" x="{(_LEFT + right) / 2}" y="{_HEIGHT - 6}">{escape(axes[0])}</text>')
    turned = f"translate(11 {(_TOP + floor) / 2}) rotate(-90)"
    ticks.append(f'<text class="middle" transform="{turned}">{escape(axes[1])}</text>')
    return "".join(ticks)


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
