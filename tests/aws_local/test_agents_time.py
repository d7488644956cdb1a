"""What happens to agents and their sessions as time passes, without the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from services.aws_local.agents import summarising
from services.aws_local.agents.action_calls import NO_RESULT
from services.aws_local.agents.brain import Prompt, Reply
from services.aws_local.agents.rule_brain import RuleBrain
from services.aws_local.backend import Backend, Settings
from services.aws_local.call import Call, Scope
from services.aws_local.errors import DependencyFailedException, ServiceError
from services.aws_local.operations import handlers
from tests.aws_local.agentcore import until
from tests.aws_local.travel import FUNCTIONS, GROUP, ROLE_ARN, definition, parameter, zipped

CANCEL = "Cancel trip 31210d94"
TEST_ALIAS = {"agentAliasId": "TSTALIASID"}


class InProcess:
    """The operations of agents on a backend of the test's own."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        for service in ("bedrock-agent", "bedrock-agent-runtime", "lambda"):
            handler = handlers().get((service, operation))
            if handler:
                answer = handler(Call(self.backend, Scope(), service, operation, "request"), params)
                assert isinstance(answer, dict)
                return answer
        raise LookupError(operation)

    def prepared(
        self,
        functions: list[dict[str, Any]] | None = None,
        executor: dict[str, str] | None = None,
        **changes: Any,
    ) -> str:
        agent_id: str = self("CreateAgent", **definition(**changes))["agent"]["agentId"]
        self(
            "CreateAgentActionGroup",
            agentId=agent_id,
            agentVersion="DRAFT",
            actionGroupName=GROUP,
            functionSchema={"functions": functions or FUNCTIONS},
            **({"actionGroupExecutor": executor} if executor else {}),
        )
        self("PrepareAgent", agentId=agent_id)
        return agent_id

    def say(self, agent_id: str, text: str, session: str = "s1", **params: Any) -> list[dict[str, Any]]:
        turn = {"sessionId": session, "inputText": text, "memoryId": "anna"} | params
        return list(self("InvokeAgent", agentId=agent_id, **TEST_ALIAS | turn)["completion"])

    def memory(self, agent_id: str, **params: Any) -> list[dict[str, Any]]:
        where = TEST_ALIAS | {"memoryId": "anna", "memoryType": "SESSION_SUMMARY"} | params
        found = self("GetAgentMemory", agentId=agent_id, **where)["memoryContents"]
        return [each["sessionSummary"] for each in found]

    def function(self, source: str) -> str:
        """The ARN of a Lambda function that every agent may call."""
        made = self(
            "CreateFunction",
            FunctionName="trips",
            Runtime="python3.12",
            Handler="code.handler",
            Role=ROLE_ARN,
            Timeout=30,
            Code={"ZipFile": zipped(source)},
        )
        allowed = {"Action": "lambda:InvokeFunction", "Principal": "bedrock.amazonaws.com"}
        self("AddPermission", FunctionName="trips", StatementId="agents", **allowed)
        arn: str = made["FunctionArn"]
        return arn


@contextmanager
def running(data_dir: Path, **settings: Any) -> Iterator[InProcess]:
    given = {"extraction_delay": 3600.0, "summary_delay": 0.0} | settings
    backend = Backend.open(data_dir, Settings(**given))
    backend.start()
    try:
        yield InProcess(backend)
    finally:
        backend.close()


def test_an_agent_in_transition_is_not_changed(tmp_path: Path) -> None:
    with running(tmp_path, transition_seconds=3600.0) as call:
        agent_id = call("CreateAgent", **definition())["agent"]["agentId"]
        assert call("GetAgent", agentId=agent_id)["agent"]["agentStatus"] == "CREATING"
        with pytest.raises(ServiceError) as caught:
            call("CreateAgentActionGroup", agentId=agent_id, agentVersion="DRAFT", actionGroupName="a")
        assert (caught.value.code, caught.value.message) == (
            "ValidationException",
            "Create operation can't be performed on AgentActionGroup when Agent is in Creating state. Retry "
            "the request when the agent is in a valid state.",
        )
        with pytest.raises(ServiceError) as caught:
            call("PrepareAgent", agentId=agent_id)
        assert caught.value.message == (
            "Prepare operation can't be performed on Agent when it is in Creating state. Retry the request "
            "when the agent is in a valid state."
        )
        call("DeleteAgent", agentId=agent_id)
        assert call("GetAgent", agentId=agent_id)["agent"]["agentStatus"] == "DELETING"


def test_who_is_waited_for_by_the_store_may_end_an_abandoned_turn(tmp_path: Path) -> None:
    """Garbage collection ends a turn in any thread, here in the one that commits, which has more to do: it
    cannot wait for what comes after that."""
    with running(tmp_path) as call:
        agent_id, store, ended = call.prepared(), call.backend.store, threading.Event()
        where = TEST_ALIAS | {"sessionId": "s1", "inputText": CANCEL, "memoryId": "anna"}
        turn = call("InvokeAgent", agentId=agent_id, enableTrace=True, **where)["completion"]
        next(turn)

        def collect(_: object) -> None:
            store.submit([_nothing], lambda _: None)
            turn.close()
            ended.set()

        store.submit([_nothing], collect)
        assert ended.wait(60)
        call.say(agent_id, "", endSession=True)
        until(lambda: call.memory(agent_id))


