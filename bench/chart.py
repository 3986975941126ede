"""Draws curves as an SVG that is readable on light and dark pages."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from bench.figures import Curve

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 56, 48
COLORS: Final = ("#3b82f6", "#f59e0b", "#10b981", "#ef4444")
GREY: Final = "#808080"


def draw(curves: Sequence[Curve]) -> str:
    """One chart of curves that share their axes: counts in powers of ten, and a cost from 0."""
    farthest = max(count for curve in curves for count, _ in curve.points)
    highest = _round_up(max(cost for curve in curves for _, cost in curve.points))
    parts = [*_axes(curves[0], farthest, highest)]
    for number, curve in enumerate(curves):
        parts += _line(curve, COLORS[number], farthest, highest)
        parts.append(_text(LEFT + 20 + number * 220, 44, curve.name, "start"))
        parts.append(f'<rect x="{LEFT + number * 220}" y="35" width="12" height="10" fill="{COLORS[number]}"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, *parts, "</svg>\n"])


def _axes(curve: Curve, farthest: int, highest: float) -> list[str]:
    parts = [_text(LEFT, 20, f"{curve.chart} ({curve.unit})", "start", size=14)]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, curve.over, "middle"))
    for step in range(5):
        cost = highest * step / 4
        y = _y(cost, highest)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity=".35"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{cost:g}", "end"))
    powers = [10**power for power in range(round(math.log10(farthest)) + 1)]
    return parts + [_text(_x(power, farthest), HEIGHT - BOTTOM + 20, f"{power:,}", "middle") for power in powers]


def _line(curve: Curve, color: str, farthest: int, highest: float) -> list[str]:
    places = [(_x(count, farthest), _y(cost, highest)) for count, cost in curve.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in places]
    return [f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>', *dots]


def _x(count: int, farthest: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(count) / max(1.0, math.log10(farthest))


def _y(cost: float, highest: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * cost / highest


def _round_up(value: float) -> float:
    """The next round number for an axis."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)


def _text(x: float, y: float, text: str, anchor: str, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{GREY}">{escape(text)}</text>'
    )
