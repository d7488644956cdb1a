"""The model behind Converse: rules, no language model, always the same answer to the same conversation.

It does what an agent with the tool `agent_core_memory` should do: record what the user tells about
themselves, look up what they ask, and answer from the records that came back, citing them. Without that tool
it answers from what was said in the conversation. It knows nothing else and says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.aws_local.conversation import recollection, utterances

MODEL_ID = "agentcore-studio.rules-v1"
MEMORY_TOOL = "agent_core_memory"
# A system prompt with this sentence tells the model not to record: the agent's host writes the turns.
STORED_AUTOMATICALLY = "Conversation turns are stored automatically"

_STAND_IN = "I am a rule-based stand-in without a language model"
_HELLO = f"Hello! {_STAND_IN}: tell me something about yourself, or ask what I remember about you."
_THANKS = "You are welcome."
_ALL_RIGHT = "All right."
_CANNOT = f"{_STAND_IN}, so I cannot do that. I can keep what you tell me and find it again."
_CANNOT_FORGET = (
    "I cannot delete memories. Delete the record or its event yourself, for example in the dashboard."
)
_ONLY_WORDS = f"{_STAND_IN} and read words only."
_NO_RECALL = "You did not tell me in this conversation, and I have no memory tool to look it up with."
_NO_KEEPING = "I have no memory tool in this conversation, so I cannot keep that."
_FRAGMENT = "Please say it in a full sentence, such as “I prefer a window seat”, so that I can keep it."
# AWS's limits: 100 000 characters per message, 10 000 per search query.
_MAX_RECORDED = 20_000
MAX_QUERY = 1_000


@dataclass(frozen=True)
class Reply:
    """What the model answers: a text, or the tools it wants to be called (then the text may be empty)."""

    text: str = ""
    tool_uses: tuple[dict[str, Any], ...] = ()

    @property
    def stop_reason(self) -> str:
        """As Converse names it."""
        return "tool_use" if self.tool_uses else "end_turn"

    def content(self) -> list[dict[str, Any]]:
        """The content blocks of the assistant's message."""
        text = [{"text": self.text}] if self.text else []
        return [*text, *({"toolUse": use} for use in self.tool_uses)]


def reply(messages: Sequence[dict[str, Any]], system: str, tools: frozenset[str]) -> Reply:
    """The answer to a conversation (Converse messages, the last one the user's)."""
    results = [block["toolResult"] for block in messages[-1]["content"] if "toolResult" in block]
    if results:
        return Reply(" ".join(_report(messages, results, utterances.sentences(_last_text(messages)))))
    said = utterances.sentences(_text(messages[-1]))
    if not said:
        return Reply(_ONLY_WORDS)
    stored = STORED_AUTOMATICALLY in system
    wanted = memory_calls(said, records=not stored)
    if wanted and MEMORY_TOOL in tools:
        return Reply(tool_uses=tuple(memory_use(messages, i, call) for i, call in enumerate(wanted)))
    if wanted and wanted[-1]["action"] == "retrieve":
        return Reply(_from_conversation(messages, said))
    if wanted:
        return Reply(_NO_KEEPING)
    return Reply(f"{_small_talk(said, stored=stored)}{_abilities(said, tools)}")


def tool_input_json(use: dict[str, Any]) -> str:
    """A tool's input as the text that a stream carries."""
    return json.dumps(use["input"], ensure_ascii=False)


def _text(message: dict[str, Any]) -> str:
    return "\n".join(block["text"] for block in message["content"] if "text" in block)


def _last_text(messages: Sequence[dict[str, Any]]) -> str:
    """What the user said last: tool results come as messages of the user too, they are passed over."""
    texts = (_text(message) for message in reversed(messages) if message["role"] == "user")
    return next(filter(None, texts), "")


def memory_calls(said: list[str], *, records: bool) -> list[dict[str, str]]:
    """The inputs of the memory tool that sentences call for; `records`: what is told is recorded too."""
    return list(_memory_calls(said, records=records))


def _memory_calls(said: list[str], *, records: bool) -> Iterator[dict[str, str]]:
    told = [sentence for sentence in said if _is_worth_recording(sentence)]
    if records and told:
        yield {"action": "record", "content": " ".join(map(utterances.third_person, told))[:_MAX_RECORDED]}
    asked = [sentence for sentence in said if utterances.act(sentence) == "question"]
    if asked:
        yield {"action": "retrieve", "query": " ".join(map(utterances.query, asked))[:MAX_QUERY]}


