"""Every figure that is made of contacts and pairs, on histories small enough to count by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from domain.events import AnyEvent, ImportFinished, Requester, TicketOpened
from domain.values import Channel, Intent, Origin
from tests.projections.harness import Folded
from tests.projections.recontact_history import History, at, worked_example

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def shop() -> Iterator[Folded]:
    """Three customers in March, watermark 1 May.

    X: T1 phone, Refund, Q1; chases it on the 2nd; resolved by Ayu; reopens it on the 4th.
    Y: T2 e-mail, Hotel, straight to Q2, Budi; chases on the 20th, promise missed. T3 is no queue's.
    Z: T4 e-mail, Refund, Q1; nothing more.
    """
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund", channel=Channel.PHONE)
        .queues("T1", "1 Mar 09:05", "Q1")
        .assigns("T1", "1 Mar 09:10", "Ayu")
        .writes("T1", "2 Mar 09:00", channel=Channel.PHONE)
        .resolves("T1", "3 Mar 09:00", "Ayu")
        .writes("T1", "4 Mar 09:00", Intent.COMPLAINT, channel=Channel.PHONE, reopens=True)
        .opens("T2", "18 Mar 09:00", customer="Y", category="Hotel")
        .queues("T2", "18 Mar 09:00", "Q2")
        .assigns("T2", "18 Mar 09:00", "Budi")
        .replies("T2", "18 Mar 12:00", promises="19 Mar 12:00")
        .writes("T2", "20 Mar 09:00")
        .opens("T3", "21 Mar 09:00", customer="Y", category="Flight")
        .opens("T4", "31 Mar 23:30", customer="Z", category="Refund")
        .queues("T4", "1 Apr 00:30", "Q1")
        .passes("1 May 00:00")
    )
    with history.folded() as folded:
        yield folded


def counted(folded: Folded, dimension: str, **more: Any) -> dict[str, tuple[int, int]]:
    """Contacts and re-contacts of each value of a dimension."""
    rows = folded.rows(
        "FROM recontact_rate_by($dimension, scope := $scope, window_hours := 168)",
        dimension=dimension,
        scope=more.get("scope", "same_issue"),
    )
    return {row["value"]: (row["contacts"], row["recontacts"]) for row in rows}


def test_per_day_the_rate_belongs_to_the_day_of_the_preceding_contact(shop: Folded) -> None:
    assert counted(shop, "day") == {
        "2026-03-01": (1, 1),
        "2026-03-02": (1, 1),
        "2026-03-04": (1, 0),
        "2026-03-18": (1, 1),
        "2026-03-20": (1, 0),
        "2026-03-21": (1, 0),
        "2026-03-31": (1, 0),
    }


def test_a_week_goes_by_its_monday_and_a_month_by_its_name(shop: Folded) -> None:
    assert counted(shop, "week") == {
        "2026-02-23": (1, 1),
        "2026-03-02": (2, 1),
        "2026-03-16": (3, 1),
        "2026-03-30": (1, 0),
    }
    assert counted(shop, "month") == {"2026-03": (7, 3)}


def test_days_are_those_of_the_reporting_zone() -> None:
    history = History().opens("T1", "31 Mar 23:30", category="Refund")

    with history.folded(time_zone="Asia/Jakarta") as folded:
        assert counted(folded, "day") == {"2026-04-01": (1, 0)}
        assert counted(folded, "month") == {"2026-04": (1, 0)}
        in_april = "FROM recontact_rate(from_ts := '2026-04-01', to_ts := '2026-05-01')"
        assert folded.rows(in_april)[0]["contacts"] == 1


def test_a_contact_before_any_queue_belongs_to_the_first_queue_that_took_it(shop: Folded) -> None:
    assert counted(shop, "queue") == {"Q1": (4, 2), "Q2": (2, 1), "No queue": (1, 0)}


def test_as_of_a_moment_a_queue_that_came_later_is_not_known(shop: Folded) -> None:
    rows = shop.rows(
        "SELECT queue FROM recontact_contacts(as_of := '2026-04-01 00:00:00+00') "
        "WHERE number = 'T4'"
    )

    assert rows == [{"queue": None}]


def test_per_channel_and_category(shop: Folded) -> None:
    assert counted(shop, "channel") == {"phone": (3, 2), "email": (4, 1)}
    assert counted(shop, "category") == {"Refund": (4, 2), "Hotel": (2, 1), "Flight": (1, 0)}


def test_a_kinds_share_is_of_all_contacts(shop: Folded) -> None:
    assert counted(shop, "kind") == {"chase": (7, 2), "reopen": (7, 1)}
    assert counted(shop, "kind", scope="any_issue") == {
        "chase": (7, 2),
        "reopen": (7, 1),
        "new_issue": (7, 1),
    }


def test_an_agent_answers_for_what_they_are_charged_with_and_for_what_stayed_quiet(
    shop: Folded,
) -> None:
    # T1's last contact is quiet: it was reopened and is Ayu's. T2's last one is Budi's.
    assert counted(shop, "agent") == {"Ayu": (3, 2), "Budi": (2, 1), "Unassigned": (2, 0)}


def test_a_new_issue_is_nobodys(shop: Folded) -> None:
    assert counted(shop, "agent", scope="any_issue")["Nobody"] == (1, 1)


def test_a_quiet_contact_is_the_owners_at_the_end_of_its_window_whoever_comes_later() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .assigns("T1", "1 Mar 10:00", "Ayu")
        .assigns("T1", "20 Mar 10:00", "Budi")
        .passes("1 May 00:00")
    )

    with history.folded() as folded:
        assert counted(folded, "agent") == {"Ayu": (1, 0)}
        anytime = "SELECT value FROM recontact_rate_by('agent', window_hours := NULL)"
        assert folded.query(anytime) == [("Budi",)]
        then = "SELECT value FROM recontact_rate_by('agent', as_of := '2026-03-01 09:30:00+00')"
        assert folded.query(then) == [("Unassigned",)]


def test_per_stage_and_promise_of_the_preceding_contact(shop: Folded) -> None:
    assert counted(shop, "stage") == {
        "received": (4, 2),
        "in_review": (1, 1),
        "resolved": (1, 0),
        "being_worked_on": (1, 0),
    }
    assert counted(shop, "promise") == {"none": (6, 3), "missed": (1, 0)}


def test_an_unknown_dimension_is_refused_with_the_ones_there_are(shop: Folded) -> None:
    with pytest.raises(Exception, match="dimension is day, week, month"):
        counted(shop, "weather")


def test_contacts_of_a_period_are_followed_also_from_behind_its_end(shop: Folded) -> None:
    [row] = shop.rows("FROM recontact_rate(from_ts := '2026-03-01', to_ts := '2026-03-02')")

    assert (row["contacts"], row["recontacts"]) == (1, 1)


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(shop: Folded) -> None:
    [row] = shop.rows(
        "FROM recontact_rate(from_ts := '2026-03-01 09:00:00+00', "
        "to_ts := '2026-03-04 09:00:00+00')"
    )

    assert (row["contacts"], row["recontacts"]) == (2, 2)


def test_a_gap_as_long_as_the_window_is_within_it(shop: Folded) -> None:
    def followed(hours: float) -> int:
        query = "SELECT recontacts FROM recontact_rate(window_hours := $hours)"
        [(recontacts,)] = shop.query(query, hours=hours)
        return int(recontacts)

    assert followed(24) == 1  # T1: 24 h and 48 h; T2: 48 h
    assert followed(23.99) == 0
    assert followed(48) == 3


def test_looking_back_counts_by_the_repeats_own_day(shop: Folded) -> None:
    rows = shop.rows(
        "FROM recontact_overview(from_ts := '2026-03-02', to_ts := '2026-03-05', "
        "window_hours := 24)"
    )

    found = {row["measure"]: (row["total"], row["recontacted"]) for row in rows}
    assert found == {
        "look_forward": (2, 0),  # 2 March is followed after 48 hours
        "look_back": (2, 1),  # 2 March repeats 1 March
        "tickets": (1, 0),
        "customers": (1, 0),
    }


def test_the_four_rates_of_nothing_are_null_not_an_error() -> None:
    with History().passes("1 Mar 00:00").folded() as folded:
        rows = folded.rows("FROM recontact_overview()")
        assert [(row["measure"], row["total"], row["rate"]) for row in rows] == [
            ("look_forward", 0, None),
            ("look_back", 0, None),
            ("tickets", 0, None),
            ("customers", 0, None),
        ]
        assert folded.query("FROM recontact_rate()") == [(0, 0, None, 0, 0, None)]
        assert folded.query("FROM recontact_drivers()") == []
        [row] = folded.rows("FROM recontact_compare()")
        assert (row["a_contacts"], row["absolute_change"], row["absolute_low"]) == (0, None, None)


def test_drivers_give_the_share_of_all_and_the_rate_without_them(shop: Folded) -> None:
    [phone] = shop.rows(
        "FROM recontact_drivers() WHERE dimension = 'channel' AND \"value\" = 'phone'"
    )

    assert (phone["contacts"], phone["recontacts"], phone["rate"]) == (3, 2, 2 / 3)
    assert (phone["share_of_contacts"], phone["share_of_recontacts"]) == (3 / 7, 2 / 3)
    assert (phone["overall_rate"], phone["rate_without"]) == (3 / 7, 1 / 4)
    assert (phone["mature_contacts"], phone["mature_recontacts"]) == (3, 2)


def test_in_every_dimension_of_the_drivers_the_contacts_add_up(shop: Folded) -> None:
    rows = shop.rows(
        "SELECT dimension, sum(contacts) AS contacts, sum(recontacts) AS recontacts "
        "FROM recontact_drivers() GROUP BY dimension ORDER BY dimension"
    )

    assert rows == [
        {"dimension": name, "contacts": 7, "recontacts": 3}
        for name in ("agent", "category", "channel", "promise", "queue", "stage")
    ]


# ── Maturity ────────────────────────────────────────────────────────────────────────────────────


def test_a_contact_is_mature_once_its_whole_window_lies_before_the_watermark() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "2 Mar 09:00", category="Refund")
        .passes("8 Mar 09:00")
    )

    with history.folded() as folded:
        assert folded.query("FROM recontact_rate()") == [(2, 1, 0.5, 1, 1, 1.0)]


def test_an_unfinished_import_holds_the_watermark_back_until_it_is_finished() -> None:
    history = History().opens("T1", "1 Mar 09:00", category="Refund").passes("1 May 00:00")
    opened = TicketOpened(
        number="T2",
        channel=Channel.EMAIL,
        live=False,
        origin=Origin.CUSTOMER,
        category=("Hotel",),
        requester=Requester(id="Y"),
    )
    save_imported(history, "ticket-T2", opened)
    with history.folded() as folded:
        assert folded.query("SELECT contacts, mature_contacts FROM recontact_rate()") == [(2, 0)]

    finished = ImportFinished(
        source="old",
        batch_id="b1",
        rows_read=1,
        rows_changed=1,
        rows_progressed=0,
        rows_unreadable=0,
    )
    save_imported(history, "import-b1", finished)
    with history.folded() as folded:
        assert folded.query("SELECT contacts, mature_contacts FROM recontact_rate()") == [(2, 2)]


def save_imported(history: History, subject: str, event: AnyEvent) -> None:
    history.stream.save(
        subject, event, at=at("2 Mar 09:00"), actor="import:old", correlation_id="b1"
    )


def test_a_ticket_or_customer_is_mature_once_all_its_contacts_are() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .writes("T1", "5 Mar 09:00")
        .opens("T2", "1 Mar 10:00", customer="Y", category="Refund")
        .passes("9 Mar 00:00")
    )

    with history.folded() as folded:
        rows = folded.rows("FROM recontact_overview()")
    found = {row["measure"]: (row["total"], row["mature_total"]) for row in rows}
    assert found == {
        "look_forward": (3, 2),
        "look_back": (3, 3),
        "tickets": (2, 1),
        "customers": (2, 1),
    }


def test_as_of_a_moment_what_came_later_is_not_seen() -> None:
    with worked_example().folded() as folded:
        [row] = folded.rows(
            "FROM recontact_rate(window_hours := NULL, as_of := '2026-03-02 12:00')"
        )
        assert (row["contacts"], row["recontacts"]) == (2, 1)
        back = folded.rows("FROM recontact_overview(as_of := '2026-03-02 12:00')")
        assert [row["total"] for row in back] == [2, 2, 1, 1]


# ── Before and after ────────────────────────────────────────────────────────────────────────────


def many_customers(*, before: float, after: float, customers: int) -> History:
    """Each customer contacts once in March and once in May, and chases with these chances."""
    draw = random.Random(7)  # the figures below were worked out for this draw
    history = History()
    for number in range(customers):
        for month, chance in (("Mar", before), ("May", after)):
            ticket = f"T{number}{month}"
            history.opens(ticket, f"1 {month} 09:00", customer=f"C{number}", category=ticket)
            if draw.random() < chance:
                history.writes(ticket, f"2 {month} 09:00")
    return history.passes("1 Aug 00:00")


PERIODS = (
    "a_from := '2026-03-01', a_to := '2026-03-02', b_from := '2026-05-01', b_to := '2026-05-02'"
)


def test_before_and_after_side_by_side() -> None:
    with many_customers(before=0.5, after=0.25, customers=60).folded() as folded:
        [row] = folded.rows(f"FROM recontact_compare({PERIODS})")
        [again] = folded.rows(f"FROM recontact_compare({PERIODS})")

    a, b = row["a_recontacts"], row["b_recontacts"]
    assert (row["a_customers"], row["a_contacts"], row["b_customers"], row["b_contacts"]) == (
        60,
    ) * 4
    assert (row["a_rate"], row["b_rate"]) == (a / 60, b / 60)
    assert row["absolute_change"] == pytest.approx((b - a) / 60)
    assert row["relative_change"] == pytest.approx((b - a) / a)
    assert row["count_change"] == b - a
    assert row["absolute_low"] < row["absolute_change"] < row["absolute_high"] < 0
    assert row["relative_low"] < row["relative_change"] < row["relative_high"] < 0
    assert again == row  # nothing is drawn twice in two ways


def test_the_interval_is_that_of_resampling_customers() -> None:
    """A customer's contacts stick together: ten customers with six contacts each are ten draws."""
    history = History()
    for number in range(10):
        ticket = f"T{number}"
        history.opens(ticket, "1 Mar 09:00", customer=f"C{number}", category=ticket)
        for hour in range(5):
            other = f"{ticket}{hour}"
            category = ticket if number < 5 else other
            history.opens(other, f"2 Mar 1{hour}:00", customer=f"C{number}", category=category)
    for number in range(400):
        history.opens(f"N{number}", "1 May 09:00", customer=f"N{number}", category="Refund")
    history.passes("1 Aug 00:00")

    with history.folded() as folded:
        [row] = folded.rows(
            "FROM recontact_compare(a_from := '2026-03-01', a_to := '2026-03-03', "
            "b_from := '2026-05-01', b_to := '2026-05-02')"
        )

    # Five of ten customers have 5 of 6 contacts followed. Resampling customers: a standard error of
    # 5/6 * sqrt(0.25 / 10) = 0.132; resampling 60 contacts would give 0.064.
    assert row["a_rate"] == 25 / 60
    width = (row["absolute_high"] - row["absolute_low"]) / (2 * 1.96)
    assert width == pytest.approx(0.132, rel=0.15)


