"""The desk where many commands are given: what can wait is recorded together, answers in order."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from typer.exceptions import TyperException

from cli.context import Task
from cli.failure import as_failure, failure
from cli.plain_words import plain

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from cli.do_forms import Form
    from domain.events import AnyEvent
    from eventstore.proposal import Outcome

OK, REPEATED, REFUSED = "ok", "repeated", "refused"

_USAGE = 2
_AT_MOST = 500
_PER_COMMAND = frozenset({"CommandInvalid", "CommandIdReused", "TooManyRivals", "RecordTooLarge"})
"""Errors of the store that are about one command. Any other one stops everything."""

Answer = dict[str, Any]


@dataclass(slots=True)
class _Slot:
    """One line on its way: its answer, or the task that gives it."""

    head: Answer
    answer: Answer | None = None
    task: Task | None = None


@dataclass
class Desk:
    """A session of commands. `tell` is called with each answer, in the order of the lines."""

    tickets: Tickets
    tell: Callable[[Answer], None]
    counts: Counter[str] = field(default_factory=Counter[str])
    _slots: list[_Slot] = field(default_factory=list[_Slot])
    _laid: Task | None = None

    def give(self, head: Answer, form: Form, arguments: dict[str, Any]) -> None:
        """Give one command. It is answered now, or when it is settled. Raises StoreError."""
        self._laid = None
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                form.call(**arguments)
        except Exception as error:  # noqa: BLE001 - the answer to this line, whatever it is
            _stop_if_broken(error)
            refused = _refused(error)
            self.answer(head, refused | _results(printed.getvalue()) | refused)
            return
        if self._laid is None:
            self.answer(head, _done(printed.getvalue()))
            return
        self._slots.append(_Slot(head, task=self._laid))
        if len(self._slots) >= _AT_MOST:
            self.settle()

    def refuse(self, head: Answer, error: Exception) -> None:
        """Answer a line that is no command."""
        self.answer(head, _refused(error))

    def answer(self, head: Answer, answer: Answer) -> None:
        """Answer a line in its turn."""
        self._slots.append(_Slot(head, answer=answer))
        if not any(slot.task for slot in self._slots):
            self._hand_out(self._slots)
            self._slots = []

    def lay(self, task: Task) -> None:
        """Take the command that is being given: it may wait for those after it."""
        self._laid = task

    def settle(self) -> None:
        """Record what waits, by the rules of now, and answer it. Raises StoreError."""
        self.tickets.rules.refresh()
        slots, self._slots = self._slots, []
        tasks = [slot.task for slot in slots if slot.task is not None]
        answers = iter(_given(tasks))
        for slot in slots:
            if slot.task is not None:
                slot.answer = _came_of(slot.task, next(answers))
        self._hand_out(slots)

    def _hand_out(self, slots: Sequence[_Slot]) -> None:
        for slot in slots:
            assert slot.answer is not None
            self.counts[slot.answer["outcome"]] += 1
            self.tell(slot.head | slot.answer | slot.head)


def _given(tasks: Sequence[Task]) -> Iterator[Outcome[AnyEvent] | Exception]:
    """What came of them: those on one ledger in one transaction, as far as they stand together."""
    for _, together in groupby(tasks, key=lambda task: id(task.ledger)):
        run = list(together)
        yield from run[0].ledger.execute_many([task.request for task in run])


def _came_of(task: Task, outcome: Outcome[AnyEvent] | Exception) -> Answer:
    if isinstance(outcome, Exception):
        _stop_if_broken(outcome)
        return _refused(outcome)
    return {"outcome": REPEATED if outcome.repeated else OK} | task.told(outcome)


def _done(printed: str) -> Answer:
    """The answer of a command that recorded on its own and printed what came of it."""
    told = _results(printed)
    results: list[Answer] = told.get("results", [told])
    repeated = all(one.get("repeated", False) for one in results)
    outcome = {"outcome": REPEATED if repeated else OK}
    return outcome | told | outcome


def _results(printed: str) -> Answer:
    """What a command printed: its one object, or all of them as `results`."""
    objects: list[Answer] = [json.loads(line) for line in printed.splitlines()]
    return objects[0] if len(objects) == 1 else {"results": objects} if objects else {}


def _refused(error: Exception) -> Answer:
    if isinstance(error, TyperException):
        message = plain(error.format_message())
        return {"outcome": REFUSED, **failure("UsageError", _USAGE, message)}
    return {"outcome": REFUSED, **as_failure(error)}


def _stop_if_broken(error: Exception) -> None:
    """Pass on what the next command would meet as well, such as a full disk or a broker that is
    gone; also that nobody knows whether it was recorded: then everything is to be repeated."""
    from eventstore.errors import StoreError

    if isinstance(error, StoreError) and type(error).__name__ not in _PER_COMMAND:
        raise error
