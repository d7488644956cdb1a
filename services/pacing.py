"""Calls kept well below the account's quotas, which the dashboard shares with production agents.

One `Pace` stands before everything that is sent to an account and region, or to an endpoint, whoever looks.
In no second does it let more than the share of a quota through: a call takes a turn (`turn`) and asks once
more when it is about to be sent (`go`), since another one may have been late. A page's calls may take a
second's share at once; reading in the background keeps an even distance and leaves a part of the share to the
pages (`seconds_until`).

Where nothing but refusals and failures comes back, more calls would only make it worse: then one call every
two seconds goes out, whoever wants to make it, until one is answered.
"""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import floor

from services.api_quotas import CALLS_PER_SECOND, CONVERSATION, OTHERS, account_quotas
from services.errors import HeldBack, InvalidValue

SHARE_VARIABLE = "AGENTCORE_STUDIO_QUOTA_SHARE"
ENDPOINT_SHARE_VARIABLE = "AGENTCORE_STUDIO_ENDPOINT_QUOTA_SHARE"
DEFAULT_SHARE = 0.25
LARGEST_ENDPOINT_SHARE = 1_000.0
"""An endpoint of one's own has no production agents to leave room to, and other quotas or none."""
SECOND = 1.1
"""What is taken for a second: a call that is sent or arrives late must not crowd the next one's."""
BACKGROUND_PART = 0.7
"""Of the share, what reading in the background may use."""
FAILURES_TO_HOLD = 4
"""After so many failures in a row, of an operation or of everything, calls are held back."""
HELD_SECONDS = 2.0
"""Between two calls while they are held back."""
HELD_PATIENCE_SECONDS = 3.0
"""A call that would have to wait longer for one of these is not made."""
_MANY_QUOTAS = 2_000
_A_ROUNDING = 1e-6

Place = tuple[str, str, str]
"""The ids of a session: memory, actor, session."""


def quota_share(*, of_account: bool = True) -> float:
    """The part of each quota that the dashboard may use, of an AWS account or of an endpoint by URL, which
    may have its own setting. InvalidValue for a setting that is none."""
    own = "" if of_account else os.environ.get(ENDPOINT_SHARE_VARIABLE, "").strip()
    if own:
        return _share(ENDPOINT_SHARE_VARIABLE, own, LARGEST_ENDPOINT_SHARE)
    text = os.environ.get(SHARE_VARIABLE, "").strip()
    return _share(SHARE_VARIABLE, text, 1.0) if text else DEFAULT_SHARE


def _share(variable: str, text: str, most: float) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= most:
        raise InvalidValue(f"{variable} is “{text}”; it must be a number above 0 and at most {most:g}.")
    return share


def configured_pace(*, of_account: bool = True) -> Pace:
    """A pace as the settings say; InvalidValue for settings that say nothing sensible."""
    return Pace(quota_share(of_account=of_account), account_quotas())


@dataclass
class _Quota:
    """At most `limit` calls in any `window` seconds; `taken` are the times of their turns, `sent` those at
    which they were sent, each in order."""

    limit: int
    window: float
    taken: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, calls_a_second: float) -> _Quota:
        return cls(max(1, floor(calls_a_second)), max(1.0, 1 / calls_a_second) * SECOND)

    def free_from(self, at: float) -> float:
        """The first time from `at` on at which one more call makes no window too full."""
        while True:
            place = bisect_left(self.taken, at)
            for first in range(max(0, place - self.limit), min(place, len(self.taken) - self.limit) + 1):
                last = first + self.limit - 1
                if max(self.taken[last], at) - min(self.taken[first], at) < self.window - _A_ROUNDING:
                    at = self.taken[first] + self.window
                    break
            else:
                return at

    def may_send_from(self, now: float) -> float:
        """The first time at which one more call may be sent after those that were."""
        del self.sent[: bisect_left(self.sent, now - self.window + _A_ROUNDING)]
        return now if len(self.sent) < self.limit else self.sent[-self.limit] + self.window

    def counts_at(self, now: float) -> bool:
        """Whether a call of before still counts."""
        latest = max(self.taken[-1:] + self.sent[-1:], default=now - self.window)
        return latest > now - self.window

    def take(self, at: float, now: float) -> None:
        del self.taken[: bisect_left(self.taken, now - self.window)]
        insort(self.taken, at)


