"""A figure: what was measured, what it is compared with, and whether it keeps its budget."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from bench.machine import Effort

BUSY: Final = 0.9
"""If the load uses more of its core than this, it may have measured itself."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a figure's `value` must keep: at least or at most this number."""

    limit: float
    is_least: bool
    unit: str = "times"

    def is_kept_by(self, value: float) -> bool:
        return value >= self.limit if self.is_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.limit:g} {self.unit}"


def at_least(limit: float, unit: str = "times") -> Budget:
    return Budget(limit, is_least=True, unit=unit)


def at_most(limit: float, unit: str = "times") -> Budget:
    return Budget(limit, is_least=False, unit=unit)


@dataclass(frozen=True, slots=True)
class Figure:
    """`measured` in `unit`; `ceiling` is the best that the same machine did in the same run.

    `judged` is what the budget is about, mostly the ratio of the two; `spread` has it for each round. `load` and
    `foreign` say who used the cores, see `Effort`. `postgresql` is the major version that it was measured with.
    """

    name: str
    measured: float
    unit: str
    judged: float
    budget: Budget | None = None
    ceiling: float | None = None
    ceiling_name: str = ""
    spread: list[float] = field(default_factory=list)
    load: float = 0.0
    foreign: float = 0.0
    note: str = ""
    postgresql: int = 0

    @property
    def is_kept(self) -> bool | None:
        return self.budget.is_kept_by(self.judged) if self.budget else None

    @property
    def is_load_bound(self) -> bool:
        return self.load > BUSY


def compared(
    name: str, unit: str, pairs: list[tuple[float, float]], budget: Budget | None, ceiling_name: str, **more: Any
) -> Figure:
    """The median of several rounds of (measured, ceiling); the ratio is the median of the rounds' own."""
    ratios = [measured / ceiling for measured, ceiling in pairs]
    return Figure(
        name,
        median(measured for measured, _ in pairs),
        unit,
        median(ratios),
        budget,
        median(ceiling for _, ceiling in pairs),
        ceiling_name,
        ratios,
        **more,
    )


def shares(efforts: list[Effort]) -> dict[str, float]:
    """Who used the cores during a figure, at most."""
    return {"load": max(each.load for each in efforts), "foreign": max(each.foreign for each in efforts)}


@dataclass(frozen=True, slots=True)
class Curve:
    """How a cost grows: `points` of (count, cost)."""

    chart: str
    name: str
    over: str
    unit: str
    points: list[tuple[int, float]]