def _from_conversation(messages: Sequence[dict[str, Any]], said: list[str]) -> str:
    """The answer where there is no memory tool: what the user said of themselves in this conversation."""
    told = [
        sentence
        for message in messages
        if message["role"] == "user"
        for sentence in utterances.sentences(_text(message))
        if utterances.is_about_user(sentence) and _is_worth_recording(sentence)
    ]
    asked = [sentence for sentence in said if utterances.act(sentence) == "question"]
    heard = recollection.answering_statements(
        told, " ".join(map(utterances.query, asked)), broad=any(map(utterances.is_broad, asked))
    )
    if not heard:
        return _NO_RECALL
    return f"You told me in this conversation: {'; '.join(map(utterances.second_person, heard))}."


def _is_worth_recording(sentence: str) -> bool:
    """A statement about the user, or one that is long enough to say something."""
    if utterances.act(sentence) != "statement":
        return False
    return len(sentence.split()) >= (2 if utterances.is_about_user(sentence) else 4)


def memory_use(messages: Sequence[dict[str, Any]], index: int, tool_input: dict[str, str]) -> dict[str, Any]:
    """The call, with an id that is unique in the conversation and the same whenever it is repeated."""
    digest = hashlib.sha256(f"{len(messages)}/{index}/{tool_input}".encode()).hexdigest()
    return {"toolUseId": f"tooluse_{digest[:22]}", "name": MEMORY_TOOL, "input": tool_input}


def _report(
    messages: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]], said: list[str]
) -> Iterator[str]:
    """What came of the tool calls, one passage for each."""
    calls = {
        block["toolUse"]["toolUseId"]: block["toolUse"]
        for message in messages
        for block in message["content"]
        if "toolUse" in block
    }
    for result in results:
        tool_input = calls.get(result["toolUseId"], {}).get("input")
        call = tool_input if isinstance(tool_input, dict) else {}
        yield passage(call, result, said)


def passage(call: Mapping[str, Any], result: Mapping[str, Any], said: list[str]) -> str:
    """What came of one call of the memory tool for what was `said`."""
    text = " ".join(block["text"] for block in result["content"] if "text" in block)
    failed = result.get("status") == "error"
    match call.get("action"):
        case "record" if failed:
            return f"I could not store that: {recollection.shortened(text)}"
        case "record":
            return _acknowledgement([sentence for sentence in said if _is_worth_recording(sentence)])
        case "retrieve" if failed:
            return f"I could not look into my memory: {recollection.shortened(text)}"
        case "retrieve":
            asked = [sentence for sentence in said if utterances.act(sentence) == "question"]
            return recollection.answer(
                text, str(call.get("query", "")), broad=any(map(utterances.is_broad, asked))
            )
    return f"{_STAND_IN} and do not know what to do with the result of this tool."


def _acknowledgement(told: list[str]) -> str:
    repeated = "; ".join(map(utterances.second_person, told))
    return recollection.ended(f"Noted: {recollection.shortened(repeated)}") if told else "Noted."


def _small_talk(said: list[str], *, stored: bool) -> str:
    """The answer where no tool is wanted."""
    acts = {utterances.act(sentence) for sentence in said}
    if stored and "statement" in acts:
        return _acknowledgement([sentence for sentence in said if utterances.act(sentence) == "statement"])
    return next(answer for act, answer in _ANSWERS.items() if act in acts)


def _abilities(said: list[str], tools: frozenset[str]) -> str:
    """What can be done with tools, for who greets or asks for something that none of them does."""
    others = sorted(name.replace("_", " ") for name in tools if name != MEMORY_TOOL)
    if not others or not {"greeting", "request"} & {utterances.act(sentence) for sentence in said}:
        return ""
    return f" My tools are: {', '.join(others)}."


# By what a sentence does, the most demanding first. Questions always want the tool.
_ANSWERS: dict[utterances.Act, str] = {
    "erasure": _CANNOT_FORGET,
    "request": _CANNOT,
    "statement": _FRAGMENT,
    "thanks": _THANKS,
    "greeting": _HELLO,
    "assent": _ALL_RIGHT,
}
