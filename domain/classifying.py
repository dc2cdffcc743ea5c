"""Commands that say what a ticket is about: category, priority, tags, fields, relations."""

from __future__ import annotations

from domain.errors import LinkImpossible, NothingChanges
from domain.events import (
    TicketCategorized,
    TicketEvent,
    TicketFieldChanged,
    TicketLinked,
    TicketPrioritized,
    TicketRequesterChanged,
    TicketTagged,
    TicketUntagged,
)
from domain.state import TicketState
from domain.values import CategoryPath, CustomerId, LinkRole, Method, Priority, TicketId


class Classifying(TicketState):
    """Classification may be corrected at any time, also after the end: it changes no status."""

    def categorize(
        self,
        to: CategoryPath | None,
        *,
        method: Method = Method.AGENT,
        confidence: float | None = None,
        reason: str | None = None,
    ) -> list[TicketEvent]:
        """Set or clear the category. `confidence` (0 to 1) is the model's, where a model chose."""
        if to == self.category:
            raise NothingChanges(self.number, "has that category")

        return [
            TicketCategorized(
                from_=self.category, to=to, method=method, confidence=confidence, reason=reason
            )
        ]

    def prioritize(
        self,
        to: Priority,
        *,
        method: Method = Method.AGENT,
        confidence: float | None = None,
        reason: str | None = None,
    ) -> list[TicketEvent]:
        """Set the priority."""
        if to == self.priority:
            raise NothingChanges(self.number, f"has priority {to}")

        return [
            TicketPrioritized(
                from_=self.priority, to=to, method=method, confidence=confidence, reason=reason
            )
        ]

    def tag(
        self, tag: str, *, method: Method = Method.AGENT, reason: str | None = None
    ) -> list[TicketEvent]:
        """Put a tag on the ticket."""
        if tag in self.tags:
            raise NothingChanges(self.number, "has that tag")

        return [TicketTagged(tag=tag, method=method, reason=reason)]

    def untag(
        self, tag: str, *, method: Method = Method.AGENT, reason: str | None = None
    ) -> list[TicketEvent]:
        """Take a tag off the ticket."""
        if tag not in self.tags:
            raise NothingChanges(self.number, "lacks that tag")

        return [TicketUntagged(tag=tag, method=method, reason=reason)]

    def set_field(
        self,
        field: str,
        to: str | None,
        *,
        method: Method = Method.AGENT,
        reason: str | None = None,
    ) -> list[TicketEvent]:
        """Set a custom field, or clear it with None."""
        before = self.fields.get(field)
        if to == before:
            raise NothingChanges(self.number, "has that value in the field")

        return [TicketFieldChanged(field=field, from_=before, to=to, method=method, reason=reason)]

    def change_requester(
        self, to: CustomerId | None, *, reason: str | None = None
    ) -> list[TicketEvent]:
        """Say that the case is another customer's, or with None that the customer is not known."""
        if to == self.requester_id:
            raise NothingChanges(self.number, "has that requester")

        return [TicketRequesterChanged(from_=self.requester_id, to=to, reason=reason)]

    def link(self, other: TicketId, *, role: LinkRole = LinkRole.RELATED) -> list[TicketEvent]:
        """Say what another ticket is to this one. The other ticket is not changed."""
        if other == self.id:
            raise LinkImpossible(self.number)
        if (role, other) in self.links:
            raise NothingChanges(self.number, "has that link")

        return [TicketLinked(other=other, role=role)]
