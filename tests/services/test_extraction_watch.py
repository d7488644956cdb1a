"""The live panel's bookkeeping: what a sequence of listings says about stored events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.chat.extraction_guess import likely_reason
from services.chat.extraction_watch import IDLE_REASON, TOO_NEW, ExtractionWatch, StrategyWork
from services.service_clock import clock_ahead

FACTS = {"strategyId": "facts-1", "name": "Facts", "type": "SEMANTIC", "status": "ACTIVE"}
TASTES = {"strategyId": "tastes-1", "name": "Tastes", "type": "USER_PREFERENCE", "status": "ACTIVE"}
T0 = 1_800_000_000.0


def event(number: int, text: str) -> dict[str, Any]:
    return {
        "eventId": f"{number:016d}#abc",
        "payload": [{"conversational": {"role": "USER", "content": {"text": text}}}],
    }


def record(
    number: int, text: str, *, strategy: str = "facts-1", created: float | None = None
) -> dict[str, Any]:
    row = {
        "memoryRecordId": f"mem-{number:036d}",
        "memoryStrategyId": strategy,
        "content": {"text": text},
    }
    return row if created is None else {**row, "createdAt": datetime.fromtimestamp(created, UTC)}


def watching(*before: dict[str, Any]) -> ExtractionWatch:
    watch = ExtractionWatch()
    watch.observe(before, T0 - 1)
    return watch


def states(watch: ExtractionWatch, now: float) -> dict[str, StrategyWork]:
    return {work.strategy["strategyId"]: work for work in watch.progress(now)[0].work}


def test_what_was_there_before_is_no_news() -> None:
    watch = watching(record(1, "The user lives in Irvine."))
    assert watch.progress(T0) == ()
    assert watch.observe([record(1, "The user lives in Irvine.")], T0) == []
    assert watch.next_poll(T0) is None


def test_a_new_record_is_put_under_its_event_with_the_seconds_that_it_took() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.008, [FACTS, TASTES])
    watch.observe([record(1, "The user lives in Irvine.", created=T0 + 2.1)], T0 + 3)
    [progress] = watch.progress(T0 + 3)
    [change] = progress.changes
    assert (change.kind, change.record_id) == ("added", f"mem-{1:036d}")
    assert change.seconds == pytest.approx(2.1)
    assert states(watch, T0 + 3)["facts-1"].state == "done"
    assert states(watch, T0 + 3)["tastes-1"].state == "extracting"
    assert watch.usual_seconds("facts-1") == pytest.approx(2.1)


def test_a_clock_of_the_service_that_runs_ahead_does_not_count() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    watch.observe([record(1, "The user lives in Irvine.", created=T0 + 500)], T0 + 2)
    assert watch.progress(T0 + 2)[0].changes[0].seconds == pytest.approx(2)


def test_a_record_of_a_clock_that_is_a_little_behind_belongs_to_its_event() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    watch.observe([record(1, "The user lives in Irvine.", created=T0 - 1.5)], T0 + 2)
    assert watch.unasked == ()
    assert watch.progress(T0 + 2)[0].changes[0].seconds == 0
    assert states(watch, T0 + 2)["facts-1"].state == "done"


@pytest.mark.parametrize("ahead", [-90.0, 90.0])
def test_a_clock_that_is_known_to_be_wrong_is_allowed_for(ahead: float) -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS], clock_ahead=ahead)
    watch.observe([record(1, "The user lives in Irvine.", created=T0 + ahead + 2)], T0 + 3)
    assert watch.unasked == ()
    assert watch.progress(T0 + 3)[0].changes[0].seconds == pytest.approx(2)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Fri, 15 Jan 2027 08:00:00 GMT", 0.0),  # T0 to the second
        ("Fri, 15 Jan 2027 07:59:50 GMT", -9.5),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60.5),
        ("yesterday", 0.0),
        ("", 0.0),
    ],
)
def test_how_far_the_services_clock_is_from_ours(date: str, ahead: float) -> None:
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    assert clock_ahead(answer, T0) == pytest.approx(ahead)
    assert clock_ahead({}, T0) == 0


def test_a_changed_record_comes_with_its_old_text() -> None:
    watch = watching(record(1, "The user likes tea."))
    watch.event_stored(event(1, "I like coffee more than tea."), T0, 0.01, [FACTS])
    [change] = watch.observe([record(1, "The user likes coffee more than tea.")], T0 + 2)
    assert change.kind == "changed"
    assert change.before == record(1, "The user likes tea.")


def test_a_record_that_is_gone_is_reported_only_from_a_whole_listing() -> None:
    watch = watching(record(1, "old"), record(2, "older"))
    watch.event_stored(event(1, "Something else"), T0, 0.01, [FACTS])
    assert watch.observe([record(1, "old")], T0 + 1, complete=False) == []
    [change] = watch.observe([record(1, "old")], T0 + 2)
    assert (change.kind, change.record_id) == ("removed", f"mem-{2:036d}")


def test_of_two_quick_events_a_record_goes_to_the_one_with_its_words() -> None:
    watch = watching()
    watch.event_stored(event(1, "I prefer restaurants with a quiet atmosphere."), T0, 0.01, [FACTS])
    watch.event_stored(event(2, "I live in Irvine."), T0 + 0.5, 0.01, [FACTS])
    watch.observe([record(1, "The user prefers a quiet atmosphere.")], T0 + 2)
    newest, oldest = watch.progress(T0 + 2)
    assert newest.changes == ()
    assert len(oldest.changes) == 1


def test_silence_becomes_nothing_after_the_settling_time_with_a_guess_why() -> None:
    watch = watching()
    watch.event_stored(event(1, "Hello!"), T0, 0.01, [FACTS])
    assert states(watch, T0 + 59)["facts-1"].state == "extracting"
    assert states(watch, T0 + 61)["facts-1"].state == "nothing"
    assert watch.progress(T0 + 61)[0].reason == "it is a greeting or thanks"


def test_an_endpoint_with_nothing_pending_ends_the_waiting() -> None:
    watch = watching()
    watch.event_stored(event(1, "Hello!"), T0, 0.01, [FACTS, TASTES])
    watch.observe_idle(T0 + 1)
    assert states(watch, T0 + 1)["facts-1"].state == "extracting", "it may not have begun"
    watch.observe([record(1, "The user says hello.")], T0 + 3)
    watch.observe_idle(T0 + 3)
    facts, tastes = states(watch, T0 + 3).values()
    assert facts.state == "done"
    assert (tastes.state, tastes.reason) == ("nothing", IDLE_REASON)
    watch.event_stored(event(2, "I like tea."), T0 + 4, 0.01, [TASTES])
    assert states(watch, T0 + 4)["tastes-1"].state == "extracting"


def test_a_record_that_comes_after_all_is_shown() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    watch.observe_idle(T0 + 3)
    watch.observe([record(1, "The user lives in Irvine.")], T0 + 5)
    assert states(watch, T0 + 5)["facts-1"].state == "done"


def test_the_settling_time_follows_what_extraction_took_so_far() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    watch.observe([record(1, "The user lives in Irvine.")], T0 + 2)
    watch.event_stored(event(2, "Hello!"), T0 + 10, 0.01, [FACTS])
    assert states(watch, T0 + 17)["facts-1"].state == "extracting"
    assert states(watch, T0 + 19)["facts-1"].state == "nothing"


def test_a_strategy_that_moved_on_to_a_later_event_has_found_nothing_in_the_earlier_one() -> None:
    watch = watching()
    watch.event_stored(event(1, "Hello!"), T0, 0.01, [FACTS])
    watch.event_stored(event(2, "I live in Irvine."), T0 + 1, 0.01, [FACTS])
    watch.observe([record(1, "The user lives in Irvine.")], T0 + 3)
    assert [progress.work[0].state for progress in watch.progress(T0 + 3)] == ["done", "nothing"]


def test_a_strategy_that_is_not_active_reads_nothing_and_nothing_is_waited_for() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [{**FACTS, "status": "CREATING"}])
    work = states(watch, T0 + 1)["facts-1"]
    assert (work.state, work.reason) == ("inactive", TOO_NEW)
    assert watch.next_poll(T0 + 11) is None


def test_a_failed_job_is_shown_with_its_reason() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS, TASTES])
    named = {"messagesList": [{"eventId": event(1, "")["eventId"], "messageIndex": 0}]}
    job = {"jobID": "job-1", "strategyId": "facts-1", "failureReason": "LTM_RATE_EXCEEDED", "messages": named}
    watch.observe_failures([job])
    assert states(watch, T0 + 1)["facts-1"].state == "failed"
    assert states(watch, T0 + 1)["facts-1"].reason == "LTM_RATE_EXCEEDED"
    assert states(watch, T0 + 1)["tastes-1"].state == "extracting"


def test_what_others_write_is_not_put_under_an_event() -> None:
    watch = watching()
    watch.observe([record(1, "The user owns a boat.", created=T0 - 30)], T0)
    assert [change.record_id for change in watch.unasked] == [f"mem-{1:036d}"]


def test_polling_slows_down_ends_and_starts_again() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    assert watch.next_poll(T0) == 0
    for moment, pause in ((T0 + 1, 1.0), (T0 + 30, 3.0), (T0 + 50, 5.0)):
        watch.observe([], moment)
        assert watch.next_poll(moment) == pytest.approx(pause)
    assert watch.next_poll(T0 + 181) is None
    watch.event_stored(event(2, "I like tea."), T0 + 300, 0.01, [FACTS])
    assert watch.next_poll(T0 + 300) == 0


def test_polling_ends_soon_after_every_strategy_has_answered() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    watch.observe([record(1, "The user lives in Irvine.")], T0 + 2)
    assert watch.next_poll(T0 + 5) is not None
    assert watch.next_poll(T0 + 13) is None


def test_the_same_event_twice_is_one() -> None:
    watch = watching()
    for _ in range(2):
        watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    assert len(watch.progress(T0)) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Thanks!", "it is a greeting or thanks"),
        ("I don't remember what I was in a mood for, do you remember?", "a question"),
        ("Water boils at 100 degrees.", "nothing in it is about the user"),
        ("My card is 4111 1111 1111 1111.", "it holds what looks like a card number"),
        ("My phone is 555 0142.", None),
        ("I live in Irvine.", None),
        ("Hi, I live in Irvine.", None),
    ],
)
def test_guesses_why_nothing_may_be_extracted(said: str, reason: str | None) -> None:
    guess = likely_reason([("USER", said), ("ASSISTANT", "I see.")])
    assert guess is None if reason is None else guess is not None and guess.startswith(reason)


def test_an_event_that_only_a_tool_wrote_says_so() -> None:
    assert likely_reason([("TOOL", "lookup_order()")]) is not None
    assert likely_reason([("ASSISTANT", "The user likes tea.")]) is None


def test_listings_that_fail_are_tried_less_and_less_often() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.008, [FACTS])
    pauses = []
    for _ in range(5):
        watch.missed(T0 + 1)
        pauses.append(watch.next_poll(T0 + 1))
    assert pauses == [4, 8, 16, 30, 30]
    watch.observe([], T0 + 1)
    assert watch.next_poll(T0 + 1) == pytest.approx(1)


def test_a_record_that_was_there_before_an_event_is_not_taken_for_its_work() -> None:
    """However many words they share: the answer to a question repeats what is remembered."""
    watch = watching()
    watch.event_stored(event(1, "I love tea."), T0, 0.01, [FACTS])
    watch.event_stored(event(2, "What do I love? You love green tea."), T0 + 1.5, 0.01, [FACTS])
    watch.observe([record(1, "The user loves green tea.", created=T0 + 0.4)], T0 + 2)
    asked, told = watch.progress(T0 + 2)
    assert [change.record_id for change in told.changes] == [f"mem-{1:036d}"]
    assert asked.changes == ()


def test_an_event_that_strategies_skip_is_nobodys_work_and_gets_no_record() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS], extracted=False)
    watch.observe([record(1, "The user lives in Irvine.", created=T0 + 1)], T0 + 2)
    [progress] = watch.progress(T0 + 2, [FACTS, TASTES])
    assert not progress.extracted
    assert progress.work == ()
    assert progress.changes == ()
    assert [change.record_id for change in watch.unasked] == [f"mem-{1:036d}"]


def test_a_strategy_that_was_added_after_an_event_is_too_new_for_it() -> None:
    watch = watching()
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS])
    [progress] = watch.progress(T0 + 1, [FACTS, TASTES])
    facts, tastes = progress.work
    assert facts.state == "extracting"
    assert (tastes.state, tastes.reason) == ("inactive", TOO_NEW)


def test_a_first_listing_that_comes_late_tells_new_records_from_old_ones() -> None:
    watch = ExtractionWatch()
    watch.missed(T0 - 1)
    watch.event_stored(event(1, "I live in Irvine."), T0, 0.01, [FACTS, TASTES])
    watch.missed(T0 + 1)
    old, undated = record(1, "The user likes tea.", created=T0 - 60), record(2, "The user is kind.")
    new = record(3, "The user lives in Irvine.", created=T0 + 2)
    [change] = watch.observe([old, undated, new], T0 + 8)
    assert (change.kind, change.record_id) == ("added", new["memoryRecordId"])
    assert states(watch, T0 + 8)["facts-1"].state == "done"
    assert watch.record_count == 3
    assert watch.observe([old, undated, new], T0 + 9) == []
