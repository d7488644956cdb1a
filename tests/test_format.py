"""Times, counts and names as people read them."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest

from dashboard import format

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(seconds=-5), "in the future"),
    ],
)
def test_ages_are_said_in_one_unit(age: timedelta, said: str) -> None:
    assert format.ago(NOW - age, NOW) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (UTC, "2026-11-21 03:34:08 UTC"),
        (timezone(timedelta(hours=5, minutes=30), "IST"), "2026-11-21 09:04:08 IST"),
        (timezone(timedelta(hours=-3), "-03"), "2026-11-21 00:34:08 UTC-03"),
        (timezone(timedelta(hours=-12), "Early"), "2026-11-20 15:34:08 Early"),
    ],
)
def test_a_time_names_its_zone(zone: tzinfo, said: str) -> None:
    moment = datetime(2026, 11, 21, 3, 34, 8, 123_456, tzinfo=UTC)
    assert format.local(moment, zone) == said
    assert format.exact(moment.astimezone(zone)) == "2026-11-21 03:34:08.123 UTC"


def test_whole_seconds_have_no_fraction_and_no_time_is_no_text() -> None:
    assert format.exact(NOW) == "2026-11-21 12:00:00 UTC"
    assert format.exact(None) == format.local(None, UTC) == ""


def test_a_cut_list_is_never_a_count() -> None:
    assert format.counted(1000, False, "event") == "at least 1,000 events"
    assert format.counted(1, True, "event") == "1 event"


@pytest.mark.parametrize(("value", "said"), [(0.0008, "0.8 ms"), (0.043, "43 ms"), (1.24, "1.2 s")])
def test_durations_have_the_unit_that_reads_best(value: float, said: str) -> None:
    assert format.seconds(value) == said


def test_a_memory_without_a_name_is_named_by_its_id() -> None:
    assert format.memory_name({"id": "My-Support-a1B2c3D4e5"}) == "My-Support"


def test_another_order_of_rows_is_another_table() -> None:
    assert format.fingerprint(["a", "b"]) != format.fingerprint(["b", "a"])
    assert format.fingerprint(["a", "b"]) == format.fingerprint(["a", "b"])
