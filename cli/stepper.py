"""The customer's stepper: which of the steps a case has reached."""

from __future__ import annotations

from cli.cells import fit
from cli.output import paint, terminal_width
from cli.sheet import STAGES

_WORDS = {
    "received": "received",
    "in_review": "in review",
    "being_worked_on": "being worked on",
    "resolved": "resolved",
}
_BADGES = {
    "with_a_specialist": "with a specialist",
    "waiting_for_you": "waiting for the customer",
    "reopened": "reopened",
}


def stepper(stage: str, badges: list[str], title: str = "") -> list[str]:
    """The lines of a stepper under its title: `● received ── ◉ in review ── ○ resolved`."""
    reached = STAGES.index(stage)
    steps: list[str] = []
    for index, name in enumerate(STAGES):
        if index < reached:
            steps.append(f"● {_WORDS[name]}")
        elif index == reached:
            steps.append(paint(f"◉ {_WORDS[name]}", "green" if stage == "resolved" else "cyan"))
        else:
            steps.append(paint(f"○ {_WORDS[name]}", "dim"))
    lines = [paint(fit(title, terminal_width() or 10_000), "bold")] if title else []
    lines.append(" ── ".join(steps))
    if badges:
        lines.append("  ".join(paint(f"[{_BADGES.get(one, one)}]", "yellow") for one in badges))
    return lines
