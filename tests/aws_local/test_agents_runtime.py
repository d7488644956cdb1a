"""Conversations with agents, and the memory that is made from them, by way of boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EventStreamError, ParamValidationError

from tests.aws_local.agentcore import refused, walk
from tests.aws_local.travel import (
    BOOKING,
    FUNCTIONS,
    GROUP,
    HANDLER,
    Clients,
    parts_of,
    text_of,
    zipped,
)

TEST_ALIAS = "TSTALIASID"
END = "Session is terminated as 'endSession' flag is set in request."
STEP = ["modelInvocationInput", "modelInvocationOutput", "rationale"]


def control_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The control that a turn returned: its last event."""
    returned: dict[str, Any] = events[-1]["returnControl"]
    return returned


def results(returned: dict[str, Any], *bodies: str, **more: Any) -> dict[str, Any]:
    """The sessionState that answers a returned control."""
    answered = [
        {
            "functionResult": {
                "actionGroup": each["functionInvocationInput"]["actionGroup"],
                "function": each["functionInvocationInput"]["function"],
                "responseBody": {"TEXT": {"body": body}},
            }
            | more
        }
        for each, body in zip(returned["invocationInputs"], bodies, strict=True)
    ]
    return {"invocationId": returned["invocationId"], "returnControlInvocationResults": answered}


