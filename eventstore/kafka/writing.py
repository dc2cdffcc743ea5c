"""Sending saves and finding out what became of each: counted, void, or unknown at the deadline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..rule import EMPTY, Class, advance, classify
from ..store import Counted, Lost, Save
from .clock import Clock
from .counted import CountedRecord
from .errors import AccessDenied, BrokerUnreachable, KafkaOutcomeUnknown, RecordRejected
from .log import Failed
from .reading import IndexReader
from .wire import Message, Raw, message_of, partition_of

TRY_SECONDS = 15.0
"""How long one attempt waits for its acknowledgement before the same bytes are sent again."""

_PAUSE_SECONDS_FIRST = 0.05
_PAUSE_SECONDS_MAX = 1.0
_TO_THE_END = -1
_REASONS = {
    "MessageSizeTooLargeError": "it is larger than the topic's max.message.bytes allows",
    "RecordListTooLargeError": "it is larger than the topic's segment.bytes allows",
    "InvalidTimestampError": "its time is too far from the broker's; check this machine's clock",
}


@dataclass(slots=True)
class _Sending:
    """A save on its way. `offset` is that of its last acknowledgement (-1: not told)."""

    save: Save
    message: Message
    offset: int | None = None
    attempts: int = 0
    last_failure: str = "it was not read back"
    result: Counted | Lost | None = None

    @property
    def subject(self) -> str:
        return self.save.record.headers.subject


class Writer:
    """Appends saves of different subjects, each with one in flight, and waits for their outcome."""

    def __init__(
        self,
        reader: IndexReader,
        *,
        rebuild: Callable[[], None],
        bootstrap: str,
        deadline_seconds: float,
        clock: Clock,
    ) -> None:
        self._reader = reader
        self._rebuild = rebuild
        self._clock = clock
        self._bootstrap = bootstrap
        self._deadline_seconds = deadline_seconds

    def write(self, saves: Sequence[Save]) -> list[Counted | Lost]:
        """What became of each save.

        Raises RecordRejected, AccessDenied, BrokerUnreachable (nothing was sent),
        KafkaOutcomeUnknown, LogReplaced.
        """
        now_ms = int(self._clock.time() * 1000)
        sendings = [self._sending(save, now_ms) for save in saves]
        self._look_before(sendings)
        deadline = self._clock.monotonic() + self._deadline_seconds
        while unsettled := [one for one in sendings if one.result is None]:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise self._too_late(unsettled)
            self._attempt(unsettled, seconds=min(left, TRY_SECONDS))
        return [one.result for one in sendings if one.result is not None]

    def _sending(self, save: Save, now_ms: int) -> _Sending:
        partition = partition_of(save.record.headers.subject, self._reader.log.partitions)
        return _Sending(save, message_of(save.record, partition=partition, timestamp_ms=now_ms))

    def _look_before(self, sendings: Sequence[_Sending]) -> None:
        """A save that the index knows to be late, or there already, need not be sent.

        One that would be an orphan is never sent: the index is behind, or wrong, or the caller's
        history is not this log's. Nor is anything sent to a log that was exchanged.
        """
        self._reader.make_sure()
        decided = self._classes(sendings)
        if Class.ORPHAN in decided:
            self._reader.to_the_end()
            decided = self._classes(sendings)
            odd = [
                one for one, class_ in zip(sendings, decided, strict=True) if class_ is Class.ORPHAN
            ]
            if not all(self._is_sound(one.subject) for one in odd):
                self._rebuild()
                decided = self._classes(sendings)
        for one, class_ in zip(sendings, decided, strict=True):
            if class_ is Class.ORPHAN:
                one.result = Lost(Class.ORPHAN)
            elif class_ is Class.VOID:
                twin = self._twin(one)
                one.result = Lost(Class.VOID) if twin is None else twin._replace(repeated=True)

    def _attempt(self, sendings: Sequence[_Sending], *, seconds: float) -> None:
        """Send what is not acknowledged, read up to it, and note what became of each."""
        try:
            counted = self._send_and_read(sendings, seconds=seconds)
            for one in sendings:
                self._conclude(one, counted.get(one.save.record.digest))
        except BrokerUnreachable as error:
            for one in sendings:
                one.last_failure = str(error)
            self._clock.sleep(_PAUSE_SECONDS_MAX)

    def _send_and_read(
        self, sendings: Sequence[_Sending], *, seconds: float
    ) -> dict[str, CountedRecord]:
        """What of it was seen to count, by digest."""
        began = self._clock.monotonic()
        to_send = [one for one in sendings if one.offset is None]
        targets = self._send(to_send, seconds=seconds)
        if _TO_THE_END in targets.values() or not targets:
            self._reader.to_the_end()
        watched = frozenset(one.save.record.digest for one in sendings)
        counted = self._reader.take_acknowledged(*_in_the_log(to_send))
        left = max(0.0, seconds - (self._clock.monotonic() - began))
        seen = self._reader.up_to(targets, watch=watched, seconds=max(left, 1.0))
        return {record.digest: record for record in [*counted, *seen.counted]}

    def _send(self, to_send: Sequence[_Sending], *, seconds: float) -> dict[int, int]:
        """The offsets up to which the log must be read, or _TO_THE_END, by partition."""
        targets: dict[int, int] = {}
        if not to_send:
            return targets
        messages = [one.message for one in to_send]
        results = self._reader.log.send(messages, timeout_seconds=seconds)
        failed = False
        for one, result in zip(to_send, results, strict=True):
            one.attempts += 1
            partition = one.message.partition
            if isinstance(result, Failed):
                self._note_failure(one, result)
                failed = True
                continue
            one.offset = result.offset
            known = targets.get(partition, 0)
            behind = result.offset + 1 if result.offset >= 0 else _TO_THE_END
            targets[partition] = max(known, behind) if min(known, behind) >= 0 else _TO_THE_END
        if failed:
            longest = _PAUSE_SECONDS_FIRST * 2 ** max(one.attempts for one in to_send)
            self._clock.sleep(min(longest, _PAUSE_SECONDS_MAX))
            targets = dict.fromkeys(range(self._reader.log.partitions), _TO_THE_END)
        return targets

    def _note_failure(self, one: _Sending, failure: Failed) -> None:
        one.last_failure = _REASONS.get(failure.reason, failure.reason)
        if not failure.rejected or one.attempts > 1:
            return  # An earlier copy may have landed, or may land: only the deadline can tell.
        if "Auth" in failure.reason:
            raise AccessDenied(self._bootstrap, what=f"writing to the log ({failure.reason})")
        raise RecordRejected(one.subject, reason=one.last_failure)

    def _conclude(self, one: _Sending, counted: CountedRecord | None) -> None:
        """Note the outcome, if there is one.

        Counting takes an acknowledgement too, since only that says that enough replicas have it;
        without one, the same bytes go out again. Being beaten is final without.
        """
        if counted is not None:
            found: Counted | None = Counted(counted.position)
        else:
            class_ = self._class_for_sure(one)
            if class_ is Class.COUNTED:
                one.offset = None  # Acknowledged, and not there: send again.
                return
            found = self._twin(one) if class_ is Class.VOID else None
            if found is None:
                one.result = Lost(class_)
                return
        if one.offset is not None:
            one.result = found

    def _too_late(self, unsettled: Sequence[_Sending]) -> Exception:
        if not any(one.attempts for one in unsettled):
            return BrokerUnreachable(
                self._bootstrap,
                tried=f"writing to the log: {unsettled[0].last_failure}",
                waited_seconds=self._deadline_seconds,
            )
        return KafkaOutcomeUnknown(
            (one.save.record.headers.command for one in unsettled),
            waited_seconds=self._deadline_seconds,
            last=unsettled[0].last_failure,
        )

    def _classes(self, sendings: Sequence[_Sending]) -> list[Class]:
        heads = self._reader.index.heads([one.subject for one in sendings])
        return [classify(heads[one.subject][0], one.save.record.headers) for one in sendings]

    def _class_for_sure(self, one: _Sending) -> Class:
        """What became of a save that was sent.

        An orphan of our own says that the index is wrong, or just being made anew by somebody. If
        the log is the one it was, the index is made anew, and the save, which nobody will ever
        count, is to be decided again like any that lost.
        """
        if self._classes([one]) == [Class.ORPHAN]:
            self._reader.to_the_end()
        if self._classes([one]) == [Class.ORPHAN]:
            self._reader.look_again()
            self._reader.make_sure()
            self._rebuild()
        (class_,) = self._classes([one])
        return Class.VOID if class_ is Class.ORPHAN else class_

    def _is_sound(self, subject: str) -> bool:
        """Whether a subject's records lead where the index says that it stands."""
        tail = self._reader.load_many({subject: 0})[subject]
        head = EMPTY
        for record in tail.records:
            if classify(head, record.headers) is not Class.COUNTED:
                return False
            head = advance(record.headers, record.digest)
        return head == tail.head

    def _twin(self, one: _Sending) -> Counted | None:
        """The place of the very same bytes, if they count."""
        record = one.save.record
        head, position = self._reader.index.heads([one.subject])[one.subject]
        if head.digest == record.digest:
            return Counted(position - record.headers.count + 1)
        after = {one.subject: record.headers.sequence - 1}
        records = self._reader.load_many(after)[one.subject].records
        if records and records[0].digest == record.digest:
            return Counted(records[0].position)
        return None


def _in_the_log(sent: Sequence[_Sending]) -> tuple[list[Raw], list[Save]]:
    """What was acknowledged at an offset, as a reader of the log finds it there, in its order."""
    there = [(one.message, one.offset, one.save) for one in sent if one.offset is not None]
    found = sorted(
        (message.partition, offset, number)
        for number, (message, offset, _) in enumerate(there)
        if offset >= 0
    )
    raws = [
        Raw(partition, offset, message.key, message.headers, message.value)
        for partition, offset, number in found
        for message in (there[number][0],)
    ]
    return raws, [there[number][2] for _, _, number in found]
