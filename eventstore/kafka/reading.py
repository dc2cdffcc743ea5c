"""Keeping the index at the log's end, and noticing when the log is not the one it was."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from ..genesis import genesis_subject
from ..record import digest
from ..store import Save, Tail
from .applying import Applied
from .clock import Clock
from .counted import CountedRecord
from .errors import BrokerUnreachable, LogReplaced
from .index import Index, Resting
from .log import Log
from .wire import Raw, headers_of, partition_of

ANCHOR_SECONDS = 5.0
"""How long the record before the next one is trusted to be what it was. A topic that is deleted and
created again under a running consumer shows no error: only looking again does."""

_POLL_SECONDS = 0.25
_LATE_SECONDS = 0.2
_LATE_LOOKS = 8
_FETCHED_MAX = 30_000
"""So many records that were read beside a wanted one are kept: who asks for subjects at rest asks
for many, often of about the same time, and reading one costs as much as reading a thousand."""


class IndexReader:
    """Reads the log into the index, for all threads of a process: one reads, the others wait."""

    def __init__(
        self, log: Log, index: Index, *, deadline_seconds: float, clock: Clock = time
    ) -> None:
        self.log = log
        self._clock = clock
        self.index = index
        self.deadline_seconds = deadline_seconds
        self._lock = threading.Lock()
        self._anchored_at = float("-inf")
        self._allow_gap = False
        self._fetched_lock = threading.Lock()
        self._fetched: OrderedDict[tuple[int, int], Raw] = OrderedDict()

    def to_the_end(self) -> None:
        """Take in everything that readers may see now. Raises BrokerUnreachable, LogReplaced."""
        self.index.partitions()  # Raises LedgerClosed before anything is asked of the log.
        ends = self.log.ends()
        self._check_bounds(ends)
        self.up_to(ends)

    def up_to(
        self,
        targets: Mapping[int, int],
        *,
        watch: frozenset[str] = frozenset(),
        seconds: float | None = None,
    ) -> Applied:
        """Until the index has read up to these offsets; says what of `watch` (digests) counted."""
        self.make_sure()
        seen = Applied()
        patience = self.deadline_seconds if seconds is None else seconds
        deadline, before = self._clock.monotonic() + patience, -1
        while True:
            with self._lock:
                offsets = self._next_offsets()
                if all(offsets[number] >= target for number, target in targets.items()):
                    return seen
                applied = self._read_on(offsets)
            # Whoever reads into this index: as long as it grows there is no reason to give up.
            if (there := sum(offsets.values())) != before:
                deadline, before = self._clock.monotonic() + patience, there
            seen.orphans += applied.orphans
            if watch:
                seen.counted += [record for record in applied.counted if record.digest in watch]
            if self._clock.monotonic() > deadline:
                raise BrokerUnreachable(
                    self.log.topic,
                    tried="reading up to its end",
                    waited_seconds=self.deadline_seconds,
                )

    def read_on(self) -> Applied:
        """Take in what comes next, waiting a moment for it."""
        with self._lock:
            if self._is_anchor_due():
                self._check_anchor()
            return self._read_on(self._next_offsets())

    def make_sure(self) -> None:
        """Before something is sent or served: that the log is the one that was read, as far as it
        was not looked at a moment ago. Raises LogReplaced, BrokerUnreachable."""
        if self._is_anchor_due():
            with self._lock:
                self._check_anchor()

    def take_acknowledged(
        self, records: Sequence[Raw], saves: Sequence[Save]
    ) -> list[CountedRecord]:
        """Take in saves that were acknowledged at these offsets, while they are the next ones.

        Then nothing came between, and reading them would give what was sent. Those behind a gap
        are left to be read. Says which of them count.
        """
        if not records:
            return []
        with self._lock:
            return self.index.apply(records, saves=saves).counted

    def look_again(self) -> None:
        """Check the anchor before anything else is served."""
        with self._fetched_lock:
            self._fetched.clear()
        self._anchored_at = float("-inf")

    def fetch(
        self, partition: int, offsets: Sequence[int], *, again: bool = False
    ) -> dict[int, Raw]:
        """Single records of the log, by ascending offsets; `again`: as they are now.

        Raises LogReplaced if one is missing.
        """
        kept = {} if again else self._kept(partition, offsets)
        found: dict[int, Raw] = {}
        deadline = self._clock.monotonic() + self.deadline_seconds
        for offset in offsets:
            if offset in kept:
                continue
            while offset not in found:
                raws = self.log.scan(partition, offset, timeout_seconds=_POLL_SECONDS)
                found |= {raw.offset: raw for raw in raws}
                if raws and offset not in found:
                    raise LogReplaced(
                        self.log.topic,
                        partition=partition,
                        expected=f"a record at offset {offset}",
                        found=f"the next one at {raws[0].offset}",
                    )
                if self._clock.monotonic() > deadline:
                    # A consumer whose broker is silent gives nothing: that says nothing of the log.
                    raise BrokerUnreachable(
                        self.log.topic,
                        tried=f"reading the record at offset {offset}",
                        waited_seconds=self.deadline_seconds,
                    )
        self._keep(found.values())
        found |= kept
        return {offset: found[offset] for offset in offsets}

    def load_many(self, after: Mapping[str, int]) -> dict[str, Tail]:
        """Subjects' records after a sequence, as the index has them; cold ones from the log."""
        return {
            subject: found if isinstance(found, Tail) else self._fetch_tail(subject, after, found)
            for subject, found in self.index.tails(after).items()
        }

    def _fetch_tail(self, subject: str, after: Mapping[str, int], found: Resting) -> Tail:
        partition = partition_of(subject, self.log.partitions)
        fetched = self._fetch_counted(partition, found.places)
        if found.cold_sequence < found.head.sequence:
            self.index.warm(subject, found, fetched)
        cold = [one.stored for one in fetched if one.headers.sequence > after[subject]]
        return Tail(found.head, found.position, [*cold, *found.hot])

    def _fetch_counted(
        self, partition: int, places: Sequence[tuple[int, int]]
    ) -> list[CountedRecord]:
        """The records at (offset, position) pairs that the index knows to count."""
        raws = self.fetch(partition, [offset for offset, _ in places])
        fetched: list[CountedRecord] = []
        for offset, position in places:
            raw = raws[offset]
            headers = headers_of(raw, self.log.partitions)
            if headers is None:
                raise LogReplaced(
                    self.log.topic,
                    partition=partition,
                    expected=f"a counted record at offset {offset}",
                    found="one that cannot be read",
                )
            fetched.append(CountedRecord(raw, headers, digest(headers, raw.value or b""), position))
        return fetched

    def _next_offsets(self) -> dict[int, int]:
        return {number: one.next_offset for number, one in self.index.partitions().items()}

    def _kept(self, partition: int, offsets: Sequence[int]) -> dict[int, Raw]:
        with self._fetched_lock:
            found = {offset: self._fetched.get((partition, offset)) for offset in offsets}
        return {offset: raw for offset, raw in found.items() if raw is not None}

    def _keep(self, raws: Iterable[Raw]) -> None:
        with self._fetched_lock:
            for raw in raws:
                self._fetched[raw.partition, raw.offset] = raw
            while len(self._fetched) > _FETCHED_MAX:
                self._fetched.popitem(last=False)

    def _is_anchor_due(self) -> bool:
        return self._clock.monotonic() - self._anchored_at > ANCHOR_SECONDS

    def _read_on(self, offsets: Mapping[int, int]) -> Applied:
        records = self.log.read(offsets, timeout_seconds=_POLL_SECONDS)
        if not records:
            return Applied()
        applied = self.index.apply(records, allow_gap=self._allow_gap)
        # What looks like a gap may be another process's having begun anew: read again, from there.
        self._allow_gap = applied.gap
        if applied.orphans:
            self.look_again()
        return applied

    def _check_anchor(self) -> None:
        """Compare the record before the next one of each partition with what was there."""
        self._check_bounds(self.log.ends())
        for number, begin in self.log.begins().items():
            if begin != 0:
                raise LogReplaced(
                    self.log.topic,
                    partition=number,
                    expected="a log that begins at offset 0",
                    found=f"one that begins at {begin}",
                )
        self._check_genesis()
        for number in self.index.partitions():
            # Again, if another process went on meanwhile.
            while (before := self.index.partitions()[number].next_offset - 1) >= 0:
                if self.index.apply([self.fetch(number, [before], again=True)[before]]).is_anchored:
                    break
        self._anchored_at = self._clock.monotonic()

    def _check_genesis(self) -> None:
        """A log that was created again and outgrew the index between two looks has an anchor of its
        own by now; its first record is another one all the same."""
        for number, state in self.index.partitions().items():
            if not state.next_offset:
                continue
            raw = self.fetch(number, [0], again=True)[0]
            subject = genesis_subject(number)
            expected = self.index.heads([subject])[subject][0].digest
            headers = headers_of(raw, self.log.partitions)
            found = digest(headers, raw.value or b"") if headers is not None else "none"
            if found != expected:
                raise LogReplaced(
                    self.log.topic,
                    partition=number,
                    expected=f"genesis record {str(expected)[:12]}…",
                    found=f"{found[:12]}…",
                )

    def _check_bounds(self, ends: Mapping[int, int]) -> None:
        for number, state in self.index.partitions().items():
            now = ends.get(number, 0)
            patience = _LATE_LOOKS
            # Another process may have read on since; and a new leader tells its end late.
            while now < state.next_offset and patience:
                patience -= 1
                self._clock.sleep(_LATE_SECONDS)
                now = self.log.ends().get(number, 0)
            if now < state.next_offset:
                raise LogReplaced(
                    self.log.topic,
                    partition=number,
                    expected=f"at least {state.next_offset} records",
                    found=f"{now}",
                )
