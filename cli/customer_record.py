"""The verbs that record what is known of a customer, that they are forgotten, or are another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.cells import clean
from cli.context import writing
from cli.customer_app import app
from cli.narration import tell
from cli.nouns import verb
from cli.options import As, At, CommandId, Json, Reason, ScopeOfErasure
from cli.person import Change, forgotten, needed, show_change

if TYPE_CHECKING:
    from domain.customer import Customer
    from domain.events import CustomerEvent
    from eventstore.store import Store

Whom = Annotated[
    str,
    typer.Argument(metavar="CUSTOMER", help="The customer's opaque id.", show_default=False),
]


@verb(app, example="ticketledger customer profile C7 --language id --tier vip")
def profile(
    customer: Whom,
    *,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="As in id or pt-BR.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="NAME", help="As in Asia/Jakarta.")
    ] = None,
    tier: Annotated[
        str | None, typer.Option("--tier", metavar="NAME", help="As the policy calls it: vip.")
    ] = None,
    products: Annotated[
        list[str] | None,
        typer.Option("--product", metavar="NAME", help="What they have; may be repeated."),
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            "--forget",
            metavar="WHAT",
            help="Not known any more: language, time_zone, customer_tier or products; "
            "may be repeated.",
        ),
    ] = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Say what is known of a customer; what is not given stays as it is.

    No names and no addresses: those are given with a ticket, where they can be sealed.
    """
    from domain.customer import PROFILE

    gone = forgotten(forget, known=PROFILE)
    said = needed(
        language=language,
        time_zone=_checked(time_zone),
        tier=tier,
        product=tuple(products or ()),
        forget=gone,
    )
    _give(
        customer,
        "customer.profile",
        said,
        lambda known, _: known.profile(
            language=language,
            time_zone=time_zone,
            customer_tier=tier,
            products=products or None,
            forget=gone,
        ),
        change=Change(command_id, at, actor),
        as_json=json,
    )


@verb(app, example="ticketledger customer erase C7 --reason 'request of 2026-11-20'")
def erase(
    customer: Whom,
    *,
    scope: Annotated[
        ScopeOfErasure, typer.Option("--scope", help="Their words and names, or the profile too.")
    ] = "everything",
    reason: Reason = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Record that a customer is to be forgotten. There is no way back.

    It is the record that readers and key keepers act on: texts that are not sealed under the
    customer's key stay in the log.
    """
    from domain.people import ErasureScope

    def decide(known: Customer, store: Store) -> Sequence[CustomerEvent]:
        _require_known(known, store)
        return known.erase(ErasureScope(scope), reason=reason)

    _give(
        customer,
        "customer.erase",
        {"scope": scope, "reason": reason},
        decide,
        change=Change(command_id, at, actor),
        as_json=json,
    )
    tell("texts that are not sealed stay in the log; no view leaves them out by itself yet")


@verb(app, example="ticketledger customer merge C7 --into C9 --reason 'same passport'")
def merge(
    customer: Whom,
    *,
    into: Annotated[
        str, typer.Option("--into", metavar="CUSTOMER", help="The record that goes on.")
    ],
    reason: Reason = None,
    command_id: CommandId = None,
    at: At = None,
    actor: As = None,
    json: Json = False,
) -> None:
    """Say that two customers are one person, who goes on as the second. There is no way back.

    Tickets stay with the record they name; ticket requester moves one.
    """

    def decide(known: Customer, store: Store) -> Sequence[CustomerEvent]:
        other = _load(store, into)
        for one in (known, other):
            _require_known(one, store)
        return known.merge_into(other, reason=reason)

    _give(
        customer,
        "customer.merge",
        {"into": into, "reason": reason},
        decide,
        change=Change(command_id, at, actor),
        as_json=json,
    )


def _give(
    customer_id: str,
    name: str,
    said: dict[str, Any],
    decide: Callable[[Customer, Store], Sequence[CustomerEvent]],
    *,
    change: Change,
    as_json: bool,
) -> None:
    from domain.application import CUSTOMERS
    from domain.customer import Customer
    from domain.subjects import customer_subject

    with writing() as tickets:
        store = tickets.store
        known, outcome = change.give(
            store,
            CUSTOMERS,
            customer_subject(customer_id),
            name=name,
            arguments=said,
            decide=lambda customer: decide(customer or Customer(customer_id), store),
        )
    show_change(_record(known), outcome, what=clean(customer_id), as_json=as_json)


def _record(customer: Customer) -> dict[str, Any]:
    """A customer as `--json` tells them."""
    return {
        "customer": customer.id,
        "language": customer.language,
        "time_zone": customer.time_zone,
        "customer_tier": customer.customer_tier,
        "products": customer.products,
        "erased": customer.erased,
        "merged_into": customer.merged_into,
    }


def _load(store: Store, customer_id: str) -> Customer:
    from domain.application import CUSTOMERS
    from domain.customer import Customer
    from domain.subjects import customer_subject
    from eventstore.ledger import Ledger

    known = Ledger(store, CUSTOMERS).load(customer_subject(customer_id)).state
    return known or Customer(customer_id)


def _require_known(customer: Customer, store: Store) -> None:
    """What cannot be undone is not done to a mistyped id."""
    from domain.people_errors import CustomerUnknown

    if not customer.sequence and not store.subjects_by_key(f"customer:{customer.id}"):
        raise CustomerUnknown(customer.id)


def _checked(time_zone: str | None) -> str | None:
    if time_zone is not None:
        try:
            ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError):
            raise typer.BadParameter(
                "there is no such time zone; one looks like Asia/Jakarta",
                param_hint="--time-zone",
            ) from None
    return time_zone
