"""Brokers, writers, relays and projectors killed at random; then somebody else looks."""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from consumers import projector
from eventstore.kafka.relay import Relay
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, write_settings
from tests.broker.cluster import Cluster
from tests.eventstore.kafka_log import records_of, view_of_topic
from tests.eventstore.kafka_tickets import LIMIT
from tests.eventstore.kill_run import RELAYS, VIEWS, KillRun
from tests.eventstore.log_checker import View
from tests.eventstore.view_checker import contradictions, differences, tables_of

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

SECONDS = float(os.environ.get("TICKETLEDGER_SOAK_SECONDS", "90"))


def test_whatever_is_killed_log_stream_and_views_say_what_everybody_was_told(
    three_brokers: Cluster, ledger_name: str, tmp_path: Path, seed: int
) -> None:
    kafka = KafkaSettings(bootstrap_servers=three_brokers.bootstrap)
    settings = LedgerSettings(name=ledger_name, kafka=kafka)
    run = KillRun(three_brokers, settings, tmp_path, random.Random(seed))
    run.run(SECONDS)

    view = view_of_topic(kafka, settings.log_topic)
    notes = run.notes()
    told = Counter(note["told"] for note in notes)
    slowest = max((note["seconds"] for note in notes), default=0)
    sys.stderr.write(
        f"\nkilled {dict(run.kills)}, ended {dict(run.ended)}, told {dict(told)}, slowest answer "
        f"{slowest} s; counted {len(view.counted)} saves, {sum(view.positions.values())} events, "
        f"void {view.void}, orphans {view.orphans}, foreign {view.foreign}\n"
    )
    assert not run.faults(), f"{run.faults()} ended by themselves:\n{run.said()}"
    assert min(told["recorded"], told["refused"]) > 50, f"{told}\n{run.said()}"
    judge(view, notes)
    relay_the_rest(tmp_path / RELAYS[0])
    assert stream_of(settings) == [event for entry in view.counted for event in entry.events]
    judge_views(view, tmp_path / VIEWS, rebuilt=tmp_path / "rebuilt", settings=settings)


def judge(view: View, notes: list[dict[str, Any]]) -> None:
    """What writers were told, against the log."""
    assert (view.orphans, view.foreign) == (0, 0), "an orphan, or a foreign record"
    entries = {(entry.subject, entry.command): entry for entry in view.counted}
    assert len(entries) == len(view.counted), "a command counted twice"
    assert max(entry.sequence for entry in view.counted) <= LIMIT, "decided on an old state"
    given: dict[tuple[str, int], str] = {}
    for note in notes:
        subject, id_ = note["subject"], note["id"]
        entry = entries.get((subject, id_))
        if note["told"] == "recorded":
            assert entry is not None, f"{note} is not in the log"
            last = entry.position, entry.sequence + entry.count - 1
            assert last == (note["position"], note["sequence"]), f"{note} is elsewhere in the log"
            assert given.setdefault((subject, note["sequence"]), id_) == id_, "a version twice"
        elif note["told"] == "refused":
            assert entry is None, f"{note} was refused and is there"
            assert view.heads[subject][0] >= LIMIT, f"{note} was refused without a reason"


def relay_the_rest(folder: Path) -> None:
    """A relay once more, until the stream has what the log has."""
    with Relay.open(folder) as relay:
        assert relay.run().caught_up


def stream_of(settings: LedgerSettings) -> list[dict[str, Any]]:
    """The events that a follower sees who skips what it has seen; a gap is an error."""
    last, found = 0, []
    for record in records_of(settings.kafka, settings.stream_topic):
        position = int(dict(record.headers)["position"])
        if position <= last:
            continue
        assert position == last + 1, "a gap in the stream"
        last = position
        found.append(json.loads(record.value or b""))
    return found


def judge_views(view: View, folder: Path, *, rebuilt: Path, settings: LedgerSettings) -> None:
    """The views that were kept through all this, against those of somebody who begins now."""
    write_settings(rebuilt, settings)
    for one in (folder, rebuilt):
        projector.run_all(one)
    kept = tables_of(folder)
    assert differences(kept, tables_of(rebuilt)) == []
    assert contradictions(kept, view) == []