def _nothing(connection: apsw.Connection) -> None:
    """A task that writes nothing."""


def test_an_alias_that_is_deleted_takes_its_memory_along(tmp_path: Path) -> None:
    secret = "Zanzibarquartz"
    with running(tmp_path) as call:
        agent_id = call.prepared()
        alias = call("CreateAgentAlias", agentId=agent_id, agentAliasName="live")["agentAlias"][
            "agentAliasId"
        ]
        of_alias = {"agentAliasId": alias}
        call.say(agent_id, f"My code word is {secret}. {CANCEL}", **of_alias)
        call.say(agent_id, "", endSession=True, **of_alias)
        until(lambda: call.memory(agent_id, **of_alias))
        call.say(agent_id, f"It is still {secret}.", "open", **of_alias)
        call("DeleteAgentAlias", agentId=agent_id, **of_alias)
        assert call.backend.health()["pendingSummaries"] == 0
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert secret.encode() not in kept


def test_an_alias_that_is_being_deleted_cannot_be_updated(tmp_path: Path) -> None:
    with running(tmp_path) as call:
        agent_id = call.prepared()
        alias = call("CreateAgentAlias", agentId=agent_id, agentAliasName="live")["agentAlias"][
            "agentAliasId"
        ]
    with running(tmp_path, transition_seconds=3600.0) as call:
        where = {"agentId": agent_id, "agentAliasId": alias}
        call("DeleteAgentAlias", **where)
        with pytest.raises(ServiceError) as caught:
            call("UpdateAgentAlias", **where, agentAliasName="live")
        assert caught.value.code == "ValidationException"
        assert call("GetAgentAlias", **where)["agentAlias"]["agentAliasStatus"] == "DELETING"


class Scripted(RuleBrain):
    """Wants two functions to be called in one breath; what it was told of them is kept."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.prompts: list[Prompt] = []

    def reply(self, prompt: Prompt) -> Reply:
        self.prompts.append(prompt)
        if len(self.prompts) > 1:
            return Reply("All told.")
        uses = [{"toolUseId": name, "name": f"{GROUP}__{name}", "input": {}} for name in self.names]
        return Reply(tool_uses=tuple(uses))

    def told(self) -> dict[str, tuple[str, str]]:
        """What the last prompt says of each function: status and text."""
        blocks = [block for each in self.prompts[-1].messages for block in each["content"]]
        results = [block["toolResult"] for block in blocks if "toolResult" in block]
        return {each["toolUseId"]: (each["status"], each["content"][0]["text"]) for each in results}


ONE_FAILS = """
def handler(event, context):
    if event["function"] == "fail":
        raise RuntimeError("no")
    body = {"TEXT": {"body": "Paid once."}}
    response = {"functionResponse": {"responseBody": body}}
    return {"response": response | {"actionGroup": event["actionGroup"], "function": event["function"]}}
