"""Every way in which a command about an agent or a customer can be refused.

They belong to the tree in `domain.errors`, with the exit codes from 30 on. Messages name people by
their opaque ids only.
"""

from __future__ import annotations

import shlex

from domain.errors import Refusal
from domain.subjects import customer_subject
from domain.values import AgentId, CustomerId


class AgentUnknown(Refusal):
    """Nothing is recorded about that agent."""

    exit_code = 30

    def __init__(self, agent: AgentId) -> None:
        super().__init__(
            f"nothing is recorded about agent {agent}; "
            f"say that they are there: ticketledger agent online {shlex.quote(agent)}"
        )


class AgentUnchanged(Refusal):
    """Recording what already holds would make history say that something happened."""

    exit_code = 31

    def __init__(self, agent: AgentId, what: str) -> None:
        super().__init__(
            f"agent {agent} {what} already; nothing to record. "
            f"See it: ticketledger agent show {shlex.quote(agent)}"
        )


class AgentOffline(Refusal):
    """A ticket is given to somebody who is not there only on purpose."""

    exit_code = 32

    def __init__(self, agent: AgentId, number: str) -> None:
        super().__init__(
            f"agent {agent} is offline and would not see ticket {number}; choose another one "
            f"(ticketledger agent list), or give it to them all the same with --force"
        )


class CustomerUnknown(Refusal):
    """Nothing is recorded about that customer, so that there is nothing to erase or merge."""

    exit_code = 33

    def __init__(self, customer: CustomerId) -> None:
        super().__init__(
            f"nothing is recorded about customer {customer}: neither a ticket nor a profile; "
            f"see a ticket's customer: ticketledger ticket show NUMBER"
        )


class CustomerUnchanged(Refusal):
    """Recording what already holds would make history say that something happened."""

    exit_code = 34

    def __init__(self, customer: CustomerId, what: str) -> None:
        super().__init__(
            f"customer {customer} {what} already; nothing to record. "
            f"See what is: ticketledger log show {_subject(customer)}"
        )


class CustomerIsErased(Refusal):
    """A customer who is to be forgotten is not described again."""

    exit_code = 35

    def __init__(self, customer: CustomerId, what: str) -> None:
        super().__init__(
            f"customer {customer} was erased and {what}; "
            f"see it: ticketledger log show {_subject(customer)}. "
            f"If they come back, give them a new id"
        )


class CustomerIsMerged(Refusal):
    """Everything about the customer belongs to another record."""

    exit_code = 36

    def __init__(self, customer: CustomerId, into: CustomerId) -> None:
        super().__init__(f"customer {customer} was merged into {into}; name that one instead")


class CustomerMergeImpossible(Refusal):
    """Two records of one person have two ids."""

    exit_code = 37

    def __init__(self, customer: CustomerId) -> None:
        super().__init__(
            f"customer {customer} cannot be merged into itself; name the other record's id"
        )


def _subject(customer: CustomerId) -> str:
    return shlex.quote(customer_subject(customer))
