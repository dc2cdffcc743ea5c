"""Remembering what a cell means: the cells of a log repeat themselves, translating them is dear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Meaning = TypeVar("Meaning")

_KEPT_MAX = 100_000


class Kept(dict[str, Meaning], Generic[Meaning]):
    """The meaning of each cell of a column, found out once. What raises is not kept."""

    def __init__(self, find_out: Callable[[str], Meaning]) -> None:
        super().__init__()
        self._find_out = find_out

    def __missing__(self, cell: str) -> Meaning:
        if len(self) >= _KEPT_MAX:
            self.clear()
        meaning = self[cell] = self._find_out(cell)
        return meaning
