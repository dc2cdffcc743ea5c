"""eventsourcing's own contract test cases, for a persistence module of ours on any store.

Of each case all tests run; `optional_test_insert_subscribe` has to be called by name, which is done
here. Cases about views (`EventCountersViewTestCase`) are left out: the modules offer no views.
"""

from __future__ import annotations

import os
import tempfile
from abc import abstractmethod
from typing import Any
from unittest import mock

from eventsourcing.persistence import AggregateRecorder, InfrastructureFactory, TrackingRecorder

# Imported as modules: a case imported by name would be collected where it is imported.
from eventsourcing.tests import application as their_application
from eventsourcing.tests import persistence as theirs
from eventsourcing.utils import Environment

from eventstore.eventsourcing_factory import LedgerFactory
from eventstore.eventsourcing_recorders import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerTrackingRecorder,
)


class InFolder:
    """A folder of its own for each test of a unittest case, and a ledger to go with it."""

    @abstractmethod
    def variables(self, folder: str) -> dict[str, str]:
        """What names the persistence module and a new ledger."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.env = Environment(env=self.variables(f"{self._folder.name}/ledger"))
        self._factories: list[LedgerFactory[Any]] = []
        super().setUp()  # type: ignore[misc]

    def tearDown(self) -> None:
        super().tearDown()  # type: ignore[misc]
        for factory in self._factories:
            factory.close()
        self._folder.cleanup()

    def open_factory(self) -> LedgerFactory[Any]:
        factory = InfrastructureFactory.construct(self.env)
        assert isinstance(factory, LedgerFactory)
        self._factories.append(factory)
        return factory


class AggregateRecorderCase(InFolder, theirs.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return self.open_factory().aggregate_recorder()


class SnapshotRecorderCase(InFolder, theirs.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return self.open_factory().aggregate_recorder(purpose="snapshots")


class ApplicationRecorderCase(
    InFolder, theirs.ApplicationRecorderTestCase[LedgerApplicationRecorder]
):
    def create_recorder(self) -> LedgerApplicationRecorder:
        recorder = self.open_factory().application_recorder()
        assert isinstance(recorder, LedgerApplicationRecorder)
        return recorder

    def test_subscriptions_give_what_is_recorded_and_what_comes(self) -> None:
        self.optional_test_insert_subscribe()


class TrackingRecorderCase(InFolder, theirs.TrackingRecorderTestCase):
    def create_recorder(self) -> TrackingRecorder:
        return self.open_factory().tracking_recorder()


class ProcessRecorderCase(InFolder, theirs.ProcessRecorderTestCase):
    def create_recorder(self) -> LedgerProcessRecorder:
        recorder = self.open_factory().process_recorder()
        assert isinstance(recorder, LedgerProcessRecorder)
        return recorder


class NonInterleavingCase(InFolder, theirs.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> LedgerApplicationRecorder:
        recorder = self.open_factory().application_recorder()
        assert isinstance(recorder, LedgerApplicationRecorder)
        return recorder


class _OtherTrackingRecorder(LedgerTrackingRecorder):
    pass


class FactoryCase(InFolder, theirs.InfrastructureFactoryTestCase[Any]):
    def expected_aggregate_recorder_class(self) -> type[LedgerAggregateRecorder]:
        return LedgerAggregateRecorder

    def expected_application_recorder_class(self) -> type[LedgerApplicationRecorder]:
        return LedgerApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[LedgerTrackingRecorder]:
        return LedgerTrackingRecorder

    def tracking_recorder_subclass(self) -> type[LedgerTrackingRecorder]:
        return _OtherTrackingRecorder

    def expected_process_recorder_class(self) -> type[LedgerProcessRecorder]:
        return LedgerProcessRecorder


class ExampleApplicationCase(InFolder, their_application.ExampleApplicationTestCase):
    def setUp(self) -> None:
        super().setUp()
        self._environment = mock.patch.dict(os.environ, dict(self.env))
        self._environment.start()

    def tearDown(self) -> None:
        self._environment.stop()
        super().tearDown()
