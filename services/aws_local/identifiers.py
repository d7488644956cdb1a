"""Identifiers in the shapes of the real service.

Observed on AWS: memory `qDemoMemory-RQOZg27WYc`, strategy `SemanticStrategy-wEMM9fABMq`, event
`0000001772375782346#c5e4dee5` (19 digits of epoch milliseconds, `#`, 8 hex digits, so that sorting ids
sorts by time), record `mem-` + UUID, summary record `mem-` + 36 hex digits. Clients rely on the prefixes:
the SDK finds a memory by `id.startswith(name)`.
"""

from __future__ import annotations

import random
import secrets
import string
import uuid

_ALPHANUMERIC = string.ascii_letters + string.digits
_SUFFIX_LENGTH = 10
_TIMESTAMP_DIGITS = 19
_LARGEST_MS = 2**63 - 1  # what the database can compare with; 19 digits can say more

# The first event of a millisecond draws from the lower half, each later one adds a small random step:
# ids of the same millisecond keep the order of arrival.
_FIRST_SUFFIX = 2**31
_SUFFIX_STEP = 2**12
_LAST_SUFFIX = 2**32 - 1


def resource_id(name: str) -> str:
    """A memory's or strategy's id: its name and ten random letters or digits."""
    return f"{name}-{''.join(secrets.choice(_ALPHANUMERIC) for _ in range(_SUFFIX_LENGTH))}"


def short_id() -> str:
    """The id of an agent, of an action group or of an alias: ten capital letters and digits."""
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(_SUFFIX_LENGTH))


def memory_arn(account_id: str, region: str, memory_id: str) -> str:
    return f"arn:aws:bedrock-agentcore:{region}:{account_id}:memory/{memory_id}"


def event_id(timestamp_ms: int, previous: str | None = None) -> str:
    """The id of an event at `timestamp_ms` (epoch milliseconds, not negative).

    `previous` is the latest id of the same session and millisecond, if there is one: the new id sorts
    after it, so that events of one millisecond stay in the order in which they came.
    """
    if previous is None:
        return f"{timestamp_ms:019d}#{_drawn(_FIRST_SUFFIX):08x}"
    suffix = int(previous.partition("#")[2], 16) + 1 + _drawn(_SUFFIX_STEP)
    if suffix > _LAST_SUFFIX:
        raise OverflowError(f"too many events in the millisecond {timestamp_ms}")
    return f"{timestamp_ms:019d}#{suffix:08x}"


def request_id() -> str:
    """What a client gets as `x-amzn-RequestId`: a UUID of version 4, which need not be hard to guess."""
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _drawn(below: int) -> int:
    """A random number for an id that need not be hard to guess: the system's takes a call of the kernel."""
    return int(random.random() * below)  # noqa: S311 - it protects nothing


def timestamp_ms(event_id: str) -> int:
    """The milliseconds that an event id carries, or -1 for an id that no event can have."""
    digits = event_id.partition("#")[0]
    if len(digits) != _TIMESTAMP_DIGITS or int(digits) > _LARGEST_MS:
        return -1
    return int(digits)


def record_id() -> str:
    """The id of a fact or preference record."""
    return f"mem-{uuid.uuid4()}"


def summary_record_id() -> str:
    """The id of a summary record."""
    return f"mem-{secrets.token_hex(18)}"


def session_id() -> str:
    """The id of a session that the client did not name."""
    return str(uuid.uuid4())


def job_id() -> str:
    """The id of an extraction job."""
    return str(uuid.uuid4())