"""


def function(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": name,
        "parameters": {"reason": parameter("why", required=False)},
    } | more


def test_of_two_functions_the_one_that_ran_is_remembered_when_the_other_fails(tmp_path: Path) -> None:
    brain = Scripted("pay", "fail")
    with running(tmp_path, brain=brain, run_lambda_code=True) as call:
        executor = {"lambda": call.function(ONE_FAILS)}
        agent_id = call.prepared([function("pay"), function("fail")], executor)
        with pytest.raises(DependencyFailedException):
            call.say(agent_id, "Pay, then fail.")
        call.say(agent_id, "And now?")
    assert brain.told() == {"pay": ("success", "Paid once."), "fail": ("error", NO_RESULT)}


def test_of_two_confirmed_functions_the_one_that_ran_is_remembered_too(tmp_path: Path) -> None:
    brain = Scripted("pay", "fail")
    careful = [function(name, requireConfirmation="ENABLED") for name in brain.names]
    with running(tmp_path, brain=brain, run_lambda_code=True) as call:
        agent_id = call.prepared(careful, {"lambda": call.function(ONE_FAILS)})
        asked = call.say(agent_id, "Pay, then fail.")[-1]["returnControl"]
        confirmed = [
            {"functionResult": {"actionGroup": GROUP, "function": name, "confirmationState": "CONFIRM"}}
            for name in brain.names
        ]
        state = {"invocationId": asked["invocationId"], "returnControlInvocationResults": confirmed}
        with pytest.raises(DependencyFailedException):
            call.say(agent_id, "", sessionState=state)
        with pytest.raises(ServiceError, match="does not belong"):
            call.say(agent_id, "", sessionState=state)
        call.say(agent_id, "And now?")
    assert brain.told() == {"pay": ("success", "Paid once."), "fail": ("error", NO_RESULT)}


def test_results_can_be_given_again_when_nothing_was_carried_out(tmp_path: Path) -> None:
    brain = Scripted("fail")
    with running(tmp_path, brain=brain, run_lambda_code=True) as call:
        careful = [function("fail", requireConfirmation="ENABLED")]
        agent_id = call.prepared(careful, {"lambda": call.function(ONE_FAILS)})
        asked = call.say(agent_id, "Fail.")[-1]["returnControl"]
        given = {"actionGroup": GROUP, "function": "fail", "confirmationState": "CONFIRM"}
        state = {
            "invocationId": asked["invocationId"],
            "returnControlInvocationResults": [{"functionResult": given}],
        }
        for _ in range(2):
            with pytest.raises(DependencyFailedException):
                call.say(agent_id, "", sessionState=state)


def test_a_quiet_session_ends_by_itself_and_is_summarised(tmp_path: Path) -> None:
    with running(tmp_path, idle_seconds=0.05) as call:
        agent_id = call.prepared()
        call.say(agent_id, CANCEL)
        [summary] = until(lambda: call.memory(agent_id))
        assert summary["sessionId"] == "s1"
        assert "31210d94" in summary["summaryText"]


def test_a_session_goes_on_after_a_restart_and_its_summary_comes_after_one(tmp_path: Path) -> None:
    with running(tmp_path) as call:
        agent_id = call.prepared()
        asked = call.say(agent_id, CANCEL)[-1]["returnControl"]
    with running(tmp_path, summary_delay=3600.0) as call:
        result = {"actionGroup": GROUP, "function": "delete_existing_trip_reservation"}
        given = {"functionResult": result | {"responseBody": {"TEXT": {"body": "Cancelled."}}}}
        state = {"invocationId": asked["invocationId"], "returnControlInvocationResults": [given]}
        [answer] = call.say(agent_id, "", sessionState=state)
        assert answer["chunk"]["bytes"] == b"Cancelled."
        call.say(agent_id, "", endSession=True)
        assert call.memory(agent_id) == []
        assert call.backend.health()["pendingSummaries"] == 1
    with running(tmp_path) as call:
        [summary] = until(lambda: call.memory(agent_id))
        assert "Cancelled." in summary["summaryText"]
        assert call.backend.health()["pendingSummaries"] == 0


def test_deleting_a_memory_calls_off_the_summaries_that_were_to_come(tmp_path: Path) -> None:
    with running(tmp_path, summary_delay=3600.0) as call:
        agent_id = call.prepared()
        call.say(agent_id, CANCEL)
        call.say(agent_id, "", endSession=True)
        assert call.backend.health()["pendingSummaries"] == 1
        call("DeleteAgentMemory", agentId=agent_id, **TEST_ALIAS, memoryId="bob")
        assert call.backend.health()["pendingSummaries"] == 1
        call("DeleteAgentMemory", agentId=agent_id, **TEST_ALIAS, memoryId="anna")
        assert call.backend.health()["pendingSummaries"] == 0


@pytest.mark.parametrize("erased_by", ["DeleteAgentMemory", "DeleteAgent"])
def test_what_was_said_is_not_in_the_files_any_more(tmp_path: Path, erased_by: str) -> None:
    secret = "Zanzibarquartz"
    with running(tmp_path) as call:
        agent_id = call.prepared()
        call.say(agent_id, f"My code word is {secret}. {CANCEL}")
        call.say(agent_id, "", endSession=True)
        until(lambda: call.memory(agent_id))
        if erased_by == "DeleteAgent":
            call("DeleteAgent", agentId=agent_id)
        else:
            call("DeleteAgentMemory", agentId=agent_id, **TEST_ALIAS)
            assert call.memory(agent_id) == []
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert secret.encode() not in kept


def test_a_summary_goes_when_its_days_are_over(tmp_path: Path) -> None:
    with running(tmp_path) as call:
        memory = {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 0}
        agent_id = call.prepared(memoryConfiguration=memory)
        call.say(agent_id, CANCEL)
        call.say(agent_id, "", endSession=True)
        until(lambda: call.backend.health()["pendingSummaries"] == 0)
        assert call.memory(agent_id) == []
        count = "SELECT count(*) AS kept FROM agent_summaries"
        until(lambda: next(iter(call.backend.read(lambda db: list(db.execute(count)))))["kept"] == 0)


class Failing(RuleBrain):
    """Cannot summarise, so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times = times
        self.error = error

    def summary(self, messages: Any, model_id: str) -> str:
        self.times -= 1
        if self.times >= 0:
            raise self.error
        return super().summary(messages, model_id)


@pytest.mark.parametrize("error", [DependencyFailedException("no model"), KeyError("what was said")])
@pytest.mark.parametrize("failures", [1, summarising.MOST_ATTEMPTS])
def test_a_failed_summary_is_tried_again_and_given_up_in_the_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failures: int,
    error: Exception,
) -> None:
    monkeypatch.setattr(summarising, "RETRY_MS", 1)
    with running(tmp_path, brain=Failing(failures, error)) as call:
        agent_id = call.prepared()
        call.say(agent_id, CANCEL)
        call.say(agent_id, "", endSession=True)
        until(lambda: call.backend.health()["pendingSummaries"] == 0)
        assert len(call.memory(agent_id)) == (1 if failures == 1 else 0)
    assert "what was said" not in caplog.text
