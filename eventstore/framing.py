"""The bytes of many events that share most of their envelopes: what they share is written once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .envelope import SEQUENCE_MAX, repeated_text, text_in_json, write_time
from .errors import EventInvalid


class Frame:
    """What the events of one batch have in common.

    It writes what `write_event` writes, several times as fast.
    """

    def __init__(
        self, *, source: str, actor: str, recordedtime: datetime, correlationid: str | None
    ) -> None:
        self._before_type = f'","source":{text_in_json(source)},"type":'
        self._after_time = (
            f'","recordedtime":"{write_time(recordedtime)}","actor":{text_in_json(actor)}'
            ',"commandid":'
        )
        correlated = f',"correlationid":{text_in_json(correlationid)}' if correlationid else ""
        self._before_data = f'{correlated},"data":'

    def write_save(
        self,
        ids: Sequence[str],
        types: Sequence[str],
        data: Sequence[bytes],
        *,
        subject: str,
        sequence: int,
        time: str,
        commandid: str,
    ) -> list[bytes]:
        """The events of one save. `sequence` is that of the first, `time` is as `write_time` gives
        it, ids need no escaping, data are JSON objects. Raises EventInvalid."""
        if not 0 < sequence <= SEQUENCE_MAX - len(types) + 1:
            raise EventInvalid(f"sequence {sequence} is outside 1 to {SEQUENCE_MAX}")
        before_type = self._before_type
        middle = f',"subject":{repeated_text(subject)},"sequence":"'
        end = f'","time":"{time}{self._after_time}{text_in_json(commandid)}{self._before_data}'
        bodies: list[bytes] = []
        for id_, type_, said in zip(ids, types, data, strict=True):
            head = (
                f'{{"specversion":"1.0","id":"{id_}{before_type}{repeated_text(type_)}'
                f"{middle}{sequence:010d}{end}"
            )
            bodies.append(b"%b%b}" % (head.encode("ascii"), said))
            sequence += 1
        return bodies