def test_the_story_of_a_trip(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    anna = {"memoryId": "anna"}
    first = travel.remember(agent_id, "july", "anna", f"Hi, my name is Anna. {BOOKING}", "thank you!")
    assert first["memoryId"] == "anna"
    assert "Booked from Boston to NYC. Your booking_id is 31210d94" in first["summaryText"]
    assert (first["sessionExpiryTime"] - first["sessionStartTime"]).days == 30

    recalled = travel.say(
        agent_id, "I need to stay an extra day. Can I return on the 23rd instead?", "august", **anna
    )
    assert "I recall from a previous conversation" in recalled
    assert "booking_id “31210d94”, new_start_date “2024-07-11”, new_end_date “2024-07-23”?" in recalled
    moved = travel.say(agent_id, "that is correct, thanks!", "august", **anna)
    assert moved == "Moved 31210d94 to 2024-07-11, 2024-07-23"
    assert travel.say(agent_id, "end", "august", endSession=True, **anna) == END
    travel.remember(agent_id, "september", "anna", "Tell me about my existing trips")

    found = travel.memory(agent_id, "anna")
    assert [each["sessionId"] for each in found][-1] == "july"
    travel.runtime.delete_agent_memory(agentId=agent_id, agentAliasId=TEST_ALIAS, memoryId="anna")
    assert travel.memory(agent_id, "anna") == []


def test_a_trip_is_cancelled_after_confirmation_and_is_gone_from_memory(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    travel.remember(agent_id, "one", "bob", BOOKING)
    asked = travel.say(agent_id, "Please cancel my trip", "two", memoryId="bob")
    assert asked.endswith("Shall I call delete_existing_trip_reservation with booking_id “31210d94”?")
    declined = travel.say(agent_id, "no, wait", "two", memoryId="bob")
    assert "I do not call delete_existing_trip_reservation" in declined
    travel.say(agent_id, "Cancel my trip after all", "two", memoryId="bob")
    assert travel.say(agent_id, "yes", "two", memoryId="bob") == "Cancelled 31210d94"
    travel.remember(agent_id, "two", "bob", "thanks")
    told = travel.say(agent_id, "What trips do I have?", "three", memoryId="bob")
    assert told == "I know of nothing that is still booked or made."


def test_a_trace_has_its_parts_in_order_and_the_memory_in_the_prompt(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    travel.remember(agent_id, "before", "carol", BOOKING)
    events = travel.events(agent_id, BOOKING, "now", memoryId="carol", enableTrace=True)
    assert parts_of(events) == [
        *STEP,
        "invocationInput",
        "observation",
        *STEP,
        "observation",
    ]
    assert "chunk" in events[-1]
    traces = [each["trace"] for each in events[:-1]]
    assert {each["agentId"] for each in traces} == {agent_id}
    assert {each["sessionId"] for each in traces} == {"now"}
    parts = [next(iter(each["trace"]["orchestrationTrace"].items())) for each in traces]
    ids = [part["traceId"] for _, part in parts]
    assert [ids.count(each) for each in dict.fromkeys(ids)] == [5, 4]
    assert [each.rpartition("-")[2] for each in dict.fromkeys(ids)] == ["0", "1"]

    prompt = json.loads(dict(parts[:1])["modelInvocationInput"]["text"])
    synopsis = prompt["system"].partition("<memory_synopsis>")[2].partition("</memory_synopsis>")[0]
    assert '<session id="before"' in synopsis
    assert "31210d94" in synopsis
    assert prompt["messages"] == [{"role": "user", "content": BOOKING}]
    assert parts[0][1]["foundationModel"] == "agentcore-studio.rules-v1"
    called = parts[3][1]["actionGroupInvocationInput"]
    assert (called["executionType"], called["function"]) == ("LAMBDA", "book_trip")
    assert {"name": "origin", "type": "string", "value": "Boston"} in called["parameters"]
    assert "31210d94" in parts[4][1]["actionGroupInvocationOutput"]["text"]
    assert parts[-1][1]["type"] == "FINISH"
    assert parts[-1][1]["finalResponse"]["text"] == text_of(events)
    json.dumps(traces, default=str)  # the notebook's own json.dumps stumbles over eventTime
    with pytest.raises(TypeError):
        json.dumps(traces)


def test_memory_is_each_persons_own_and_of_one_alias(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    alias = travel.control.create_agent_alias(agentId=agent_id, agentAliasName="live")["agentAlias"]
    travel.remember(agent_id, "one", "dora", BOOKING)
    where = {"agentAliasId": alias["agentAliasId"]}
    assert travel.memory(agent_id, "dora", **where) == []
    assert travel.memory(agent_id, "somebody") == []
    asked = travel.say(agent_id, "Cancel my trip", "two", memoryId="dora", **where)
    assert "Please tell me booking_id" in asked
    assert "31210d94" not in travel.say(agent_id, "Cancel my trip", "three", memoryId="somebody")


def test_a_turn_without_memory_id_is_not_remembered(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    travel.events(agent_id, BOOKING, "mixed")
    made = travel.remember(agent_id, "mixed", "eve", "Cancel trip ab12cd34")
    assert "ab12cd34" in made["summaryText"]
    assert "Boston" not in made["summaryText"]


def test_summaries_are_paged_newest_first_and_deleted_one_by_one(travel: Clients) -> None:
    agent_id = travel.prepared()
    for number in range(3):
        travel.remember(agent_id, f"session-{number}", "fred", f"Cancel trip ab12cd3{number}")
    where = {"agentId": agent_id, "agentAliasId": TEST_ALIAS, "memoryId": "fred"}
    asked = where | {"memoryType": "SESSION_SUMMARY", "maxItems": 1}
    pages = list(walk(travel.runtime.get_agent_memory, "memoryContents", **asked))
    names = [page[0]["sessionSummary"]["sessionId"] for page in pages]
    assert names == ["session-2", "session-1", "session-0"]
    travel.runtime.delete_agent_memory(**where, sessionId="session-1")
    assert [each["sessionId"] for each in travel.memory(agent_id, "fred")] == ["session-2", "session-0"]
    token = travel.runtime.get_agent_memory(**asked)["nextToken"]
    other = asked | {"memoryId": "gina"}
    refused("ValidationException", travel.runtime.get_agent_memory, **other, nextToken=token)
    travel.runtime.delete_agent_memory(agentId=agent_id, agentAliasId=TEST_ALIAS)
    assert travel.memory(agent_id, "fred") == []


def test_only_the_recent_sessions_are_in_the_prompt(travel: Clients) -> None:
    recent = {"sessionSummaryConfiguration": {"maxRecentSessions": 1}}
    memory = {"enabledMemoryTypes": ["SESSION_SUMMARY"]} | recent
    agent_id = travel.prepared(memoryConfiguration=memory)
    for name in ("older", "newer"):
        travel.remember(agent_id, name, "hugo", "Cancel trip ab12cd34")
    events = travel.events(agent_id, "hello", "now", memoryId="hugo", enableTrace=True)
    prompt = events[0]["trace"]["trace"]["orchestrationTrace"]["modelInvocationInput"]["text"]
    assert "newer" in prompt
    assert "older" not in prompt
    assert len(travel.memory(agent_id, "hugo")) == 2


def test_a_session_ends_and_its_name_begins_anew(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    travel.events(agent_id, BOOKING, "again")
    assert travel.say(agent_id, "Cancel my trip", "again") == "Cancelled 31210d94"
    assert travel.say(agent_id, "end", "again", endSession=True) == END
    assert "Please tell me booking_id" in travel.say(agent_id, "Cancel my trip", "again")
    assert travel.say(agent_id, session="never", endSession=True) == END


# --- return of control ------------------------------------------------------------------------------


def test_control_is_returned_and_given_back(travel: Clients) -> None:
    agent_id = travel.prepared()
    events = travel.events(agent_id, BOOKING, enableTrace=True)
    assert parts_of(events) == [*STEP, "invocationInput"]
    returned = control_of(events)
    [asked] = [each["functionInvocationInput"] for each in returned["invocationInputs"]]
    assert (asked["actionGroup"], asked["function"], asked["actionInvocationType"]) == (
        GROUP,
        "book_trip",
        "RESULT",
    )
    values = {each["name"]: each["value"] for each in asked["parameters"]}
    assert values["start_date"] == "2024-07-11"
    answered = travel.events(agent_id, sessionState=results(returned, "Booked as 77ff00aa"), enableTrace=True)
    assert text_of(answered) == "Booked as 77ff00aa"
    assert parts_of(answered) == ["observation", *STEP, "observation"]


def test_results_have_to_fit_what_was_asked(travel: Clients) -> None:
    agent_id = travel.prepared()
    returned = control_of(travel.events(agent_id, BOOKING, "fits"))
    good = results(returned, "Booked.")
    call = {"agentId": agent_id, "agentAliasId": TEST_ALIAS, "sessionId": "fits"}
    for state, complaint in (
        (good | {"invocationId": "another"}, "invocationId"),
        (results(returned, "Booked.", function="unknown"), "book_trip is missing"),
        (good | {"returnControlInvocationResults": good["returnControlInvocationResults"] * 2}, "not asked"),
    ):
        told = refused("ValidationException", travel.runtime.invoke_agent, **call, sessionState=state)
        assert complaint in told
    failure = results(returned, "No seats.", responseState="FAILURE")
    told = refused("DependencyFailedException", travel.runtime.invoke_agent, **call, sessionState=failure)
    assert "No seats." in told
    assert travel.say(agent_id, session="fits", sessionState=good) == "Booked."
    refused("ValidationException", travel.runtime.invoke_agent, **call, sessionState=good)


def test_who_says_something_else_instead_is_answered(travel: Clients) -> None:
    agent_id = travel.prepared()
    travel.events(agent_id, BOOKING, "else")
    returned = control_of(travel.events(agent_id, "Cancel trip ab12cd34 please", "else"))
    [asked] = [each["functionInvocationInput"] for each in returned["invocationInputs"]]
    assert asked["function"] == "delete_existing_trip_reservation"


@pytest.mark.parametrize("state", ["CONFIRM", "DENY"])
def test_a_function_that_needs_confirmation_returns_control_first(travel: Clients, state: str) -> None:
    careful = [FUNCTIONS[0], FUNCTIONS[2] | {"requireConfirmation": "ENABLED"}]
    agent_id = travel.prepared({"lambda": travel.function()}, careful)
    session = f"careful-{state}"
    returned = control_of(travel.events(agent_id, "Cancel trip ab12cd34", session))
    asked = returned["invocationInputs"][0]["functionInvocationInput"]
    assert asked["actionInvocationType"] == "USER_CONFIRMATION"
    given = {"actionGroup": GROUP, "function": asked["function"], "confirmationState": state}
    answer = {
        "invocationId": returned["invocationId"],
        "returnControlInvocationResults": [{"functionResult": given}],
    }
    told = travel.say(agent_id, session=session, sessionState=answer)
    assert told == "Cancelled ab12cd34" if state == "CONFIRM" else "denied" in told


def test_without_the_switch_lambda_returns_control_and_invoke_is_refused(endpoint: Any) -> None:
    clients = Clients.of(endpoint)
    arn = clients.function()
    agent_id = clients.prepared({"lambda": arn})
    assert "returnControl" in clients.events(agent_id, BOOKING)[-1]
    told = refused("NotImplementedException", clients.functions.invoke, FunctionName=arn)
    assert "--run-lambda-code" in told
    clients.close()


# --- attributes, streaming, citations ---------------------------------------------------------------


def test_attributes_reach_lambda_and_the_prompt(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    state = {"sessionAttributes": {"suffix": " (gold)"}, "promptSessionAttributes": {"hint": " now"}}
    events = travel.events(agent_id, BOOKING, "attributes", sessionState=state, enableTrace=True)
    assert text_of(events).endswith("31210d94 (gold) now")
    prompt = events[0]["trace"]["trace"]["orchestrationTrace"]["modelInvocationInput"]["text"]
    assert "hint:  now" in prompt
    assert "gold" not in prompt
    later = travel.say(agent_id, "Cancel my trip", "attributes")
    assert later == "Cancelled 31210d94 (gold)"  # the session's stay, the prompt's do not


def test_a_function_may_set_attributes(travel: Clients) -> None:
    source = HANDLER.replace("return {", 'return {"sessionAttributes": {"suffix": "!"}, ')
    agent_id = travel.with_lambda(source)
    assert travel.say(agent_id, "Cancel trip ab12cd34", "sets") == "Cancelled ab12cd34"
    assert travel.say(agent_id, "Cancel trip ab12cd35", "sets") == "Cancelled ab12cd35!"


def test_an_answer_is_streamed_in_pieces_that_add_up(travel: Clients) -> None:
    agent_id = travel.prepared()
    whole = travel.events(agent_id, "hello", "whole")
    assert len(whole) == 1
    streaming = {"streamFinalResponse": True, "applyGuardrailInterval": 20}
    pieces = travel.events(agent_id, "hello", "pieces", streamingConfigurations=streaming)
    assert len(pieces) > 3
    assert text_of(pieces) == text_of(whole)
    assert all(len(each["chunk"]["bytes"]) >= 20 for each in pieces[:-1])


def test_what_is_recalled_is_cited_with_its_session(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    travel.remember(agent_id, "before", "ivy", BOOKING)
    [event] = travel.events(agent_id, "Cancel my trip", "cites", memoryId="ivy")
    [citation] = event["chunk"]["attribution"]["citations"]
    part = citation["generatedResponsePart"]["textResponsePart"]
    span = part["span"]
    assert event["chunk"]["bytes"].decode()[span["start"] : span["end"]] == part["text"]
    [reference] = citation["retrievedReferences"]
    assert reference["location"] == {
        "type": "CUSTOM",
        "customDocumentLocation": {"id": "memory/session/before"},
    }


def test_a_conversation_can_begin_with_a_history(travel: Clients) -> None:
    agent_id = travel.with_lambda()
    history = [
        {"role": "user", "content": [{"text": BOOKING.replace(" Via AIR.", "")}]},
        {"role": "assistant", "content": [{"text": "Please tell me transportation_mode."}]},
    ]
    state = {"conversationHistory": {"messages": history}}
    assert travel.say(agent_id, "TRAIN", "handed-over", sessionState=state).startswith("Booked from Boston")


# --- what goes wrong --------------------------------------------------------------------------------


def test_requests_that_cannot_be_served_are_refused_before_the_stream(travel: Clients) -> None:
    invoke, agent_id = travel.runtime.invoke_agent, travel.agent()
    where = {"agentAliasId": TEST_ALIAS, "sessionId": "s1"}
    assert "is not prepared" in refused(
        "ValidationException", invoke, agentId=agent_id, inputText="hello", **where
    )
    refused("ResourceNotFoundException", invoke, agentId="AAAAAAAAAA", inputText="hello", **where)
    travel.control.prepare_agent(agentId=agent_id)
    unknown = where | {"agentAliasId": "AAAAAAAAAA"}
    refused("ResourceNotFoundException", invoke, agentId=agent_id, inputText="hello", **unknown)
    refused("ValidationException", invoke, agentId=agent_id, inputText="", **where)
    refused("ValidationException", invoke, agentId=agent_id, inputText="x", **where | {"sessionId": "a b"})
    files = [{"name": "a.txt", "source": {"sourceType": "S3"}, "useCase": "CHAT"}]
    told = refused(
        "ValidationException", invoke, agentId=agent_id, inputText="x", sessionState={"files": files}, **where
    )
    assert "sessionState.files" in told
    with pytest.raises(ParamValidationError, match="memoryId"):
        invoke(agentId=agent_id, inputText="hello", memoryId=None, **where)


BROKEN = """
def handler(event, context):
    if event["function"] == "delete_existing_trip_reservation" and new_start_date:
        new_start_date = 1
"""


def failed(travel: Clients, agent_id: str, text: str = "Cancel trip ab12cd34") -> tuple[str, str]:
    """The error with which a turn's stream ends: code and message."""
    with pytest.raises(EventStreamError) as caught:
        travel.events(agent_id, text, "fails")
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_function_that_raises_fails_the_stream_and_says_why(travel: Clients) -> None:
    arn = travel.function(BROKEN)
    agent_id = travel.prepared({"lambda": arn})
    code, message = failed(travel, agent_id)
    assert code == "dependencyFailedException"
    assert message.startswith(
        f"Your request couldn't be completed. Lambda function {arn} encountered a problem while processing "
        "request.The error message from the Lambda function is Unhandled."
    )
    assert "UnboundLocalError: cannot access local variable 'new_start_date'" in message
    # The session goes on.
    assert "I can call" in travel.say(agent_id, "hello", "fails")


def test_the_trace_of_a_failure_ends_with_the_failure(travel: Clients) -> None:
    agent_id = travel.with_lambda(BROKEN)
    seen: list[dict[str, Any]] = []
    with pytest.raises(EventStreamError):
        seen.extend(travel.live(agent_id, "Cancel trip ab12cd34", "traced", enableTrace=True))
    assert parts_of(seen) == [*STEP, "invocationInput", "failureTrace"]


def test_other_ways_in_which_a_function_fails(travel: Clients) -> None:
    slow = travel.functions.create_function(
        FunctionName="slow",
        Runtime="python3.12",
        Handler="code.handler",
        Role="arn:aws:iam::000000000000:role/agent",
        Timeout=1,
        Code={"ZipFile": zipped("import time\n\ndef handler(event, context): time.sleep(60)")},
    )["FunctionArn"]
    denied = travel.prepared({"lambda": slow})
    code, message = failed(travel, denied)
    assert code == "accessDeniedException"
    assert "lambda:InvokeFunction" in message
    travel.functions.add_permission(
        FunctionName="slow",
        StatementId="agents",
        Action="lambda:InvokeFunction",
        Principal="bedrock.amazonaws.com",
    )
    code, message = failed(travel, denied)
    assert (code, "timed out after 1.00 seconds" in message) == ("dependencyFailedException", True)
    odd = travel.with_lambda("def handler(event, context): return {'answer': 42}")
    code, message = failed(travel, odd)
    assert code == "dependencyFailedException"
    assert "processing the Lambda response" in message
    nobody = travel.prepared({"lambda": slow.replace("slow", "nobody")})
    code, message = failed(travel, nobody)
    assert (code, "does not exist" in message) == ("dependencyFailedException", True)
