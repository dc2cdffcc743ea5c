"""What tests of projections share: the day that the hand-worked histories happen on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

Clock = Callable[..., datetime]


@pytest.fixture
def on() -> Clock:
    """`on(2, 9, 30)` is 2 March 2026, 9:30 UTC."""

    def moment(day: int, hour: int = 0, minute: int = 0) -> datetime:
        return datetime(2026, 3, day, hour, minute, tzinfo=UTC)

    return moment