def test_two_cohorts_of_one_period_can_be_compared(shop: Folded) -> None:
    [row] = shop.rows(
        "FROM recontact_compare(dimension := 'channel', a_value := 'phone', b_value := 'email')"
    )

    assert (row["a_contacts"], row["a_recontacts"]) == (3, 2)
    assert (row["b_contacts"], row["b_recontacts"]) == (4, 1)
    assert row["count_change"] == -1


def test_contacts_whose_window_is_not_over_are_left_out_of_a_comparison_and_counted() -> None:
    history = (
        History()
        .opens("T1", "1 Mar 09:00", category="Refund")
        .opens("T2", "1 May 09:00", category="Refund")
        .opens("T3", "3 May 09:00", category="Refund")
        .passes("9 May 00:00")
    )

    with history.folded() as folded:
        [row] = folded.rows(
            "FROM recontact_compare(a_from := '2026-03-01', a_to := '2026-04-01', "
            "b_from := '2026-05-01', b_to := '2026-06-01')"
        )
        assert (row["b_contacts"], row["a_immature"], row["b_immature"], row["mature"]) == (
            1,
            0,
            1,
            True,
        )
        [row] = folded.rows("FROM recontact_compare(window_hours := NULL, b_from := '2026-05-01')")
        assert (row["b_contacts"], row["mature"]) == (2, False)


