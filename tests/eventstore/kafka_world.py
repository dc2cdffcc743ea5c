"""Schedules of what writers ask and what befalls them, run on a simulated log and judged.

Three writers: the first two are processes of one machine and share an index, the third has its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from eventstore.errors import CommandIdReused, OutcomeUnknown
from eventstore.kafka.errors import (
    BrokerUnreachable,
    IndexUnusable,
    LogReplaced,
    RecordRejected,
    TopicUnsuitable,
)
from eventstore.kafka.genesis import read_genesis, write_genesis
from eventstore.kafka.index import Index
from eventstore.kafka.reading import ANCHOR_SECONDS
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.verify import verify
from eventstore.ledger import Ledger, Outcome
from eventstore.store import Settings
from tests.eventstore.log_checker import LogRecord, View, view_of
from tests.eventstore.simulated_log import (
    Answer,
    Circumstances,
    Crash,
    Fault,
    SimulatedClient,
    SimulatedLog,
)
from tests.eventstore.tally import (
    RESTING_TYPE,
    Counted,
    LimitReached,
    TallyApplication,
    TallyLedger,
    command,
)

LIMIT = 6
SUBJECTS = ("t-0", "t-1")
REST = "rest"
FOLDERS = ("shared", "shared", "own")
SETTINGS = Settings("main", "UTC", 1, 1)
FAILED = (OutcomeUnknown, BrokerUnreachable, RecordRejected)
DETECTED = (LogReplaced, IndexUnusable, TopicUnsuitable)


class RestingTallies(TallyApplication):
    """Tallies that go to rest when they are told, and begin at zero after it: what was refused
    may be allowed later, so that a refusal from an old state can be false."""

    def encode(self, event: Counted) -> tuple[str, bytes]:
        type_, data = super().encode(event)
        return (RESTING_TYPE if event.label == REST else type_), data

    def evolve(self, state: int | None, fact: Counted) -> int:
        return 0 if fact.label == REST else super().evolve(state, fact)


@dataclass(frozen=True)
class Ask:
    """A command: `number` is drawn from its id, unless it is to say something `other`."""

    subject: int
    id: int
    other: bool = False

    @property
    def number(self) -> int:
        return self.id % 3 + 1 + self.other

    @property
    def key(self) -> tuple[str, str, int]:
        """What is asked, and of which subject."""
        return SUBJECTS[self.subject], f"c-{self.id}", self.number

    def decide(self, state: int | None) -> Sequence[Counted]:
        if (state or 0) + self.number > LIMIT:
            raise LimitReached
        rests = REST if self.id % 4 == 3 else None
        return [Counted(1)] * (self.number - 1) + [Counted(1, rests)]


@dataclass(frozen=True)
class Do:
    """A writer executes commands (several: in one go); `during` says at which of its requests to
    the log something else happens."""

    writer: int
    asks: tuple[Ask, ...]
    sends: tuple[Fault, ...] = ()
    answers: tuple[Answer, ...] = ()
    during: tuple[tuple[int, Step], ...] = ()


@dataclass(frozen=True)
class Land:
    """What was on its way arrives."""

    last_first: bool = False


@dataclass(frozen=True)
class Restart:
    """A writer ends and begins anew, with its index or without."""

    writer: int
    delete_index: bool = False


@dataclass(frozen=True)
class Rebuild:
    """A writer forgets what was read of the log, under those that share its index; and dies before
    it has read it again, or reads it again."""

    writer: int
    dies: bool = False


@dataclass(frozen=True)
class Wait:
    """Time passes, and with it what was trusted."""


@dataclass(frozen=True)
class Replace:
    """The log loses all but `keep` records, or its first one; `anew` saves follow."""

    keep: int
    anew: int = 0
    front: bool = False


Step = Do | Land | Restart | Rebuild | Wait | Replace


@dataclass
class World:
    """The log, its writers, and what they were told."""

    folder: Path
    partitions: int = 1
    log: SimulatedLog = field(init=False)
    ledgers: dict[int, TallyLedger] = field(default_factory=dict[int, TallyLedger])
    acknowledged: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    refused: set[tuple[str, str, int]] = field(default_factory=set[tuple[str, str, int]])
    stale: set[str] = field(default_factory=set[str])
    busy: list[int] = field(default_factory=list[int])
    asking: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    told: list[str] = field(default_factory=list[str])
    replaced: bool = False

    def __post_init__(self) -> None:
        self.log = SimulatedLog(partitions=self.partitions)
        self._genesis()

    def run(self, steps: Sequence[Step]) -> None:
        """Run a schedule, and judge every answer and what is left at the end."""
        try:
            for step in steps:
                self._step(step)
                self._judge_log()
            self._settle()
        finally:
            for writer in range(len(FOLDERS)):
                self._end(writer)

    def view(self, lengths: Sequence[int] | None = None) -> View:
        """What the log comes to, or came to when its partitions had these lengths."""
        ends = lengths or self.log.lengths()
        records = [
            LogRecord(*raw)
            for partition, raws in enumerate(self.log.partitions)
            for raw in raws
            if raw.offset < ends[partition]
        ]
        return view_of(records, partitions=self.partitions)

    def _genesis(self) -> None:
        write_genesis(self.log.client(), Settings("main", "UTC", self.partitions, 1))

    def _step(self, step: Step) -> None:
        match step:
            case Do():
                self._do(step)
            case Land():
                self.log.land_late(last_first=step.last_first)
            case Wait():
                self.log.clock.sleep(ANCHOR_SECONDS * 2)
            case Restart():
                self._restart(step)
            case Rebuild():
                self._rebuild(step)
            case Replace():
                if not self.busy:
                    self._replace(step)

    def _do(self, step: Do) -> None:
        if step.writer in self.busy:
            return  # A process that is in the middle of something.
        during: dict[int, Callable[[], None]] = {
            at: partial(self._step, then) for at, then in step.during
        }
        circumstances = Circumstances(deque(step.sends), deque(step.answers), during)
        keys = {ask.key for ask in step.asks}
        self.busy.append(step.writer)
        self.asking += keys
        self.refused -= keys
        try:
            self.log.under(circumstances, lambda: self._judge(step, self._answers(step)))
        finally:
            self.busy.remove(step.writer)
            for key in keys:
                self.asking.remove(key)

    def _answers(self, step: Do) -> Callable[[], list[Outcome[Counted] | Exception]]:
        def act() -> list[Outcome[Counted] | Exception]:
            ledger = self._ledger(step.writer)
            asked = [
                (SUBJECTS[a.subject], command(f"c-{a.id}", a.number), a.decide) for a in step.asks
            ]
            if len(asked) > 1:
                return ledger.execute_many(asked)
            try:
                return [ledger.execute(*asked[0])]
            except (LimitReached, CommandIdReused) as refusal:
                return [refusal]

        return act

    def _judge(self, step: Do, act: Callable[[], list[Outcome[Counted] | Exception]]) -> None:
        """Have it done and hold every answer against the log, as it was meanwhile."""
        began = self.log.lengths()
        sent = self._sent(step.writer)
        is_stale = FOLDERS[step.writer] in self.stale
        try:
            answers = act()
        except Crash:
            self.told.append("crash")
            self._end(step.writer)
            return
        except (*DETECTED, *FAILED) as error:
            self._judge_failure(step, error, sent=sent, is_stale=is_stale)
            return
        assert not is_stale, "served from an index of a log that is no more"
        for ask, answer in zip(step.asks, answers, strict=True):
            self.told.append(type(answer).__name__)
            self._judge_answer(ask, answer, began)

    def _judge_failure(self, step: Do, error: Exception, *, sent: int, is_stale: bool) -> None:
        self.told.append(type(error).__name__)
        if isinstance(error, DETECTED):
            assert is_stale, f"{error!r}, and the log is what it was"
            assert self._sent(step.writer) == sent, "something was sent to a log that was replaced"
        else:
            faults = {*step.sends, *step.answers} - {Fault.NONE, Answer.NONE}
            assert faults, f"{error!r}, and nothing was wrong"

    def _judge_answer(
        self, ask: Ask, answer: Outcome[Counted] | Exception, began: Sequence[int]
    ) -> None:
        subject, id_ = SUBJECTS[ask.subject], f"c-{ask.id}"
        if isinstance(answer, Outcome):
            entries = self.view().by_command(subject, id_)
            assert len(entries) == 1, f"answered as recorded, and {len(entries)} times recorded"
            (entry,) = entries
            assert answer.position == entry.position
            assert answer.sequence == entry.sequence + entry.count - 1
            assert len(answer.events) == entry.count == ask.number
            if entry.offset < began[entry.partition]:
                assert answer.repeated, "recorded before, and answered as if it were new"
            self.acknowledged.add((subject, id_))
            return
        pasts = list(self._pasts(began))
        if isinstance(answer, LimitReached):
            assert any(
                view.total(subject) + ask.number > LIMIT and not view.by_command(subject, id_)
                for view in pasts
            ), "refused, and at no moment of the asking was that true"
            if self.asking.count(ask.key) == 1:  # Else somebody may yet be allowed to.
                self.refused.add(ask.key)
            return
        assert isinstance(answer, CommandIdReused), repr(answer)
        assert any(
            entry.count != ask.number for view in pasts for entry in view.by_command(subject, id_)
        )

    def _pasts(self, began: Sequence[int]) -> list[View]:
        """The log at every moment since. Partitions grow one at a time; a subject is in one."""
        ends = self.log.lengths()
        return [
            self.view([max(start, end - back) for start, end in zip(began, ends, strict=True)])
            for back in range(max(e - b for b, e in zip(began, ends, strict=True)) + 1)
        ]

    def _judge_log(self) -> None:
        view = self.view()
        for subject in SUBJECTS:
            commands = [entry.command for entry in view.of(subject)]
            assert len(commands) == len(set(commands)), f"a command counted twice: {commands}"
            assert view.total(subject) <= LIMIT, "decided on a state that was not the last"
        if not self.replaced:
            assert view.orphans == 0, "an honest writer made an orphan"
        for subject, id_ in self.acknowledged:
            assert view.by_command(subject, id_), f"{id_} was acknowledged and is not there"
        for subject, id_, number in self.refused:
            found = view.by_command(subject, id_)
            assert not any(e.count == number for e in found), f"{id_} was refused and is there"

    def _ledger(self, writer: int) -> TallyLedger:
        if writer not in self.ledgers:
            store = KafkaStore(
                self.folder / FOLDERS[writer],
                self.log.client(),
                application=RestingTallies(),
                bootstrap="nowhere",
                clock=self.log.clock,
            )
            self.ledgers[writer] = Ledger(store, RestingTallies())
        return self.ledgers[writer]

    def _sent(self, writer: int) -> int:
        if writer not in self.ledgers:
            return 0
        store = self.ledgers[writer].store
        assert isinstance(store, KafkaStore)
        assert isinstance(store.log, SimulatedClient)
        return store.log.sent

    def _end(self, writer: int) -> None:
        ledger = self.ledgers.pop(writer, None)
        if ledger is not None:
            ledger.store.close()

    def _restart(self, step: Restart) -> None:
        sharing = [w for w, name in enumerate(FOLDERS) if name == FOLDERS[step.writer]]
        if step.delete_index and not set(sharing) & set(self.busy):
            for writer in sharing:
                self._end(writer)
            Index.delete(self.folder / FOLDERS[step.writer])
            if self._is_a_ledger():
                self.stale.discard(FOLDERS[step.writer])
        elif step.writer not in self.busy:
            self._end(step.writer)

    def _rebuild(self, step: Rebuild) -> None:
        if step.writer in self.busy:
            return
        name = FOLDERS[step.writer]
        try:
            store = self._ledger(step.writer).store
            assert isinstance(store, KafkaStore)
            forget = partial(_forget, store)
            self.log.under(Circumstances(), forget if step.dies else store.rebuild_index)
        except DETECTED:
            assert name in self.stale, "a sound log was called replaced"
            return
        if name in self.stale:  # What processes remember of the old log ends with them.
            self.stale.discard(name)
            for other in range(len(FOLDERS)):
                if FOLDERS[other] == name:
                    self._end(other)
        if step.dies:
            self._end(step.writer)

    def _replace(self, step: Replace) -> None:
        old = self.log.copy()
        if step.front:
            self.log.delete_before(0, 1)
        else:
            self.log.cut([step.keep] * self.partitions)
            if step.keep == 0 and step.anew:
                self._genesis()
            self._grow(step.anew)
        self._note_stale(old)
        self.replaced = True
        self.acknowledged.clear()
        self.refused.clear()
        self.log.clock.sleep(ANCHOR_SECONDS * 2)

    def _grow(self, saves: int) -> None:
        """An honest writer on another machine goes on with what there is now."""
        if not saves:
            return
        with suppress(LimitReached):
            store = KafkaStore(
                self.folder / f"elsewhere-{self.log.clock.now}",
                self.log.client(),
                application=RestingTallies(),
                bootstrap="nowhere",
                clock=self.log.clock,
            )
            try:
                ledger: TallyLedger = Ledger(store, RestingTallies())
                for number in range(saves):
                    ask = Ask(number % len(SUBJECTS), 0)
                    asked = command(f"anew-{number}", ask.number)
                    ledger.execute(SUBJECTS[ask.subject], asked, ask.decide)
            finally:
                store.close()

    def _is_a_ledger(self) -> bool:
        """Whether the log has its beginning."""
        return not any(self.log.begins) and all(self.log.lengths())

    def _note_stale(self, old: Sequence[Sequence[object]]) -> None:
        for name in set(FOLDERS):
            if not (self.folder / name / "index.sqlite").exists():
                if not self._is_a_ledger():
                    self.stale.add(name)
                continue
            index = Index.open(
                self.folder / name, application=RestingTallies(), topic=self.log.client().topic
            )
            read = {number: one.next_offset for number, one in index.partitions().items()}
            index.close()
            for partition, offset in read.items():
                now = self.log.partitions[partition]
                is_same = not self.log.begins[partition] and now[:offset] == old[partition][:offset]
                if not is_same or len(now) < max(offset, 1):
                    self.stale.add(name)

    def _settle(self) -> None:
        """Everything arrives and everybody looks: all agree with the log."""
        self.log.land_late()
        self._judge_log()
        view = self.view()
        for writer in range(len(FOLDERS)):
            if FOLDERS[writer] not in self.stale:
                store = self._ledger(writer).store
                assert isinstance(store, KafkaStore)
                self._compare(store, view)

    def _compare(self, store: KafkaStore, view: View) -> None:
        for subject in SUBJECTS:
            loaded = store.load(subject)
            entries = view.of(subject)
            assert (loaded.head.sequence, loaded.head.digest or "") == view.heads.get(
                subject, (0, "")
            )
            assert [r.position + r.headers.count - 1 for r in loaded.records] == [
                entry.position for entry in entries
            ]
            assert [r.digest for r in loaded.records] == [entry.digest for entry in entries]
        states = store.index.partitions()
        assert {n: s.position for n, s in states.items()} == view.positions
        assert {n: s.next_offset for n, s in states.items()} == dict(enumerate(self.log.lengths()))
        assert sum(s.void for s in states.values()) == view.void
        assert sum(s.orphans for s in states.values()) == view.orphans
        assert sum(s.foreigners for s in states.values()) == view.foreign
        for partition, last in view.positions.items():
            told = [position for position, _ in store.read(0, 1_000, partition=partition)]
            assert told == list(range(1, last + 1))
        if not view.orphans:
            assert verify(store).is_intact


def _forget(store: KafkaStore) -> None:
    store.index.forget(read_genesis(store.log))
