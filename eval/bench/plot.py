"""Plots on logarithmic axes as SVG text in the style of `eval.charts`: a line for each that was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 520, 280, 56, 150, 12, 40
_APART = 13  # pixels between two names at the right

Point = tuple[float, float]


def loglog(title: str, axes: tuple[str, str], series: Mapping[str, tuple[str, Sequence[Point]]]) -> str:
    """Curves of positive values; `series` is name → (class of the line, points by ascending x)."""
    drawn = {name: (kind, points) for name, (kind, points) in series.items() if points}
    if not drawn:
        return ""
    xs = [x for _, points in drawn.values() for x, _ in points]
    ys = [y for _, points in drawn.values() for _, y in points]
    x_axis, y_axis = (
        _Axis(min(xs), max(xs), _LEFT, _WIDTH - _RIGHT),
        _Axis(min(ys), max(ys), _HEIGHT - _BOTTOM, _TOP),
    )
    parts = [_frame(axes, x_axis, y_axis)]
    for name, (kind, points) in drawn.items():
        places = [(x_axis.at(x), y_axis.at(y)) for x, y in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(
            f'<polyline class="line {kind}" points="{line}"><title>{escape(name)}</title></polyline>'
        )
        parts += [
            f'<circle class="dot {kind}" r="3" cx="{x:.1f}" cy="{y:.1f}">'
            f"<title>{escape(name)}: {size:,.0f}, {value:,.4g}</title></circle>"
            for (x, y), (size, value) in zip(places, points, strict=True)
        ]
    parts += _names({name: y_axis.at(points[-1][1]) for name, (_, points) in drawn.items()}, drawn)
    label = escape(title)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}"><title>{label}</title>'
        f"{''.join(parts)}</svg>"
    )


class _Axis:
    """Values from `low` to `high`, in whole decades, on the pixels from `first` to `last`."""

    def __init__(self, low: float, high: float, first: float, last: float) -> None:
        self.decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        if len(self.decades) == 1:
            self.decades = range(self.decades[0], self.decades[0] + 2)
        self._first, self._last = first, last

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.decades[0]) / (len(self.decades) - 1)
        return self._first + share * (self._last - self._first)


def _frame(axes: tuple[str, str], x_axis: _Axis, y_axis: _Axis) -> str:
    right, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for decade in y_axis.decades:
        y = y_axis.at(10.0**decade)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="end" x="{_LEFT - 5}" y="{y + 4:.1f}">{_power(decade)}</text>')
    for decade in x_axis.decades:
        x = x_axis.at(10.0**decade)
        parts.append(f'<text class="middle" x="{x:.1f}" y="{floor + 15}">{_power(decade)}</text>')
    parts.append(f'<text class="middle" x="{(_LEFT + right) / 2}" y="{_HEIGHT - 6}">{escape(axes[0])}</text>')
    turned = f"translate(12 {(_TOP + floor) / 2}) rotate(-90)"
    parts.append(f'<text class="middle" transform="{turned}">{escape(axes[1])}</text>')
    return "".join(parts)


def _power(decade: int) -> str:
    """1,000,000 is 10⁶; what is read at a glance stays a number."""
    if -3 <= decade <= 3:
        return f"{10.0**decade:g}"
    return "10" + str(decade).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _names(heights: Mapping[str, float], drawn: Mapping[str, tuple[str, Sequence[Point]]]) -> list[str]:
    """Each line's name where it ends, moved apart so that all can be read."""
    parts, lowest = [], 0.0
    room = _HEIGHT - _APART * len(heights)
    for number, (name, height) in enumerate(sorted(heights.items(), key=lambda each: each[1])):
        lowest = max(lowest, min(height, room + _APART * number))
        kind = drawn[name][0]
        parts.append(
            f'<text class="name {kind}" x="{_WIDTH - _RIGHT + 8}" y="{lowest + 4:.1f}">{escape(name)}</text>'
        )
        lowest += _APART
    return parts
