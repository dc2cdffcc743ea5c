"""Every way in which a command about a policy can be refused, as a branch of `domain.errors`.

Refusal
├── PolicyNotFound          120   no policy was published under that id
├── PolicyVersionNotFound   121   the policy has no such version
├── PolicyUnchanged         122   the policy's newest version says the very same
└── PolicyImpossible        123   the policy contradicts itself
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Refusal


class PolicyNotFound(Refusal):
    """No policy was published under that id."""

    exit_code = 120

    def __init__(self, policy_id: str | None, *, known: Sequence[str] = ()) -> None:
        what = f"no policy {policy_id} was" if policy_id else "no policy was ever"
        way_out = (
            f"there is {', '.join(known)}"
            if known
            else "publish one: ticketledger policy publish travel-agency"
        )
        super().__init__(f"{what} published here; {way_out}")


class PolicyVersionNotFound(Refusal):
    """The policy has no such version."""

    exit_code = 121

    def __init__(self, policy_id: str, version: int, *, newest: int) -> None:
        super().__init__(
            f"policy {policy_id} has versions 1 to {newest}, and no {version}; "
            f"see the newest: ticketledger policy show {policy_id}"
        )


class PolicyUnchanged(Refusal):
    """A version says that something changed."""

    exit_code = 122

    def __init__(self, policy_id: str, version: int) -> None:
        super().__init__(
            f"policy {policy_id} says the very same in its version {version} already; nothing to "
            f"publish. See it: ticketledger policy show {policy_id}"
        )


class PolicyImpossible(Refusal):
    """What contradicts itself cannot be followed."""

    exit_code = 123

    def __init__(self, policy_id: str, problems: Sequence[str]) -> None:
        super().__init__(
            f"policy {policy_id} contradicts itself: {'; '.join(problems)}. "
            "Mend its file and look at it: ticketledger policy check FILE"
        )
