"""The command line on a ledger that Kafka keeps."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.kafka

At = Callable[[str], Terminal]


@pytest.fixture
def at(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> At:
    """The command line on a folder of a name; nothing is there yet."""
    return lambda name: Terminal(tmp_path / name, capsys, monkeypatch)


@pytest.fixture
def site(at: At, kafka: str, ledger_name: str) -> Terminal:
    """An empty ledger on one partition."""
    terminal = at("site")
    terminal.done("init", "--kafka", kafka, "--name", ledger_name, "--time-zone", "Europe/Berlin")
    return terminal


def test_a_ledger_is_created_once_and_joined_from_other_machines(
    at: At, kafka: str, ledger_name: str
) -> None:
    line = ["init", "--kafka", kafka, "--name", ledger_name, "--partitions", "3", "--json"]
    created = at("one").done(*line).object
    assert (created["partitions"], created["log"]) == (3, f"{ledger_name}.log")

    at("one").done("ticket", "open", "--customer", "C1", "--subject", "Refund")
    joined = at("two").done(*line).object

    assert joined["events"] == 1
    other_zone = at("three")(*line, "--time-zone", "Asia/Tokyo")
    assert other_zone.code == 87
    other_count = at("four")("init", "--kafka", kafka, "--name", ledger_name, "--partitions", "2")
    assert other_count.code == 104
    assert "3 partitions" in other_count.err


def test_many_commands_at_once_are_recorded_once(site: Terminal) -> None:
    key = {"at": "2026-03-05T10:00Z"}
    message = {"do": "customer.message", "customer": "C1", "order": ["O1"], "text": "And?"} | key
    lines = [
        *({"do": "ticket.open", "customer": "C9", "command_id": f"o{n}"} | key for n in range(30)),
        *(message | {"message_id": f"m{n}"} for n in range(3)),
    ]
    stdin = "".join(json.dumps(line) + "\n" for line in lines)

    first, again = (site.done("do", "-", stdin=stdin).objects for _ in range(2))

    assert {one["outcome"] for one in first} == {"ok"}
    assert {one["outcome"] for one in again} == {"repeated"}
    assert [one["number"] for one in again] == [one["number"] for one in first]
    assert len({one["number"] for one in first[30:]}) == 1
    assert site.done("log", "stats", "--json").object["events"] == len(lines)


def test_a_folder_has_one_ledger(at: At, kafka: str, ledger_name: str) -> None:
    terminal = at("both")
    terminal.done("init")

    answer = terminal("init", "--kafka", kafka, "--name", ledger_name)

    assert answer.code == 42
    assert not (terminal.ledger / "ledger.toml").exists()
    (terminal.ledger / "ledger.toml").write_text(
        f'name = "x"\n[kafka]\nbootstrap_servers = "{kafka}"\n', encoding="utf-8"
    )
    assert terminal("log", "tail").code == 59


def test_a_secret_in_the_settings_file_is_refused_and_not_repeated(at: At) -> None:
    terminal = at("secret")
    terminal.ledger.mkdir()
    (terminal.ledger / "ledger.toml").write_text(
        'name = "x"\n[kafka]\nbootstrap_servers = "h:1"\nsasl_password = "hunter2"\n',
        encoding="utf-8",
    )

    answer = terminal("log", "tail")

    assert answer.code == 100
    assert "sasl_password_file" in answer.err
    assert "hunter2" not in answer.out + answer.err


# kafka-python leaves a socket to the garbage collector where it cannot connect.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_broker_that_is_not_there_is_told_in_plain_words(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETLEDGER_KAFKA_CONNECT_SECONDS", "1")

    answer = at("nowhere")("init", "--kafka", "127.0.0.1:1", "--name", "x")
    gc.collect()

    assert answer.code == 101
    assert "no Kafka broker answers at 127.0.0.1:1" in answer.err
    assert "docker compose up" in answer.err


def test_what_is_recorded_is_seen_counted_and_verified(site: Terminal) -> None:
    number = site.opened("--customer", "C1", "--subject", "Refund")
    site.done("ticket", "assign", number, "--to", "ayu")

    assert [one["type"] for one in site.done("log", "tail", "--json").objects] == [
        "ticketledger.ticket.opened.v1",
        "ticketledger.ticket.assigned.v1",
    ]
    stats = site.done("log", "stats", "--json").object
    assert (stats["events"], stats["records"], stats["void"], stats["orphans"]) == (2, 3, 0, 0)
    assert site.done("ticket", "show", number, "--json").object["owner"] == "ayu"
    status = site.done("log", "index", "status", "--json").object
    assert (status["events"], status["subjects"], status["odd"]) == (2, 1, [])
    verified = site.done("log", "verify", "--json").object
    assert verified["intact"]
    [checkpoint] = verified["checkpoints"]
    kept = f"{checkpoint['records']}:{checkpoint['digest']}"
    assert site("log", "verify", "--expect", kept).code == 0
    assert site("log", "verify", "--expect", f"9:{checkpoint['digest']}").code == 82


def test_the_relay_carries_it_to_the_views(site: Terminal) -> None:
    site.opened("--customer", "C1", "--subject", "Refund")
    assert site("relay", "--check").code == 78

    assert site.done("relay", "--json").object["published"] == 1
    assert site.done("relay", "--json").object["published"] == 0

    [case] = site.done("customer", "cases", "C1", "--json").objects
    assert case["stage"] == "received"
    states = {one["name"]: one["state"] for one in site.done("project", "status", "--json").objects}
    assert states["customer_timeline"] == "caught up"


def test_a_claim_that_is_repeated_after_its_ticket_was_closed_is_answered_as_then(
    site: Terminal,
) -> None:
    mine = site.opened("--customer", "C1", "--subject", "Refund")
    site.done("ticket", "queue", mine, "Refunds")
    site.done("relay")
    words = ("queue", "next", "--agent", "budi", "--command-id", "k", "--at", "2026-03-05T09:00")
    first = site.done(*words, "--json").object

    other = site.opened("--customer", "C2", "--subject", "Another")
    site.done("ticket", "queue", mine, "Elsewhere")
    site.done("ticket", "resolve", mine)
    site.done("ticket", "close", mine)
    site.done("relay")
    again = site.done(*words, "--json").object

    assert first["number"] == mine != other
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert again | {"why": "", "repeated": False} == first | {"why": ""}
    assert again["why"] == "claimed before"
    assert site.done("ticket", "show", other, "--json").object["owner"] is None


def test_a_ledger_moves_to_kafka_and_back_with_every_chain(
    at: At, kafka: str, ledger_name: str
) -> None:
    old, there, back = at("old"), at("there"), at("back")
    old.done("init")
    numbers = [old.opened("--customer", f"C{n}", "--subject", "Refund") for n in range(5)]
    for number in numbers:
        old.done("ticket", "assign", number, "--to", "ayu")
    there.done("init", "--kafka", kafka, "--name", ledger_name, "--partitions", "3")
    back.done("init")

    def copied(source: Terminal, target: Terminal) -> int:
        words = ("log", "copy", "--from", str(source.ledger), "--to", str(target.ledger), "--json")
        answer = old.done(*words).object
        assert (answer["complete"], answer["subjects"]) == (True, 5)
        records: int = answer["records_copied"]
        return records

    assert copied(old, there) == 10
    assert copied(old, there) == 0
    old.done("ticket", "assign", numbers[0], "--to", "ben")
    assert copied(old, there) == 1
    assert copied(there, back) == 11
    for number in numbers:
        shown = [
            [one | {"position": 0} for one in place.done("log", "show", number, "--json").objects]
            for place in (old, there, back)
        ]
        assert shown[0] == shown[1] == shown[2]
    assert there("log", "verify").code == 0

    back.opened("--customer", "C9", "--subject", "Another history")
    before = back.done("log", "stats", "--json").object["events"]
    old.opened("--customer", "C10", "--subject", "Would be copied")
    for source in (there, old):
        refused = old("log", "copy", "--from", str(source.ledger), "--to", str(back.ledger))
        assert refused.code == 111
    assert back.done("log", "stats", "--json").object["events"] == before


def test_an_index_is_made_anew_and_published_for_others(site: Terminal, at: At) -> None:
    number = site.opened("--customer", "C1", "--subject", "Refund")
    snapshot = site.ledger.parent / "snapshot"
    site.done("log", "index", "publish", str(snapshot))
    (site.ledger / "index.sqlite").write_bytes(b"nothing of the kind" * 500)
    assert site("ticket", "show", number).code == 106

    assert site.done("log", "index", "rebuild", "--json").object == {"rebuilt": True, "events": 1}
    assert site.done("ticket", "show", number, "--json").object["number"] == number

    other = at("other")
    other.ledger.mkdir()
    (other.ledger / "ledger.toml").write_bytes((site.ledger / "ledger.toml").read_bytes())
    assert other.done("log", "index", "install", str(snapshot), "--json").object["events"] == 1
    again = other("log", "index", "install", str(snapshot))
    assert again.code == 112
    assert other.done("ticket", "show", number, "--json").object["number"] == number


def test_a_snapshot_of_another_log_is_refused(
    site: Terminal, at: At, kafka: str, ledger_name: str
) -> None:
    snapshot = site.ledger.parent / "snapshot"
    site.done("log", "index", "publish", str(snapshot))
    other = at("other")
    other.ledger.mkdir()
    settings = f'name = "{ledger_name}-2"\n[kafka]\nbootstrap_servers = "{kafka}"\n'
    (other.ledger / "ledger.toml").write_text(settings, encoding="utf-8")

    answer = other("log", "index", "install", str(snapshot))

    assert answer.code == 112
    assert f"of the log {ledger_name}.log" in answer.err
    assert not (other.ledger / "index.sqlite").exists()


def test_commands_for_kafka_say_so_on_an_embedded_ledger(terminal: Terminal) -> None:
    for words in (("log", "index", "status"), ("relay",)):
        answer = terminal(*words)
        assert answer.code == 88
        assert "init --kafka" in answer.err


def test_the_doctor_finds_what_one_broker_risks(site: Terminal) -> None:
    found = {one["what"]: one["verdict"] for one in site.done("doctor", "--json").objects}

    assert found["cluster"] == "risky"
    assert "wrong" not in found.values()


@pytest.mark.e2e
def test_up_runs_the_relay_and_the_projectors_until_it_is_told_to_stop(site: Terminal) -> None:
    site.opened("--customer", "C1", "--subject", "Refund")
    process = subprocess.Popen(
        [sys.executable, "-m", "ticketledger", "--ledger", str(site.ledger), "up", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        deadline = time.monotonic() + 90
        while len(site("customer", "cases", "C1", "--json", "--stale").out.splitlines()) != 1:
            assert time.monotonic() < deadline
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    told = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 0
    services = {"relay", "agent_queue", "customer_timeline", "recontact"}
    assert {one["service"] for one in told if one["state"] == "running"} == services
    assert {one["service"] for one in told if one["state"] == "ended"} == services
    assert all(one["exit_code"] == 0 for one in told if one["state"] == "ended")


def test_a_log_of_three_partitions_is_read_in_the_order_of_recording(
    at: At, kafka: str, ledger_name: str
) -> None:
    site = at("three")
    site.done("init", "--kafka", kafka, "--name", ledger_name, "--partitions", "3")
    for number in range(6):
        site.opened("--customer", f"C{number}", "--subject", "Refund")

    told = site.done("log", "tail", "-n", "4", "--json").objects

    recorded = [one["recordedtime"] for one in told]
    assert (len(told), recorded) == (4, sorted(recorded))
    last = told[-1]
    place = f"{last['partition']}/{last['position']}"
    [shown] = site.done("log", "show", place, "--json").objects
    assert shown["subject"] == last["subject"]
    assert len(site.done("log", "find", "--type", "ticket.opened", "--json").objects) == 6

    site.done("relay")
    counts = site.done("log", "index", "status", "--json").object["partitions"]
    places = ",".join(f"{one['partition']}/{one['position']}" for one in counts if one["position"])
    if all(one["position"] for one in counts):
        words = (
            "sql",
            "--as-recorded-at",
            places,
            "--json",
            "SELECT count(*) AS n FROM queue_item",
        )
        assert site.done(*words).object == {"n": 6}
    assert site("sql", "--as-recorded-at", "3", "SELECT 1").code == 2


def test_a_new_machine_joins_with_a_snapshot(site: Terminal, at: At, kafka: str) -> None:
    site.opened("--customer", "C1", "--subject", "Refund")
    snapshot = str(site.ledger.parent / "snapshot")
    site.done("log", "index", "publish", snapshot)
    name = site.done("log", "stats", "--json").object["ledger"]
    line = ("init", "--kafka", kafka, "--name", name, "--time-zone", "Europe/Berlin", "--json")

    assert at("other").done(*line, "--snapshot", snapshot).object["events"] == 1
    wrong = at("third")(*line, "--snapshot", __file__)
    assert wrong.code == 112
    assert not (at("third").ledger / "ledger.toml").exists()


def test_variables_win_and_a_mistyped_one_is_told(
    site: Terminal, at: At, kafka: str, ledger_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = at("other")
    other.done("init", "--kafka", kafka, "--name", f"{ledger_name}-2")
    monkeypatch.setenv("TICKETLEDGER_NAME", ledger_name)
    assert other("log", "stats").code == 106  # Its index is that of the ledger it was made for.
    monkeypatch.delenv("TICKETLEDGER_NAME")

    monkeypatch.setenv("TICKETLEDGER_KAFKA_SASL_PASSWORT", "hunter2")
    answer = site("log", "stats")
    assert answer.code == 100
    assert "did you mean TICKETLEDGER_KAFKA_SASL_PASSWORD?" in answer.err
    assert "hunter2" not in answer.err
    monkeypatch.delenv("TICKETLEDGER_KAFKA_SASL_PASSWORT")

    monkeypatch.setenv("TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS", "localhost")
    answer = site("log", "stats")
    assert answer.code == 100
    assert "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS" in answer.err
    assert "HOST:PORT" in answer.err


def test_without_a_relay_what_is_missing_is_told(site: Terminal) -> None:
    site.opened("--customer", "C1", "--subject", "Refund")

    for words in (("project", "status"), ("queue", "list")):
        told = site(*words).err
        assert "the stream is 1 event behind the log" in told
        assert "relay --follow" in told
