"""What a model is told in each step: instructions to start from, and the form of the answer.

AWS publishes the instructions of its built-in strategies (developer guide, the pages of `GUIDE`), which may
be copied from there. The texts here are this dashboard's own, written for the same task. A custom strategy's
`appendToPrompt` replaces the instructions, in spite of its name; the form of the answer is always added by
the service, and cannot be changed.
"""

from __future__ import annotations

from services.memory.namespaces import StrategyKindName
from services.memory.strategy_kinds import StepName

_GUIDE_AT = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide"
GUIDE: dict[StrategyKindName, str] = {
    "semantic": f"{_GUIDE_AT}/memory-system-prompt.html",
    "user_preference": f"{_GUIDE_AT}/memory-user-prompt.html",
    "summary": f"{_GUIDE_AT}/memory-summary-prompt.html",
    "episodic": f"{_GUIDE_AT}/memory-episodic-prompt.html",
}

# What a dry run asks of each kind, in order. Reflections look across episodes of many sessions: one session
# cannot show them.
DRY_STEPS: dict[StrategyKindName, tuple[StepName, ...]] = {
    "semantic": ("extraction", "consolidation"),
    "user_preference": ("extraction", "consolidation"),
    "summary": ("consolidation",),
    "episodic": ("extraction", "consolidation"),
}

_DECIDE = """\
Decide for each new item what becomes of it, looking at the stored ones that are nearest to it.
- AddMemory: it says something new, contradicts what is stored, or tells of another time.
- UpdateMemory: it completes a stored one. The updated text keeps every detail that was there.
- SkipMemory: it is stored already, or not worth keeping."""

INSTRUCTIONS: dict[tuple[StrategyKindName, StepName], str] = {
    ("semantic", "extraction"): """\
You collect lasting facts about the user of an AI agent, so that the agent knows them next time.

- Take facts from the user's messages. The agent's messages and the earlier conversation only help to \
understand them.
- Write down what was said, or plainly follows from it. Add nothing from general knowledge.
- One fact is one simple sentence that can be understood alone: names instead of pronouns, with the numbers, \
places and dates that were given.
- Small talk, questions and requests of the moment are no facts. Say nothing twice.
- Keep the user's language.""",
    ("user_preference", "extraction"): """\
You collect what the user of an AI agent prefers, so that the agent can act on it next time.

- A preference is a like, a dislike, a choice, a habit, or how the user wants to be served: said outright, \
or shown by repeated behaviour. A single request shows none.
- Take it from the user's messages. The agent's messages and the earlier conversation only help to \
understand them.
- Give with each preference what showed it, and one to three topics.
- Keep the user's language.""",
    ("semantic", "consolidation"): f"You keep a store of facts about the user of an AI agent.\n\n{_DECIDE}",
    ("user_preference", "consolidation"): (
        f"You keep a store of preferences of the user of an AI agent.\n\n{_DECIDE}"
    ),
    ("summary", "consolidation"): """\
You keep the running summary of a conversation. You are given the short summary so far, the detailed summary \
of earlier parts, and the new part. An earlier conversation, if one is given, only helps to understand it.

- The short summary says what the conversation is about and what is required, in at most 100 words. Change \
it only for something important.
- The detailed summary is of the new part only, by topic, without repeating earlier parts.
- Write only what was said or plainly follows from it, in the language of the conversation.""",
    ("episodic", "extraction"): """\
You analyse how an AI agent served its user, turn by turn. Say for each turn in which situation the agent \
was, what it wanted to achieve, what it did (tools with their arguments, in order), why, whether that \
worked, and whether the user's matter was over after the turn: when the user says so, or turns to something \
else in the next turn. One or two sentences each. An earlier conversation, if one is given, only helps to \
understand the turns. Leave out personal data.""",
    ("episodic", "consolidation"): """\
You are given the turns of an episode between a user and an AI agent, as they were analysed. Say what led \
the user to ask, what the user wanted, whether that was reached and how one sees it, and what can be learned \
for the next time: which tools and arguments worked, what to avoid. Leave out personal data.""",
}

_LIST = "Answer with one JSON list and nothing else: no introduction, no explanation."
_FACT = '{"fact": "…"}'
_PREFERENCE = '{"context": "…", "preference": "…", "categories": ["…"]}'
_DECISION = """\
{list}
Each element: {{"memory": {item}, "operation": "AddMemory", "UpdateMemory" or "SkipMemory"}}
"memory" is the new item, word for word. With UpdateMemory also "update_id", the ID of the stored one, and
"updated_memory": {item}"""

ANSWER_FORMS: dict[tuple[StrategyKindName, StepName], str] = {
    ("semantic", "extraction"): f"{_LIST}\nEach element: {_FACT}\nNothing to extract: []",
    ("user_preference", "extraction"): f"{_LIST}\nEach element: {_PREFERENCE}\nNothing to extract: []",
    ("semantic", "consolidation"): _DECISION.format(list=_LIST, item=_FACT),
    ("user_preference", "consolidation"): _DECISION.format(list=_LIST, item=_PREFERENCE),
    ("summary", "consolidation"): """\
Answer in this form and with nothing else:
<global_summary>the short summary</global_summary>
<delta_detailed_summary>
<topic name="name of the topic">what the new part says about it</topic>
</delta_detailed_summary>""",
    ("episodic", "extraction"): """\
Answer in this form and with nothing else, one <summary_turn> for each turn, in order:
<summary>
<summary_turn>
<turn_id>number of the turn</turn_id>
<situation>…</situation>
<intent>…</intent>
<action>…</action>
<thought>…</thought>
<assessment_assistant>Yes or No, and why</assessment_assistant>
<assessment_user>Yes or No (is the user's matter over after this turn?), and why</assessment_user>
</summary_turn>
</summary>""",
    ("episodic", "consolidation"): """\
Answer in this form and with nothing else:
<summary>
<situation>…</situation>
<intent>…</intent>
<assessment>Yes or No</assessment>
<justification>…</justification>
<reflection>…</reflection>
</summary>""",
}
"""Members, tags and operations are the service's (developer guide); the words around them are ours."""

REPAIR = "That answer cannot be used: {problem}. Answer again, in exactly the form that was asked for."


def system_prompt(kind: StrategyKindName, step: StepName, instructions: str) -> str:
    """The instructions, then the form of the answer, as the service joins them."""
    return f"{instructions}\n\n{ANSWER_FORMS[kind, step]}"
