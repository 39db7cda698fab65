"""Carrying one batch over, so that every item ends in a known outcome.

Creates, updates and deletes are addressed by key, so a message whose answer was lost is sent
again. A fault says nothing about which item it is about, so the batch is halved until the item
stands alone. What stays unclear is looked up at the site; what that does not settle is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sync.errors import SiteFault
from sync.itslearning import contract, refusals
from sync.itslearning.answers import DONE, Status
from sync.itslearning.connection import AnswerLost, Connection, MessageTooLarge
from sync.itslearning.contract import Fault
from sync.model import Outcome, OutcomeStatus

Item = TypeVar("Item")

_TOO_LARGE = Fault("too-large", "The item is larger than the site takes.")


def _never(_: Sequence[Any]) -> bool:
    return False


@dataclass(frozen=True)
class MassCall(Generic[Item]):
    """How one kind of item is sent in batches.

    ``texts`` writes items as XML; ``refused`` says why an item may not be sent, empty where it may;
    ``name`` is what must not stand twice in a batch; ``judged`` makes the outcome of a status;
    ``arrived`` looks at the site, item by item, whether it is as it was sent; ``harmless`` is the
    quick yes to a batch of which ``refused`` refuses nothing.
    """

    operation: str
    texts: Callable[[Sequence[Item]], Iterable[str]]
    refused: Callable[[Item], str]
    name: Callable[[Item], str]
    judged: Callable[[Status, Item], Outcome]
    arrived: Callable[[Sequence[Item]], Sequence[bool]]
    harmless: Callable[[Sequence[Item]], bool] = _never
    deletes: bool = False


def deliver(connection: Connection, call: MassCall[Item], items: Sequence[Item]) -> list[Outcome]:
    """Outcomes in the order of the items. Raises SiteUnreachable and CredentialsRefused."""
    names = [call.name(item).casefold() for item in items]
    if items and len(set(names)) == len(items) and call.harmless(items):
        return _Delivery(connection, call).send(items)
    outcomes: list[Outcome | None] = [None] * len(items)
    sendable: list[tuple[int, Item]] = []
    seen: set[str] = set()
    for place, (item, name) in enumerate(zip(items, names, strict=True)):
        reason = call.refused(item)
        if not reason and name in seen:
            reason = "its key stands twice in this batch"
        if reason:
            outcomes[place] = Outcome(OutcomeStatus.FAILED, f"Not sent: {reason}.", "not-sent")
        else:
            seen.add(name)
            sendable.append((place, item))
    if sendable:
        sent = _Delivery(connection, call).send([item for _, item in sendable])
        for (place, _), result in zip(sendable, sent, strict=True):
            outcomes[place] = result
    return [result for result in outcomes if result is not None]


class _Delivery(Generic[Item]):
    """One batch under way. ``_doubt`` is set once a part of it may have been carried out unseen."""

    def __init__(self, connection: Connection, call: MassCall[Item]) -> None:
        self._connection = connection
        self._call = call
        self._write = contract.enterprise().operation(call.operation).write_list
        self._doubt = False
        self._patience = True

    def send(self, items: Sequence[Item]) -> list[Outcome]:
        call = self._call
        try:
            message = self._write(call.texts(items))
            answer = self._connection.send(call.operation, message)
        except MessageTooLarge:
            return self._halved(items, _TOO_LARGE)
        except AnswerLost as lost:
            self._doubt = True
            return self._looked_up(items, f"The answer was lost. {lost}")
        self._doubt = self._doubt or answer.resent
        if answer.fault is not None:
            return self._after_fault(items, answer.fault)
        if len(answer.statuses) != len(items):
            self._doubt = True
            words = "; ".join(status.text for status in answer.statuses if status.text)
            return self._looked_up(
                items,
                f"itslearning answered for {len(answer.statuses)} of {len(items)} items. {words}",
            )
        return self._judged(items, answer.statuses)

    def _judged(self, items: Sequence[Item], statuses: Sequence[Status]) -> list[Outcome]:
        if all(status is DONE for status in statuses):
            return [refusals.DONE] * len(items)
        outcomes = list(map(self._call.judged, statuses, items))
        if self._call.deletes and self._doubt:
            return self._mended(items, outcomes)
        return outcomes

    def _after_fault(self, items: Sequence[Item], fault: Fault) -> list[Outcome]:
        if fault.passing:
            self._doubt = True
            if self._patience:
                self._patience = False
                self._connection.wait(0)
                return self.send(items)
        return self._halved(items, fault)

    def _halved(self, items: Sequence[Item], fault: Fault) -> list[Outcome]:
        if len(items) > 1:
            middle = len(items) // 2
            return [*self.send(items[:middle]), *self.send(items[middle:])]
        failed = Outcome(
            OutcomeStatus.FAILED, f'itslearning cannot take it: "{fault.text}"', fault.code
        )
        return self._mended(items, [failed]) if fault.passing else [failed]

    def _mended(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """A failure of something that an earlier sending may have done is no failure."""
        unclear = [place for place, one in enumerate(outcomes) if not one.ok]
        if not unclear:
            return list(outcomes)
        mended = list(outcomes)
        looks = self._look([items[place] for place in unclear])
        for place, there in zip(unclear, looks or (), strict=False):
            if there:
                mended[place] = Outcome(
                    OutcomeStatus.OK,
                    "It had arrived with an earlier message whose answer was lost.",
                )
        return mended

    def _looked_up(self, items: Sequence[Item], words: str) -> list[Outcome]:
        looks = self._look(items)
        if looks is None:
            return [Outcome(OutcomeStatus.UNKNOWN, words)] * len(items)
        return [
            Outcome(OutcomeStatus.OK, "The answer was lost, but itslearning shows it.")
            if there
            else Outcome(OutcomeStatus.UNKNOWN, f"{words} itslearning does not show it.")
            for there in looks
        ]

    def _look(self, items: Sequence[Item]) -> Sequence[bool] | None:
        try:
            return self._call.arrived(items)
        except SiteFault:
            return None
