"""Activities of another system: what each does to a ticket, and what only an event can say."""

import pytest

from domain.events import (
    MessageReceived,
    MessageSent,
    TicketEscalated,
    TicketFieldChanged,
    TicketProgressed,
)
from domain.happenings import Happening, events_beside, state_after
from domain.snapshots import Snapshot
from domain.values import (
    Author,
    Channel,
    EscalationTrigger,
    Intent,
    Level,
    Method,
    Status,
    WorkKind,
)

pytestmark = pytest.mark.unit

BEFORE = Snapshot(
    requester_id="X",
    channel=Channel.CHAT,
    fields={"location": "Bali"},
    queue="Front",
    owner="ayu",
    status=Status.OPEN,
)
GIVEN = {"queue": "Back", "owner": "budi", "fields": {"topic": "Refund"}}


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        (Happening("queued"), {"queue": "Back"}),
        (Happening("assigned"), {"owner": "budi"}),
        (Happening("unassigned"), {"owner": None}),
        (Happening("resolved"), {"status": Status.RESOLVED}),
        (Happening("closed", reason="spam"), {"status": Status.CLOSED, "reason": "spam"}),
        (Happening("reopened"), {"status": Status.OPEN, "reopen_count": 1}),
        (
            Happening("status_changed", to=Status.ON_HOLD, reason="vendor"),
            {"status": Status.ON_HOLD, "reason": "vendor"},
        ),
        (Happening("progressed"), {}),
        (None, {}),
    ],
)
def test_an_activity_changes_its_own_attributes_and_takes_what_its_row_gives(
    what: Happening | None, changed: dict[str, object]
) -> None:
    after = state_after(BEFORE, GIVEN, what)

    assert after == BEFORE._replace(
        fields={"location": "Bali", "topic": "Refund"},
        **changed,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("what", "event"),
    [
        (None, TicketFieldChanged(field="activity", to="Did it", method=Method.IMPORT)),
        (Happening("progressed"), TicketProgressed(kind=WorkKind.UPDATE)),
        (Happening("progressed", kind=WorkKind.CALL), TicketProgressed(kind=WorkKind.CALL)),
        (
            Happening("escalated", to_level=Level.MANAGER),
            TicketEscalated(
                from_level=Level.L2, to_level=Level.MANAGER, trigger=EscalationTrigger.AGENT
            ),
        ),
        (
            Happening("message_received", intent=Intent.STATUS_CHASE),
            MessageReceived(
                message_id="m1",
                channel=Channel.CHAT,
                live=True,
                intent=Intent.STATUS_CHASE,
                status=Status.OPEN,
            ),
        ),
        (
            Happening("message_sent", channel=Channel.EMAIL, asks=True),
            MessageSent(message_id="m1", channel=Channel.EMAIL, author=Author.HUMAN, asks=True),
        ),
    ],
)
def test_what_no_state_shows_has_an_event_of_its_own(what: Happening | None, event: object) -> None:
    events = events_beside(
        "Did it", what, before=BEFORE, level=Level.L2, message_id="m1", performed_by=None
    )

    assert events == [event]
    assert what is None or not what.is_state


def test_what_the_state_shows_has_no_other_event() -> None:
    for what in (Happening("opened"), Happening("assigned"), Happening("resolved")):
        assert what.is_state
        assert not events_beside(
            "x", what, before=BEFORE, level=Level.L1, message_id="m1", performed_by=None
        )
