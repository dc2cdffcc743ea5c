"""What a verification may find, and where; and what it leaves to be compared with later."""

from __future__ import annotations

from dataclasses import dataclass, field

FINDINGS_MAX = 1_000
"""How many findings are kept; of a file that is wrong everywhere, the first ones tell enough."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction. It names the place, and never what an event contains.

    `table` is record, event, key, schema or file; places that don't apply are None.
    """

    table: str
    what: str
    number: int | None = None
    subject: str | None = None
    sequence: int | None = None
    position: int | None = None

    @property
    def where(self) -> str:
        """The place in words."""
        places = {
            "record": self.number,
            "subject": self.subject,
            "sequence": self.sequence,
            "position": self.position,
        }
        named = [f"{name} {value}" for name, value in places.items() if value is not None]
        return ", ".join([f"table {self.table}", *named])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A partition's running digest over the digests of its first `records` records.

    The genesis record is one of them. Kept elsewhere and compared later, it shows what a log alone
    cannot: that its last records were removed, or that all of it was exchanged.
    """

    partition: int
    records: int
    digest: str


@dataclass(slots=True)
class Verification:
    """What was found, how much was read, and a checkpoint for each partition.

    At most FINDINGS_MAX findings are kept, `findings_total` counts all.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    findings_total: int = 0
    records: int = 0
    events: int = 0
    checkpoints: list[Checkpoint] = field(default_factory=list[Checkpoint])

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings_total

    def add(self, finding: Finding) -> None:
        """One more finding."""
        self.findings_total += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)
