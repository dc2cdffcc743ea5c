"""The bytes that are stored, one example of every event: they must never change.

A byte that differs here would differ in every ledger: its chains would no longer verify. Fields may
be added (to the end of an example of their own), never moved, renamed or written in another way.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.codec import EVENT_CLASSES, decode, encode
from domain.events import (
    AgentAvailabilityChanged,
    AgentSkillsChanged,
    AnyEvent,
    ArticleLinked,
    AttachmentAdded,
    CustomerErased,
    CustomerProfiled,
    CustomersMerged,
    EscalationRequested,
    EventCorrected,
    ImportFinished,
    MessageClassified,
    MessageDeliveryReported,
    MessageReceived,
    MessageSent,
    NextUpdateCancelled,
    NextUpdateKept,
    NextUpdateMissed,
    NextUpdatePromised,
    NextUpdateSuperseded,
    NoteAdded,
    NotificationFailed,
    NotificationOpened,
    NotificationSent,
    PassedOver,
    PolicyPublished,
    ReminderCancelled,
    ReminderDue,
    ReminderSet,
    Requester,
    ResolutionConfirmed,
    ResolutionRejected,
    SetTarget,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    SlaWarned,
    SurveyAnswered,
    SurveySent,
    TicketAbsorbed,
    TicketAcknowledged,
    TicketAssigned,
    TicketAssignmentDeferred,
    TicketCategorized,
    TicketClosed,
    TicketDeescalated,
    TicketEscalated,
    TicketFieldChanged,
    TicketHandedOver,
    TicketImported,
    TicketLinked,
    TicketMerged,
    TicketOpened,
    TicketPrioritized,
    TicketProgressed,
    TicketQueued,
    TicketReopened,
    TicketRequesterChanged,
    TicketResolved,
    TicketSplit,
    TicketStageChanged,
    TicketStatusChanged,
    TicketTagged,
    TicketUnassigned,
    TicketUntagged,
    TrackerViewed,
)
from domain.people import Availability, ErasureScope
from domain.policies.calendars import Calendar, Holiday, Span, Weekday
from domain.policies.conditions import Condition
from domain.policies.policy import Policy
from domain.policies.targets import Clocks, Target, TargetRule
from domain.reach import ArticleUse, Delivery, Direction, Look, Surface, SurveyKind
from domain.values import (
    Author,
    CaseType,
    Channel,
    CloseReason,
    DeferralReason,
    EscalationTrigger,
    Fidelity,
    Intent,
    Level,
    LinkRole,
    Method,
    Metric,
    Origin,
    Priority,
    ResolutionCode,
    Sealed,
    SealedText,
    Stage,
    Status,
    WorkKind,
)

pytestmark = pytest.mark.unit

MOMENT = datetime(2026, 11, 22, 3, 12, 0, 123456, tzinfo=UTC)
SEALED = Sealed(sealed=SealedText(key="k", nonce="n", text="t"))

STORED: list[tuple[AnyEvent, str, str]] = [
    (
        TicketOpened(
            number="T-1",
            channel=Channel.CHAT,
            live=True,
            origin=Origin.CUSTOMER,
            case_type=CaseType.COMPLAINT,
            subject="Refund €12",
            body=SEALED,
            category=("Refund", "Flight"),
            priority=Priority.HIGH,
            stated_urgency="today",
            impact="one",
            product="flight",
            order_refs=("order-1",),
            custom_fields={"seat": "12A"},
            requester=Requester(
                id="c-1", name="Ani", email="ani@example.org", phone="+62", username="ani"
            ),
            on_behalf_of=True,
            follows_ticket="t-0",
            performed_by="user-7",
        ),
        "ticketledger.ticket.opened.v1",
        (
            '{"performed_by":"user-7","number":"T-1","channel":"chat","live":true,'
            '"origin":"customer","case_type":"complaint","subject":"Refund €12",'
            '"body":{"sealed":{"key":"k","nonce":"n","text":"t"}},"category":["Refund",'
            '"Flight"],"priority":"high","stated_urgency":"today","impact":"one",'
            '"product":"flight","order_refs":["order-1"],"custom_fields":{"seat":"12A"},'
            '"requester":{"id":"c-1","name":"Ani","email":"ani@example.org","phone":"+62",'
            '"username":"ani"},"on_behalf_of":true,"follows_ticket":"t-0"}'
        ),
    ),
    (
        TicketImported(
            source="servicenow",
            source_id="INC1",
            batch_id="b-1",
            fidelity=Fidelity.FULL_HISTORY,
            original_opened_at=MOMENT,
            original_updated_at=MOMENT,
            performed_by="user-7",
        ),
        "ticketledger.ticket.imported.v1",
        (
            '{"performed_by":"user-7","source":"servicenow","source_id":"INC1",'
            '"batch_id":"b-1","fidelity":"full_history",'
            '"original_opened_at":"2026-11-22T03:12:00.123456Z",'
            '"original_updated_at":"2026-11-22T03:12:00.123456Z"}'
        ),
    ),
    (
        TicketAcknowledged(channel=Channel.EMAIL, template="hello"),
        "ticketledger.ticket.acknowledged.v1",
        '{"channel":"email","template":"hello"}',
    ),
    (
        TicketRequesterChanged(from_="c-1", to="c-2", reason="merged"),
        "ticketledger.ticket.requester_changed.v1",
        '{"from":"c-1","to":"c-2","reason":"merged"}',
    ),
    (
        TicketCategorized(
            from_=("Refund",),
            to=("Hotel", "Late"),
            method=Method.MODEL,
            confidence=0.75,
            reason="words",
        ),
        "ticketledger.ticket.categorized.v1",
        (
            '{"from":["Refund"],"to":["Hotel","Late"],"method":"model","confidence":0.75,'
            '"reason":"words"}'
        ),
    ),
    (
        TicketPrioritized(
            from_=Priority.LOW,
            to=Priority.CRITICAL,
            method=Method.RULE,
            confidence=1.0,
            reason="vip",
        ),
        "ticketledger.ticket.prioritized.v1",
        '{"from":"low","to":"critical","method":"rule","confidence":1.0,"reason":"vip"}',
    ),
    (
        TicketTagged(tag="vip", method=Method.AGENT, reason="airline status"),
        "ticketledger.ticket.tagged.v1",
        '{"tag":"vip","method":"agent","reason":"airline status"}',
    ),
    (
        TicketUntagged(tag="vip", method=Method.AGENT, reason="lapsed"),
        "ticketledger.ticket.untagged.v1",
        '{"tag":"vip","method":"agent","reason":"lapsed"}',
    ),
    (
        TicketFieldChanged(
            field="seat",
            from_="12A",
            to="14C",
            method=Method.IMPORT,
            reason="moved",
            performed_by="user-7",
        ),
        "ticketledger.ticket.field_changed.v1",
        (
            '{"performed_by":"user-7","field":"seat","from":"12A","to":"14C",'
            '"method":"import","reason":"moved"}'
        ),
    ),
    (
        TicketQueued(from_="Q1", to="Q2", rule="refunds", reason="wrong team"),
        "ticketledger.ticket.queued.v1",
        '{"from":"Q1","to":"Q2","rule":"refunds","reason":"wrong team"}',
    ),
    (
        TicketAssigned(
            from_="ayu",
            to="budi",
            method=Method.CLAIM,
            active_then=10,
            capacity=10,
            over_capacity=True,
            summary="asked twice",
            reason="shift",
            passed_over=(PassedOver(why="offline", agents=("citra", "dewi")),),
        ),
        "ticketledger.ticket.assigned.v1",
        (
            '{"from":"ayu","to":"budi","method":"claim","active_then":10,"capacity":10,'
            '"over_capacity":true,"summary":"asked twice","reason":"shift",'
            '"passed_over":[{"why":"offline","agents":["citra","dewi"]}]}'
        ),
    ),
    (
        TicketUnassigned(from_="ayu", method=Method.RULE, reason="offline"),
        "ticketledger.ticket.unassigned.v1",
        '{"from":"ayu","method":"rule","reason":"offline"}',
    ),
    (
        TicketHandedOver(from_="ayu", to="budi", summary="asked twice", reason="shift"),
        "ticketledger.ticket.handed_over.v1",
        '{"from":"ayu","to":"budi","summary":"asked twice","reason":"shift"}',
    ),
    (
        TicketEscalated(
            from_level=Level.L1,
            to_level=Level.L2,
            trigger=EscalationTrigger.CUSTOMER_COMPLAINT,
            summary="bounced",
        ),
        "ticketledger.ticket.escalated.v1",
        '{"from_level":"L1","to_level":"L2","trigger":"customer_complaint","summary":"bounced"}',
    ),
    (
        TicketDeescalated(
            from_level=Level.MANAGER, to_level=Level.L2, summary="approved", reason="clear"
        ),
        "ticketledger.ticket.deescalated.v1",
        '{"from_level":"manager","to_level":"L2","summary":"approved","reason":"clear"}',
    ),
    (
        MessageReceived(
            message_id="m-1",
            channel=Channel.EMAIL,
            live=False,
            intent=Intent.STATUS_CHASE,
            status=Status.ON_HOLD,
            body="Any news?",
            attachments=("a-1",),
        ),
        "ticketledger.message.received.v1",
        (
            '{"message_id":"m-1","channel":"email","live":false,"intent":"status_chase",'
            '"status":"on_hold","body":"Any news?","attachments":["a-1"]}'
        ),
    ),
    (
        MessageSent(
            message_id="m-2",
            channel=Channel.PHONE,
            author=Author.HUMAN,
            asks=False,
            agent_id="ayu",
            agent_display="Ayu",
            body="Soon.",
            template="soon",
            next_update_by=MOMENT,
        ),
        "ticketledger.message.sent.v1",
        (
            '{"message_id":"m-2","channel":"phone","author":"human","asks":false,'
            '"agent_id":"ayu","agent_display":"Ayu","body":"Soon.","template":"soon",'
            '"next_update_by":"2026-11-22T03:12:00.123456Z"}'
        ),
    ),
    (
        NoteAdded(note_id="n-1", body="called"),
        "ticketledger.note.added.v1",
        '{"note_id":"n-1","body":"called"}',
    ),
    (
        ResolutionConfirmed(message_id="m-3"),
        "ticketledger.resolution.confirmed.v1",
        '{"message_id":"m-3"}',
    ),
    (
        ResolutionRejected(message_id="m-4"),
        "ticketledger.resolution.rejected.v1",
        '{"message_id":"m-4"}',
    ),
    (
        TicketStatusChanged(from_=Status.OPEN, to=Status.ON_HOLD, reason="airline"),
        "ticketledger.ticket.status_changed.v1",
        '{"from":"open","to":"on_hold","reason":"airline"}',
    ),
    (
        TicketProgressed(kind=WorkKind.THIRD_PARTY, performed_by="user-7"),
        "ticketledger.ticket.progressed.v1",
        '{"performed_by":"user-7","kind":"third_party"}',
    ),
    (
        TicketResolved(
            code=ResolutionCode.NOT_POSSIBLE, with_message=True, cycle=2, resolver="ayu"
        ),
        "ticketledger.ticket.resolved.v1",
        '{"code":"not_possible","with_message":true,"cycle":2,"resolver":"ayu"}',
    ),
    (
        TicketClosed(reason=CloseReason.CONFIRMED),
        "ticketledger.ticket.closed.v1",
        '{"reason":"confirmed"}',
    ),
    (
        TicketReopened(
            from_=Status.CLOSED,
            cycle=3,
            reason="customer_message",
            prior_resolver="ayu",
            seconds_since_resolved=3600,
            message_id="m-5",
        ),
        "ticketledger.ticket.reopened.v1",
        (
            '{"from":"closed","cycle":3,"reason":"customer_message","prior_resolver":"ayu",'
            '"seconds_since_resolved":3600,"message_id":"m-5"}'
        ),
    ),
    (
        TicketLinked(other="t-2", role=LinkRole.DUPLICATE_OF),
        "ticketledger.ticket.linked.v1",
        '{"other":"t-2","role":"duplicate_of"}',
    ),
    (
        NextUpdatePromised(
            promise_id="P1", instance=1, due_at=MOMENT, maker="ayu", message_id="m-2"
        ),
        "ticketledger.next_update.promised.v1",
        (
            '{"promise_id":"P1","instance":1,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"maker":"ayu","message_id":"m-2"}'
        ),
    ),
    (
        NextUpdateKept(promise_id="P1", instance=1, due_at=MOMENT, message_id="m-6"),
        "ticketledger.next_update.kept.v1",
        (
            '{"promise_id":"P1","instance":1,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"message_id":"m-6"}'
        ),
    ),
    (
        NextUpdateMissed(
            promise_id="P1", instance=1, due_at=MOMENT, next_due_at=MOMENT, owner="ayu"
        ),
        "ticketledger.next_update.missed.v1",
        (
            '{"promise_id":"P1","instance":1,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"next_due_at":"2026-11-22T03:12:00.123456Z","owner":"ayu"}'
        ),
    ),
    (
        NextUpdateSuperseded(promise_id="P1", instance=1, message_id="m-6"),
        "ticketledger.next_update.superseded.v1",
        '{"promise_id":"P1","instance":1,"message_id":"m-6"}',
    ),
    (
        NextUpdateCancelled(promise_id="P1", instance=1, reason="pending"),
        "ticketledger.next_update.cancelled.v1",
        '{"promise_id":"P1","instance":1,"reason":"pending"}',
    ),
    (
        SlaApplied(
            policy="travel",
            version=3,
            rule="refunds",
            targets=(
                SetTarget(
                    metric=Metric.FIRST_REPLY,
                    seconds=900,
                    warn_after_seconds=600,
                    calendar="always",
                ),
            ),
        ),
        "ticketledger.sla.applied.v1",
        (
            '{"policy":"travel","version":3,"rule":"refunds",'
            '"targets":[{"metric":"first_reply","seconds":900.0,"warn_after_seconds":600.0,'
            '"calendar":"always"}]}'
        ),
    ),
    (
        SlaRemoved(policy="travel", version=2, reason="policy_changed"),
        "ticketledger.sla.removed.v1",
        '{"policy":"travel","version":2,"reason":"policy_changed"}',
    ),
    (
        SlaStarted(metric=Metric.RESOLUTION, instance=1, due_at=MOMENT),
        "ticketledger.sla.started.v1",
        '{"metric":"resolution","instance":1,"due_at":"2026-11-22T03:12:00.123456Z"}',
    ),
    (
        SlaPaused(
            metric=Metric.RESOLUTION, instance=1, elapsed_seconds=180, calendar_seconds=180.5
        ),
        "ticketledger.sla.paused.v1",
        '{"metric":"resolution","instance":1,"elapsed_seconds":180.0,"calendar_seconds":180.5}',
    ),
    (
        SlaResumed(metric=Metric.RESOLUTION, instance=1, due_at=MOMENT),
        "ticketledger.sla.resumed.v1",
        '{"metric":"resolution","instance":1,"due_at":"2026-11-22T03:12:00.123456Z"}',
    ),
    (
        SlaWarned(
            metric=Metric.NO_PROGRESS,
            instance=2,
            due_at=MOMENT,
            elapsed_seconds=5400,
            calendar_seconds=5400,
            owner="ayu",
        ),
        "ticketledger.sla.warned.v1",
        (
            '{"metric":"no_progress","instance":2,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"elapsed_seconds":5400.0,"calendar_seconds":5400.0,"owner":"ayu"}'
        ),
    ),
    (
        SlaBreached(
            metric=Metric.FIRST_REPLY,
            instance=1,
            due_at=MOMENT,
            elapsed_seconds=900,
            calendar_seconds=900,
            owner="ayu",
        ),
        "ticketledger.sla.breached.v1",
        (
            '{"metric":"first_reply","instance":1,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"elapsed_seconds":900.0,"calendar_seconds":900.0,"owner":"ayu"}'
        ),
    ),
    (
        SlaFulfilled(
            metric=Metric.NEXT_REPLY,
            instance=4,
            due_at=MOMENT,
            elapsed_seconds=10200,
            calendar_seconds=10200,
            owner="ayu",
        ),
        "ticketledger.sla.fulfilled.v1",
        (
            '{"metric":"next_reply","instance":4,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"elapsed_seconds":10200.0,"calendar_seconds":10200.0,"owner":"ayu"}'
        ),
    ),
    (
        SlaCancelled(
            metric=Metric.FIRST_REPLY,
            instance=1,
            due_at=MOMENT,
            elapsed_seconds=60,
            calendar_seconds=60,
            owner="ayu",
            reason="spam",
        ),
        "ticketledger.sla.cancelled.v1",
        (
            '{"metric":"first_reply","instance":1,"due_at":"2026-11-22T03:12:00.123456Z",'
            '"elapsed_seconds":60.0,"calendar_seconds":60.0,"owner":"ayu","reason":"spam"}'
        ),
    ),
    (
        MessageClassified(
            message_id="m-7", from_=Intent.UNKNOWN, to=Intent.THANKS, method=Method.MODEL
        ),
        "ticketledger.message.classified.v1",
        '{"message_id":"m-7","from":"unknown","to":"thanks","method":"model"}',
    ),
    (
        MessageDeliveryReported(message_id="m-2", delivery=Delivery.FAILED, reason="mailbox full"),
        "ticketledger.message.delivery_reported.v1",
        '{"message_id":"m-2","delivery":"failed","reason":"mailbox full"}',
    ),
    (
        AttachmentAdded(
            reference="file-1",
            media_type="image/jpeg",
            bytes=183202,
            sha256="9f" * 32,
            public=True,
            message_id="m-1",
        ),
        "ticketledger.attachment.added.v1",
        (
            '{"reference":"file-1","media_type":"image/jpeg","bytes":183202,'
            '"sha256":"9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",'
            '"public":true,"message_id":"m-1"}'
        ),
    ),
    (
        ArticleLinked(article_id="kb-12", article_version="4", use=ArticleUse.SOLVED),
        "ticketledger.article.linked.v1",
        '{"article_id":"kb-12","article_version":"4","use":"solved"}',
    ),
    (
        TicketStageChanged(
            from_=Stage.IN_REVIEW,
            to=Stage.BEING_WORKED_ON,
            label="With the airline",
            reason="asked by phone",
        ),
        "ticketledger.ticket.stage_changed.v1",
        (
            '{"from":"in_review","to":"being_worked_on","label":"With the airline",'
            '"reason":"asked by phone"}'
        ),
    ),
    (
        TicketAssignmentDeferred(
            queue="refunds",
            reason=DeferralReason.ALL_AT_CAPACITY,
            passed_over=(PassedOver(why="has 10 of 10", agents=("ayu",)),),
        ),
        "ticketledger.ticket.assignment_deferred.v1",
        (
            '{"queue":"refunds","reason":"all_at_capacity",'
            '"passed_over":[{"why":"has 10 of 10","agents":["ayu"]}]}'
        ),
    ),
    (
        EscalationRequested(
            from_level=Level.L1,
            to_level=Level.L2,
            trigger=EscalationTrigger.CUSTOMER_REQUEST,
            summary="tried twice",
        ),
        "ticketledger.escalation.requested.v1",
        '{"from_level":"L1","to_level":"L2","trigger":"customer_request","summary":"tried twice"}',
    ),
    (
        TicketMerged(
            target="t-2", target_number="N-2", reason="the same refund", promise_due_at=MOMENT
        ),
        "ticketledger.ticket.merged.v1",
        (
            '{"target":"t-2","target_number":"N-2","reason":"the same refund",'
            '"promise_due_at":"2026-11-22T03:12:00.123456Z"}'
        ),
    ),
    (
        TicketAbsorbed(source="t-1", source_number="N-1"),
        "ticketledger.ticket.absorbed.v1",
        '{"source":"t-1","source_number":"N-1"}',
    ),
    (
        TicketSplit(other="t-3", other_number="N-3", reason="a second order"),
        "ticketledger.ticket.split.v1",
        '{"other":"t-3","other_number":"N-3","reason":"a second order"}',
    ),
    (
        ReminderSet(reminder_id="r-1", due_at=MOMENT, agent_id="ayu", text="call the airline"),
        "ticketledger.reminder.set.v1",
        (
            '{"reminder_id":"r-1","due_at":"2026-11-22T03:12:00.123456Z","agent_id":"ayu",'
            '"text":"call the airline"}'
        ),
    ),
    (
        ReminderDue(reminder_id="r-1", due_at=MOMENT, agent_id="ayu"),
        "ticketledger.reminder.due.v1",
        '{"reminder_id":"r-1","due_at":"2026-11-22T03:12:00.123456Z","agent_id":"ayu"}',
    ),
    (
        ReminderCancelled(reminder_id="r-1", reason="they called"),
        "ticketledger.reminder.cancelled.v1",
        '{"reminder_id":"r-1","reason":"they called"}',
    ),
    (
        NotificationSent(
            notification_id="n-1",
            surface=Surface.EMAIL,
            about="e-1",
            template="message.sent",
            language="id",
            sha256="9f" * 32,
            attempts=2,
        ),
        "ticketledger.notification.sent.v1",
        (
            '{"notification_id":"n-1","surface":"email","about":"e-1",'
            '"template":"message.sent","language":"id",'
            '"sha256":"9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",'
            '"attempts":2}'
        ),
    ),
    (
        NotificationFailed(
            notification_id="n-1",
            surface=Surface.EMAIL,
            about="e-1",
            template="message.sent",
            attempts=5,
            reason="refused by the server",
        ),
        "ticketledger.notification.failed.v1",
        (
            '{"notification_id":"n-1","surface":"email","about":"e-1",'
            '"template":"message.sent","attempts":5,"reason":"refused by the server"}'
        ),
    ),
    (
        NotificationOpened(notification_id="n-1", surface=Surface.EMAIL),
        "ticketledger.notification.opened.v1",
        '{"notification_id":"n-1","surface":"email"}',
    ),
    (
        SurveySent(
            survey_id="csat-closed-1",
            kind=SurveyKind.CSAT,
            scale=5,
            direction=Direction.HIGHER_IS_BETTER,
            rated_agent="ayu",
        ),
        "ticketledger.survey.sent.v1",
        (
            '{"survey_id":"csat-closed-1","kind":"csat","scale":5,'
            '"direction":"higher_is_better","rated_agent":"ayu"}'
        ),
    ),
    (
        SurveyAnswered(
            survey_id="csat-closed-1",
            kind=SurveyKind.CSAT,
            scale=5,
            direction=Direction.HIGHER_IS_BETTER,
            score=4,
            rated_agent="ayu",
        ),
        "ticketledger.survey.answered.v1",
        (
            '{"survey_id":"csat-closed-1","kind":"csat","scale":5,'
            '"direction":"higher_is_better","score":4,"rated_agent":"ayu"}'
        ),
    ),
    (
        EventCorrected(corrects="e-1", reason="the wrong ticket"),
        "ticketledger.event.corrected.v1",
        '{"corrects":"e-1","reason":"the wrong ticket"}',
    ),
    (
        ImportFinished(
            source="servicenow",
            batch_id="b-1",
            rows_read=10,
            rows_changed=6,
            rows_progressed=3,
            rows_unreadable=1,
        ),
        "ticketledger.import.finished.v1",
        (
            '{"source":"servicenow","batch_id":"b-1","rows_read":10,"rows_changed":6,'
            '"rows_progressed":3,"rows_unreadable":1}'
        ),
    ),
    (
        AgentAvailabilityChanged(
            agent_id="ayu",
            from_=Availability.ONLINE,
            to=Availability.OFFLINE,
            reason="lunch",
        ),
        "ticketledger.agent.availability_changed.v1",
        '{"agent_id":"ayu","from":"online","to":"offline","reason":"lunch"}',
    ),
    (
        AgentSkillsChanged(
            agent_id="ayu",
            capacity=8,
            skills=("flights", "refunds"),
            languages=("en", "id"),
            level=Level.L2,
            roles=(),
        ),
        "ticketledger.agent.skills_changed.v1",
        (
            '{"agent_id":"ayu","capacity":8,"skills":["flights","refunds"],'
            '"languages":["en","id"],"level":"L2","roles":[]}'
        ),
    ),
    (
        CustomerProfiled(
            customer_id="c-1",
            language="id",
            time_zone="Asia/Jakarta",
            customer_tier="vip",
            products=("flights",),
        ),
        "ticketledger.customer.profiled.v1",
        (
            '{"customer_id":"c-1","language":"id","time_zone":"Asia/Jakarta",'
            '"customer_tier":"vip","products":["flights"]}'
        ),
    ),
    (
        CustomerErased(customer_id="c-1", scope=ErasureScope.EVERYTHING, reason="asked for"),
        "ticketledger.customer.erased.v1",
        '{"customer_id":"c-1","scope":"everything","reason":"asked for"}',
    ),
    (
        CustomersMerged(from_="c-1", to="c-2", reason="same person"),
        "ticketledger.customers.merged.v1",
        '{"from":"c-1","to":"c-2","reason":"same person"}',
    ),
    (
        PolicyPublished(
            policy_id="travel",
            version=2,
            apply_to_open=True,
            policy=Policy(
                title="Travel",
                calendars=(
                    Calendar(
                        name="night",
                        zone="Asia/Jakarta",
                        hours=(Span(day=Weekday.MONDAY, from_="22:00", to="06:00"),),
                        holidays=(Holiday(date=date(2026, 8, 17), name="Independence Day"),),
                    ),
                ),
                targets=(
                    TargetRule(
                        name="vip",
                        when=Condition(customer_tier=("vip",)),
                        calendar="night",
                        clocks=Clocks(first_reply=Target(seconds=900, warn_after_seconds=600)),
                    ),
                ),
            ),
        ),
        "ticketledger.policy.published.v1",
        (
            '{"policy_id":"travel","version":2,"apply_to_open":true,"policy":{"title":"Travel",'
            '"calendars":[{"name":"night","zone":"Asia/Jakarta","hours":[{"day":"monday",'
            '"from":"22:00","to":"06:00"}],"breaks":[],"holidays":[{"date":"2026-08-17",'
            '"name":"Independence Day"}]}],"targets":[{"name":"vip","when":{"customer_tier":'
            '["vip"]},"calendar":"night","clocks":{"first_reply":{"seconds":900,'
            '"warn_after_seconds":600}}}],"queues":[],"other_queues":{"calendar":"always",'
            '"strategy":"skill","level":"L1","skills":[]},"escalate_on":["no_progress"],'
            '"skills":[],"routing":{"rules":[],"vip_lane":[{"customer_tier":["vip"]},'
            '{"priority":["critical"]}],"capacity":{"soft":10,"hard":12}},'
            '"promises":{"default_seconds":86400},'
            '"waiting":{"pending_resolves_after_seconds":172800,'
            '"resolved_closes_after_seconds":172800,"reopening_window_seconds":604800},'
            '"stages":[{"language":"en","received":"Received","in_review":"In review",'
            '"being_worked_on":"Being worked on","resolved":"Resolved",'
            '"with_a_specialist":"With a specialist","waiting_for_you":"Waiting for you",'
            '"reopened":"Reopened"}],"notifications":[],"surveys":[],"frequent_contacts":4,'
            '"roles":[]}}'
        ),
    ),
    (
        TrackerViewed(ticket="t-1", surface=Surface.PUSH, look=Look.CLICK, customer_id="C7"),
        "ticketledger.tracker.viewed.v1",
        '{"ticket":"t-1","surface":"push","look":"click","customer_id":"C7"}',
    ),
]


@pytest.mark.parametrize(("event", "type_name", "stored"), STORED, ids=[one[1] for one in STORED])
def test_an_event_is_stored_in_these_bytes(event: AnyEvent, type_name: str, stored: str) -> None:
    assert encode(event) == (type_name, stored.encode())
    assert decode(type_name, stored.encode()) == event


def test_there_is_an_example_of_every_event() -> None:
    assert [type_name for _, type_name, _ in STORED] == list(EVENT_CLASSES)


def test_what_has_no_value_is_not_stored() -> None:
    assert encode(TicketQueued()) == ("ticketledger.ticket.queued.v1", b"{}")