# ── Who has to ask again and again ──────────────────────────────────────────────────────────────


def test_update_requesters_are_those_who_chased_by_their_number_of_contacts() -> None:
    history = History().opens("T1", "1 Mar 09:00").opens("T2", "1 Mar 09:00", customer="Y")
    for day in range(2, 6):
        history.writes("T1", f"{day} Mar 09:00", Intent.ANSWER if day == 3 else Intent.STATUS_CHASE)
    history.writes("T2", "2 Mar 09:00").opens("T3", "1 Mar 09:00", customer="Z")

    with history.folded() as folded:
        rows = folded.rows("FROM update_requesters() ORDER BY customer")
        assert [
            (row["customer"], row["chases"], row["contacts"], row["more_than_four"]) for row in rows
        ] == [("X", 3, 5, True), ("Y", 1, 2, False)]
        assert folded.query("FROM update_requester_share()") == [(2, 1, 0.5)]
        assert folded.query("FROM update_requesters_by_contacts()") == [(2, 1, 0.5), (5, 1, 0.5)]
        until = "FROM update_requester_share(to_ts := '2026-03-03')"
        assert folded.query(until) == [(2, 0, 0.0)]


def test_a_case_with_more_than_four_contacts_is_a_frequent_contactors() -> None:
    history = History().opens("T1", "1 Mar 09:00").opens("T2", "1 Mar 09:00")
    for day in range(2, 6):
        history.writes("T1", f"{day} Mar 09:00", Intent.THANKS)
    for day in range(2, 5):
        history.writes("T2", f"{day} Mar 09:00")

    with history.folded() as folded:
        rows = folded.rows("FROM frequent_contactor")
        assert [(row["number"], row["customer"], row["contacts"]) for row in rows] == [
            ("T1", "X", 5)
        ]
        assert len(folded.query("FROM frequent_contactors(more_than := 3)")) == 2
        assert folded.query("FROM frequent_contactors(as_of := '2026-03-04')") == []
