"""Changing sync keys: the one write that may not simply be sent again (imses-protocol.md 9.15).

The second sending would fail on the old key, so a lost answer is first looked up at the site.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sync.errors import SiteFault
from sync.itslearning import contract
from sync.itslearning.answers import Status
from sync.itslearning.connection import AnswerLost, Connection, MessageTooLarge
from sync.itslearning.contract import Fault
from sync.itslearning.refusals import KEY_TAKEN
from sync.model import Outcome, OutcomeStatus

Pair = tuple[str, str]  # old key, new key


class KeyChanges:
    """One batch of key changes. ``read`` finds things by key at the site."""

    def __init__(
        self,
        connection: Connection,
        operation: str,
        read: Callable[[Sequence[str]], Mapping[str, object | None]],
        judged: Callable[[Status, Pair], Outcome],
        refused: Callable[[str], str],
    ) -> None:
        self._connection = connection
        self._operation = operation
        self._write = contract.enterprise().operation(operation).write
        self._read = read
        self._judged = judged
        self._refused = refused

    def deliver(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """Outcomes in the order of the pairs. Raises SiteUnreachable and CredentialsRefused."""
        outcomes: dict[Pair, Outcome] = {}
        sendable: list[Pair] = []
        seen: set[str] = set()
        for pair in dict.fromkeys(pairs):
            old, new = pair
            reason = self._refused(old) or self._refused(new)
            if not reason and old == new:
                reason = "the old key and the new one are the same"
            if not reason and {old.casefold(), new.casefold()} & seen:
                reason = "one of its two keys stands twice in this batch"
            if reason:
                outcomes[pair] = Outcome(OutcomeStatus.FAILED, f"Not sent: {reason}.", "not-sent")
            else:
                seen.update((old.casefold(), new.casefold()))
                sendable.append(pair)
        self._settle(sendable, outcomes)
        return [outcomes[pair] for pair in pairs]

    def _settle(self, pairs: Sequence[Pair], outcomes: dict[Pair, Outcome]) -> None:
        """Sends; looks after each lost answer; sends again what is not done yet."""
        attempts = self._connection.settings.attempts
        pending = list(pairs)
        for attempt in range(attempts):
            if not pending:
                return
            if attempt:
                self._connection.wait(attempt - 1)
            pending = self._send(pending, outcomes)
        for pair in pending:
            outcomes[pair] = Outcome(
                OutcomeStatus.UNKNOWN,
                "Every answer was lost; when last looked at, the key was not changed.",
            )

    def _send(self, pairs: Sequence[Pair], outcomes: dict[Pair, Outcome]) -> list[Pair]:
        """One sending; gives the pairs that are still to be done."""
        body = self._write(
            {
                "pairSourcedIdSet": {
                    "identifierPair": [{"firstId": old, "secondId": new} for old, new in pairs]
                }
            }
        )
        fault: Fault | None
        try:
            answer = self._connection.send(self._operation, body, resend=False)
        except AnswerLost:
            return self._looked_up(pairs, outcomes)
        except MessageTooLarge:
            fault = Fault("too-large", "The message is larger than the site takes.")
        else:
            fault = answer.fault
            if fault is None and len(answer.statuses) == len(pairs):
                outcomes.update(zip(pairs, map(self._judged, answer.statuses, pairs), strict=True))
                return []
            if fault is None or fault.passing:
                return self._looked_up(pairs, outcomes)
        if len(pairs) > 1:
            middle = len(pairs) // 2
            rest = self._send(pairs[:middle], outcomes)
            return [*rest, *self._send(pairs[middle:], outcomes)]
        outcomes[pairs[0]] = Outcome(
            OutcomeStatus.FAILED, f'itslearning cannot take it: "{fault.text}"', fault.code
        )
        return []

    def _looked_up(self, pairs: Sequence[Pair], outcomes: dict[Pair, Outcome]) -> list[Pair]:
        try:
            found = self._read([key for pair in pairs for key in pair])
        except SiteFault as error:
            for pair in pairs:
                outcomes[pair] = Outcome(OutcomeStatus.UNKNOWN, f"The answer was lost. {error}")
            return []
        pending = []
        for pair in pairs:
            old_is_there, new_is_there = (found[key] is not None for key in pair)
            if old_is_there and not new_is_there:
                pending.append(pair)
            elif new_is_there and not old_is_there:
                outcomes[pair] = Outcome(
                    OutcomeStatus.OK, "The answer was lost, but itslearning shows the new key."
                )
            elif old_is_there and pair[0].casefold() != pair[1].casefold():
                outcomes[pair] = Outcome(
                    OutcomeStatus.FAILED, f"The key {pair[1]} is already on another one.", KEY_TAKEN
                )
            else:
                outcomes[pair] = Outcome(
                    OutcomeStatus.UNKNOWN,
                    "The answer was lost, and what itslearning shows does not tell old from new.",
                )
        return pending
