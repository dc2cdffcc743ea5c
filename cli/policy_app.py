"""The noun `policy`, for the modules that give it verbs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import open_ledger
from cli.nouns import noun

if TYPE_CHECKING:
    from consumers.policy_book import PolicyBook

app = noun("policy")

FileOrName = Annotated[
    str,
    typer.Argument(
        metavar="FILE-or-NAME",
        help="A policy file, or the name of one that comes with the program.",
        show_default=False,
    ),
]


@contextmanager
def policy_book() -> Generator[PolicyBook]:
    """The ledger's policies, for commands that look at them."""
    from consumers.policy_book import PolicyBook
    from domain.application import POLICIES
    from eventstore.ledger import Ledger

    store = open_ledger()
    try:
        yield PolicyBook(Ledger(store, POLICIES))
    finally:
        store.close()
