"""Other rates than those of production. They apply to a server that starts afterwards."""

import pytest

from coterie.features import LIMITS
from coterie.http.rate_limits import Limit, Rate


def set_rate(monkeypatch: pytest.MonkeyPatch, limit: Limit, rate: Rate) -> None:
    monkeypatch.setitem(vars(limit), "rate", rate)


def stop_refilling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bursts of production, and then nothing, so that a slow machine changes no count."""
    for limit in LIMITS:
        set_rate(monkeypatch, limit, Rate(0.001, limit.rate.burst))
