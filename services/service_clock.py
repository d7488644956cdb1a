"""How far the service's clock is from ours: its times are compared with ours where extraction is followed."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

# The Date header has whole seconds: a smaller difference is not to be seen in it.
RESOLUTION_SECONDS = 1.0


def clock_ahead(answer: Mapping[str, Any], at: float) -> float:
    """Seconds by which the service's clock runs ahead of ours, negative for behind.

    `answer` is a boto3 answer that came at `at` (Unix seconds, our clock). 0.0 when its Date header is
    missing, unreadable, or within a second of ours.
    """
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        ahead = parsedate_to_datetime(date).timestamp() + RESOLUTION_SECONDS / 2 - at
    except ValueError:
        return 0.0
    return ahead if abs(ahead) > RESOLUTION_SECONDS else 0.0
