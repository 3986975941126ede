"""What the limits are charged, for tests that count work instead of measuring time."""

from uuid import UUID

import pytest

from coterie.http.rate_limits import Limit, Limits


def charges(monkeypatch: pytest.MonkeyPatch, wanted: Limit) -> list[int]:
    """What each action of a kind is charged from now on, in order."""
    found: list[int] = []
    action = Limits.action

    def counted(limits: Limits, limit: Limit, user_id: UUID, cost: int = 1) -> None:
        if limit is wanted:
            found.append(cost)
        action(limits, limit, user_id, cost)

    monkeypatch.setattr(Limits, "action", counted)
    return found
