"""eventsourcing's contract test cases on a real topic of one partition."""

from __future__ import annotations

import uuid

import pytest

from eventstore.kafka.eventsourcing_kafka import KafkaFactory

# Imported as a module: cases imported by name would be collected here as well.
from tests.eventstore.contract import eventsourcing_cases as cases

MODULE = "eventstore.kafka"

pytestmark = [pytest.mark.contract, pytest.mark.kafka]


class _OnKafka:
    @pytest.fixture(autouse=True)
    def _broker(self, kafka: str) -> None:
        self._bootstrap = kafka

    def variables(self, folder: str) -> dict[str, str]:
        return {
            "PERSISTENCE_MODULE": MODULE,
            "LEDGER_FOLDER": folder,
            "LEDGER_NAME": f"test-{uuid.uuid4().hex[:12]}",
            "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": self._bootstrap,
        }


class TestAggregateRecorder(_OnKafka, cases.AggregateRecorderCase):
    pass


class TestSnapshotRecorder(_OnKafka, cases.SnapshotRecorderCase):
    pass


class TestApplicationRecorder(_OnKafka, cases.ApplicationRecorderCase):
    pass


class TestApplicationRecorderFromVersionZero(_OnKafka, cases.ApplicationRecorderCase):
    INITIAL_VERSION = 0


class TestTrackingRecorder(_OnKafka, cases.TrackingRecorderCase):
    pass


class TestProcessRecorder(_OnKafka, cases.ProcessRecorderCase):
    pass


class TestNonInterleaving(_OnKafka, cases.NonInterleavingCase):
    pass


class TestFactory(_OnKafka, cases.FactoryCase):
    def expected_factory_class(self) -> type[KafkaFactory]:
        return KafkaFactory


class TestExampleApplication(_OnKafka, cases.ExampleApplicationCase):
    expected_factory_topic = f"{MODULE}.eventsourcing_kafka:KafkaFactory"
