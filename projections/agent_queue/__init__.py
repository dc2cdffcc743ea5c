"""What the agents do next: queues, owners and workload, now and at any past instant."""

from ..definition import Projection  # noqa: TID252 (found under two names, see ticketledger/)

PROJECTION = Projection(
    name="agent_queue",
    version=3,
    data="""STRUCT(
        number VARCHAR,
        requester STRUCT(id VARCHAR),
        category VARCHAR,
        priority VARCHAR,
        "to" VARCHAR,
        to_level VARCHAR,
        author VARCHAR,
        promise_id VARCHAR,
        due_at TIMESTAMPTZ,
        next_due_at TIMESTAMPTZ,
        instance INTEGER,
        metric VARCHAR,
        policy VARCHAR,
        version INTEGER,
        method VARCHAR,
        reason VARCHAR,
        target_number VARCHAR,
        reminder_id VARCHAR,
        "from" VARCHAR,
        customer_id VARCHAR,
        customer_tier VARCHAR,
        scope VARCHAR,
        agent_id VARCHAR,
        capacity INTEGER,
        skills VARCHAR[],
        languages VARCHAR[],
        level VARCHAR,
        roles VARCHAR[]
    )""",
    # Bytes that nobody could read may hold a customer's words; the log has them anyway.
    keeps_unreadable_bytes=False,
)
