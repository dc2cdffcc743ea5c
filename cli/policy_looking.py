"""Verbs that show policies: which there are, what a version says, what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import zone_of
from cli.narration import tell
from cli.nouns import verb
from cli.options import Json
from cli.output import Column, say, say_json, say_table
from cli.policy_app import app, policy_book
from cli.policy_settings import changes_between
from cli.policy_sheet import say_policy
from cli.times import short

if TYPE_CHECKING:
    from consumers.policy_book import PolicyBook
    from domain.policies.policy import Policy
    from domain.policies.published import PublishedPolicy, Version


@verb(app, example="ticketledger policy list", name="list")
def list_policies(
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Those that come with the program, to be copied.")
    ] = False,
    json: Json = False,
) -> None:
    """List the published policies. New cases go by the one that is in force."""
    if shipped:
        _list_shipped(as_json=json)
        return
    with policy_book() as book:
        zone, current, policies = zone_of(book.store), book.in_force(), book.policies()
    if json:
        for one in policies:
            say_json(_head(one, one.newest, current))
        return
    if not policies:
        say("no policy is published")
        tell("some come with the program: ticketledger policy list --shipped")
        return
    columns = [Column("policy"), Column("title", at_least=12), Column("version", right=True)]
    columns += [Column("published"), Column("by", at_least=8, drop=1), Column("")]
    rows = [
        [
            one.id,
            one.newest.policy.title,
            str(one.newest.number),
            short(one.newest.published_at, zone),
            one.newest.published_by or "-",
            "in force" if one == current else "",
        ]
        for one in policies
    ]
    say_table(columns, rows)


@verb(app, example="ticketledger policy show travel-agency --version 1")
def show(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="The policy's id. Default: the one in force.", show_default=False
        ),
    ] = None,
    *,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", min=1, help="A version. Default: the newest."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what a policy says: calendars, targets, queues, routing and the rest."""
    from domain.policies.errors import PolicyNotFound, PolicyVersionNotFound

    with policy_book() as book:
        zone, current = zone_of(book.store), book.in_force()
        found = book.policy(policy) if policy else current
    if found is None:
        raise PolicyNotFound(None)
    chosen = found.version(version) if version else found.newest
    if chosen is None:
        raise PolicyVersionNotFound(found.id, version or 0, newest=found.newest.number)
    if json:
        content = chosen.policy.model_dump(mode="json", by_alias=True, exclude_none=True)
        say_json(_head(found, chosen, current) | {"content": content})
        return
    state = "in force" if found == current and chosen is found.newest else "not in force"
    wish = ", for open cases too" if chosen.apply_to_open else ""
    by = f" by {chosen.published_by}" if chosen.published_by else ""
    say(f"{found.id}  {chosen.policy.title}")
    say(
        f"version {chosen.number} of {found.newest.number}, {state}{wish}; "
        f"published {short(chosen.published_at, zone)}{by}"
    )
    say_policy(chosen.policy)


@verb(app, example="ticketledger policy diff travel-agency 1 2")
def diff(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID-or-FILE",
            help="A published policy with its versions; or, without versions, a policy file or the "
            "name of a shipped one: it is compared with what is published under its id.",
            show_default=False,
        ),
    ],
    before: Annotated[
        int | None,
        typer.Argument(metavar="[V1]", help="A version.", show_default=False, min=1),
    ] = None,
    after: Annotated[
        int | None,
        typer.Argument(metavar="[V2]", help="Default: the newest.", show_default=False, min=1),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Show what differs between two versions, or what publishing a file would change."""
    with policy_book() as book:
        old, new = _sides(book, what, before, after)
    changes = changes_between(old, new)
    if json:
        for one in changes:
            say_json({"setting": one.setting, "from": one.before, "to": one.after})
        return
    if not changes:
        say("they say the same")
        return
    say_table(
        [
            Column("setting", at_least=20),
            Column("before", at_least=12),
            Column("after", at_least=12),
        ],
        [[one.setting, _shown(one.before), _shown(one.after)] for one in changes],
    )


def _sides(
    book: PolicyBook, what: str, before: int | None, after: int | None
) -> tuple[Policy, Policy]:
    if before is None:
        from intake.policy_files import read_policy

        file = read_policy(what)
        return book.policy(file.id).newest.policy, file.policy
    newest = book.policy(what).newest.number
    old, new = book.version(what, before), book.version(what, after or newest)
    return old.policy, new.policy


def _shown(text: str | None) -> str:
    return "-" if text is None else text or "(none)"


def _head(
    policy: PublishedPolicy, version: Version, current: PublishedPolicy | None
) -> dict[str, Any]:
    return {
        "policy": policy.id,
        "title": version.policy.title,
        "version": version.number,
        "versions": policy.newest.number,
        "in_force": policy == current and version is policy.newest,
        "apply_to_open": version.apply_to_open,
        "published_at": version.published_at,
        "recorded_at": version.recorded_at,
        "published_by": version.published_by,
    }


def _list_shipped(*, as_json: bool) -> None:
    from intake.policy_files import path_of, read_policy, shipped_policies

    found = [(name, read_policy(name).policy.title, path_of(name)) for name in shipped_policies()]
    if as_json:
        for name, title, path in found:
            say_json({"name": name, "title": title, "path": path})
        return
    say_table(
        [Column("name"), Column("title", at_least=12), Column("file", at_least=20)],
        [[name, title, str(path)] for name, title, path in found],
    )