@dataclass(frozen=True)
class Turn:
    """The turn of a call, so many `seconds` off, and the quotas that count it. `after_failures`: it is that
    far off because the calls before it failed."""

    seconds: float
    quotas: tuple[_Quota, ...] = ()
    after_failures: bool = False


@dataclass
class _Trouble:
    """Failures of an operation, or of everything, since the last answer; the last turn while held back."""

    failures: int = 0
    latest: Exception | None = None
    last_turn: float = float("-inf")

    @property
    def holds(self) -> bool:
        return self.failures >= FAILURES_TO_HOLD


class Pace:
    """Says when a call may go out. Threads may share it."""

    def __init__(
        self,
        share: float,
        quotas: Mapping[str, float] = CALLS_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.share = share
        self._rates = quotas
        self._clock = clock
        self._next: dict[str, float] = {}
        self._quotas: dict[tuple[str, ...], _Quota] = {}
        self._trouble: dict[str, _Trouble] = {}
        self._lock = threading.Lock()

    def seconds_until(self, operation: str) -> float:
        """For reading in the background: takes its next place for an operation, and says how far off it is.

        What is then called takes a turn as every call does.
        """
        gap = 1 / (self._rate(operation) * BACKGROUND_PART)
        with self._lock:
            now = self._clock()
            at = max(now, self._next.get(operation, now))
            self._next[operation] = at + gap
        return at - now

    def turn(self, operation: str, session: Place | None = None, *, conversation: bool = False) -> Turn:
        """Takes the next turn of an operation.

        `session`: where the operation has a quota for each session, the one that it is about;
        `conversation`: it writes one. Raises HeldBack while calls are held back and others wait already.
        """
        with self._lock:
            now = self._clock()
            quotas = self._counting(operation, session, conversation, now)
            at = self._allowed(operation, now)
            after_failures = at > now
            while (later := max(quota.free_from(at) for quota in quotas)) > at:
                at = later
            for quota in quotas:
                quota.take(at, now)
            for trouble in self._troubles(operation):
                trouble.last_turn = max(trouble.last_turn, at)
        return Turn(at - now, tuple(quotas), after_failures)

    def go(self, turn: Turn) -> float:
        """Whether the call of a turn may be sent this moment: 0, and then it counts as sent. Else so many
        seconds to wait before asking again: calls whose turn was earlier were sent late, and count now."""
        with self._lock:
            now = self._clock()
            at = max((quota.may_send_from(now) for quota in turn.quotas), default=now)
            if at > now:
                return at - now
            for quota in turn.quotas:
                quota.sent.append(now)
        return 0.0

    def ended(self, operation: str, failure: Exception | None = None) -> None:
        """How a call ended. A `failure` is one of the service (it asked to slow down, failed, was not there);
        a denial is an answer like another."""
        with self._lock:
            for trouble in self._troubles(operation):
                trouble.failures = trouble.failures + 1 if failure else 0
                trouble.latest = failure

    def holds_back(self, operation: str) -> bool:
        """Whether nothing but failures came back of late."""
        with self._lock:
            return any(trouble.holds for trouble in self._troubles(operation))

    def _troubles(self, operation: str) -> list[_Trouble]:
        return [self._trouble.setdefault(name, _Trouble()) for name in ("", operation)]

    def _allowed(self, operation: str, now: float) -> float:
        at = now
        for trouble in self._troubles(operation):
            if trouble.holds and trouble.latest:
                at = max(at, trouble.last_turn + HELD_SECONDS)
                if at - now > HELD_PATIENCE_SECONDS:
                    raise HeldBack(operation, trouble.latest)
        return at

    def _counting(
        self, operation: str, session: Place | None, conversation: bool, now: float
    ) -> list[_Quota]:
        """Every quota that counts the call."""
        found = [self._quota((operation,), self._rate(operation))]
        of_session = f"{operation} of a session"
        if session and of_session in self._rates:
            kind = CONVERSATION if conversation else of_session
            found.append(self._quota((kind, *session), self._rates[kind] * self.share))
        if len(self._quotas) > _MANY_QUOTAS:  # those of sessions that nobody asks about any more
            self._quotas = {key: quota for key, quota in self._quotas.items() if quota.counts_at(now)}
        return found

    def _quota(self, key: tuple[str, ...], rate: float) -> _Quota:
        if key not in self._quotas:
            self._quotas[key] = _Quota.of(rate)
        return self._quotas[key]

    def _rate(self, operation: str) -> float:
        return self._rates.get(operation, self._rates[OTHERS]) * self.share
