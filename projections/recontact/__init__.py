"""Why customers come back: contacts, what became of each, and every re-contact figure."""

from ..definition import Projection  # noqa: TID252 (found under two names, see ticketledger/)

PROJECTION = Projection(
    name="recontact",
    version=2,
    data="""STRUCT(
        number VARCHAR,
        origin VARCHAR,
        channel VARCHAR,
        live BOOLEAN,
        category VARCHAR[],
        order_refs VARCHAR[],
        requester STRUCT(id VARCHAR),
        follows_ticket VARCHAR,
        "from" VARCHAR,
        "to" VARCHAR,
        resolver VARCHAR,
        message_id VARCHAR,
        intent VARCHAR,
        author VARCHAR,
        other VARCHAR,
        role VARCHAR,
        promise_id VARCHAR,
        instance INTEGER,
        due_at TIMESTAMPTZ,
        target VARCHAR,
        ticket VARCHAR,
        look VARCHAR,
        delivery VARCHAR
    )""",
)
