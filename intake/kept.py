"""Remembering what a cell means: the cells of a log repeat themselves, translating them is dear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Cell = TypeVar("Cell")
Meaning = TypeVar("Meaning")

_KEPT_MAX = 100_000


class Kept(dict[Cell, Meaning], Generic[Cell, Meaning]):
    """The meaning of each cell of a column (or of several), found out once."""

    def __init__(self, find_out: Callable[[Cell], Meaning]) -> None:
        super().__init__()
        self._find_out = find_out

    def __missing__(self, cell: Cell) -> Meaning:
        if len(self) >= _KEPT_MAX:
            self.clear()
        meaning = self[cell] = self._find_out(cell)
        return meaning
