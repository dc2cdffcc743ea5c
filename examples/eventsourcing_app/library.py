"""A library's lending desk: an eventsourcing application that has nothing to do with tickets.

Which store keeps its events, the environment says: see README.md beside this file.
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.system import ProcessApplication, System


class BookNotAvailable(Exception):
    """Somebody has the book already, or nobody has it."""


class Book(Aggregate):
    """One copy on the shelves. Its id follows from its barcode."""

    @event("Acquired")
    def __init__(self, barcode: str, title: str) -> None:
        self.barcode = barcode
        self.title = title
        self.reader: str | None = None

    @staticmethod
    def create_id(barcode: str) -> UUID:
        """The id of the copy with this barcode."""
        return uuid5(NAMESPACE_URL, f"library/book/{barcode}")

    def lend_to(self, reader: str) -> None:
        """Hand the book over. Raises BookNotAvailable."""
        if self.reader is not None:
            raise BookNotAvailable(f"{self.barcode} is lent to {self.reader}; reserve it instead")
        self._lend(reader)

    def take_back(self) -> None:
        """Put the book back. Raises BookNotAvailable if it is not lent."""
        if self.reader is None:
            raise BookNotAvailable(f"{self.barcode} is on its shelf; check the barcode")
        self._take_back(self.reader)

    @event("Lent")
    def _lend(self, reader: str) -> None:
        self.reader = reader

    @event("Returned")
    def _take_back(self, reader: str) -> None:  # noqa: ARG002 - the event tells who had it
        self.reader = None


class Lending(Application[UUID]):
    """The desk: acquire, lend, take back."""

    snapshotting_intervals: ClassVar[dict[Any, int]] = {Book: 50}

    def acquire(self, barcode: str, title: str) -> None:
        """A new copy."""
        self.save(Book(barcode, title))

    def lend(self, barcode: str, reader: str) -> None:
        """Lend a copy. Raises BookNotAvailable."""
        book = self._book(barcode)
        book.lend_to(reader)
        self.save(book)

    def take_back(self, barcode: str) -> None:
        """Take a copy back. Raises BookNotAvailable."""
        book = self._book(barcode)
        book.take_back()
        self.save(book)

    def reader_of(self, barcode: str) -> str | None:
        """Who has a copy."""
        return self._book(barcode).reader

    def _book(self, barcode: str) -> Book:
        book: Book = self.repository.get(Book.create_id(barcode))
        return book


class Loan(Aggregate):
    """One loan, counted for statistics. Its id follows from the event that began it, so that
    processing that event twice could not make a second one."""

    @event("Counted")
    def __init__(self, book_id: UUID, version: int, reader: str) -> None:
        self.book_id = book_id
        self.book_version = version
        self.reader = reader

    @staticmethod
    def create_id(book_id: UUID, version: int) -> UUID:
        """The id of the loan that this version of the book began."""
        return uuid5(book_id, str(version))


class Statistics(ProcessApplication[UUID]):
    """Follows the desk, and counts its loans in a ledger of its own."""

    def policy(
        self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]
    ) -> None:
        """What an event of the desk calls for: a book that was lent is a loan."""
        lent: Any = domain_event
        if type(lent).__qualname__ == "Book.Lent":
            loan = Loan(lent.originator_id, lent.originator_version, lent.reader)
            processing_event.collect_events(loan)

    def loans(self) -> int:
        """How many books were lent so far."""
        return self.recorder.max_notification_id() or 0


LIBRARY = System(pipes=[[Lending, Statistics]])


def main() -> None:
    """Lend a book and take it back, once more at each run."""
    barcode = sys.argv[1] if len(sys.argv) > 1 else "B-0001"
    with Lending() as desk:
        if Book.create_id(barcode) not in desk.repository:
            desk.acquire(barcode, "The Left Hand of Darkness")
        desk.lend(barcode, "reader:ursula")
        print(f"{barcode} is lent to {desk.reader_of(barcode)}")
        desk.take_back(barcode)
        print(f"{barcode} is back; {desk.recorder.max_notification_id()} events are recorded")


if __name__ == "__main__":
    main()
