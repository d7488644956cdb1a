"""Our prompts. The instructions of a step can be replaced by a custom strategy's `appendToPrompt` (in spite
of its name, as on the service); what the answer must look like is always added after them.

A change of any text here is a new `PROMPTS` version: it is kept with each decision.
"""

from __future__ import annotations

VERSION = "prompts-1"

_NO_SECRETS = "Leave out passwords, keys, tokens, card and account numbers.\nKeep the language of the user."

INSTRUCTIONS: dict[tuple[str, str], str] = {
    ("SEMANTIC", "extraction"): f"""\
From the conversation below, collect lasting facts about the user. Take facts from the user's messages only;
the assistant's messages and the earlier conversation are there to understand them. Take what was said or
plainly follows from it, and nothing from general knowledge. Each fact is one sentence that can be understood
alone: write names instead of pronouns, and keep numbers, places and dates. Say nothing twice. Small talk,
questions and requests of the moment are no facts.
{_NO_SECRETS}""",
    ("USER_PREFERENCE", "extraction"): f"""\
From the conversation below, collect what the user prefers: likes, dislikes, choices, habits, and how they
want to be served. A preference may be stated outright, or shown clearly by repeated behaviour; a single
request shows none. Take it from the user's messages; the assistant's messages and the earlier conversation
are there to understand them.
{_NO_SECRETS}""",
    ("SEMANTIC", "consolidation"): """\
Below are new facts about a user, each with the stored memories that are nearest to it. Decide for each new
fact. AddMemory: it says something that no stored memory says, or it contradicts one, or it tells of another
time. UpdateMemory: it completes a stored memory; the updated memory keeps everything that was there.
SkipMemory: a stored memory says it already, or it is not worth keeping.""",
    ("USER_PREFERENCE", "consolidation"): """\
Below are new preferences of a user, each with the stored ones that are nearest to it. Decide for each new
preference. AddMemory: a lasting preference that is not stored. UpdateMemory: it refines or changes a stored
one; the updated memory says both together. SkipMemory: it is stored already, passing, a guess, or no
preference at all.""",
    ("SUMMARIZATION", "consolidation"): f"""\
Keep the running summary of a conversation. Below are the short summary of the whole so far, the detailed
summary of the parts before, and the new part. Write the short summary anew (at most 100 words; unchanged if
nothing important came), and a detailed summary of the new part only, by topic, without repeating what the
earlier parts say. Keep to what was said.
{_NO_SECRETS}""",
    ("EPISODIC", "extraction"): """\
Below is a conversation between a user and an assistant that uses tools, in numbered turns. Say for each turn
what situation the assistant was in, what it wanted to achieve, what it did (tools with their arguments, in
order), why, whether it achieved that, and whether the user's matter was over after the turn: it is when the
user says so, or turns to something else in the next turn. One or two sentences each. Leave out personal
data.""",
    ("EPISODIC", "consolidation"): """\
Below are the turns of one finished episode between a user and an assistant, as they were analysed. Say what
led the user to ask, what the user wanted, whether that was achieved and how one sees that, and what can be
learned for the next time: which tools and arguments worked, and what to avoid. Leave out personal data.""",
    ("EPISODIC", "reflection"): """\
Below are an episode, earlier episodes that resemble it, and what was learned from such episodes before. Say
what holds across them and would help an agent in other cases of the kind: what to do, what to avoid, and why.
Improve an existing reflection where the lesson is the same (add a new, narrower one where its text would
pass 300 words); say nothing new where all is said.""",
}

_JSON_LIST = "Answer with one JSON list and nothing else: no introduction, no explanation, no code fence."
_FACT = '{"fact": "<one self-contained sentence>"}'
_PREFERENCE = (
    '{"context": "<why this is a preference>", "preference": "<the preference>", '
    '"categories": ["<topic>", "<topic>"]}'
)

SCHEMAS: dict[tuple[str, str], str] = {
    ("SEMANTIC", "extraction"): f"{_JSON_LIST}\nEach element: {_FACT}\nNothing to extract: []",
    ("USER_PREFERENCE", "extraction"): f"{_JSON_LIST}\nEach element: {_PREFERENCE}\nNothing to extract: []",
    ("SEMANTIC", "consolidation"): f"""\
{_JSON_LIST}
Each element: {{"memory": {_FACT}, "operation": "AddMemory" or "UpdateMemory"}}
"memory" is the new fact, word for word. With UpdateMemory also "update_id", the ID of the stored memory, and
"updated_memory": {_FACT}
Leave out facts that are skipped. Nothing to change: []""",
    ("USER_PREFERENCE", "consolidation"): f"""\
{_JSON_LIST}
One element for each new preference: {{"memory": {_PREFERENCE}, "operation": "AddMemory", "UpdateMemory" or
"SkipMemory"}}
"memory" is the new preference, word for word. With UpdateMemory also "update_id", the ID of the stored one,
and "updated_memory": {_PREFERENCE}""",
    ("SUMMARIZATION", "consolidation"): """\
Answer in this form and with nothing else:
<global_summary>the short summary</global_summary>
<delta_detailed_summary>
<topic name="name of the topic">what the new part says about it</topic>
</delta_detailed_summary>""",
    ("EPISODIC", "extraction"): """\
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
    ("EPISODIC", "consolidation"): """\
Answer in this form and with nothing else:
<summary>
<situation>…</situation>
<intent>…</intent>
<assessment>Yes or No</assessment>
<justification>…</justification>
<reflection>…</reflection>
</summary>""",
    ("EPISODIC", "reflection"): """\
Answer in this form and with nothing else; no <reflection> where nothing is to be added:
<reflections>
<reflection>
<operator>add or update</operator>
<id>only with update: ID of the existing reflection</id>
<title>…</title>
<use_cases>for which goals and problems this helps</use_cases>
<hints>what to do, what to avoid, and why</hints>
<confidence>0.1 to 1.0</confidence>
</reflection>
</reflections>""",
}

REPAIR = "That answer cannot be used: {problem}. Answer again, in exactly the form that was asked for."


def system_prompt(strategy_type: str, step: str, instructions: str | None) -> str:
    """The instructions, a custom strategy's or ours, and the form of the answer."""
    given = instructions or INSTRUCTIONS[strategy_type, step]
    return f"{given}\n\n{SCHEMAS[strategy_type, step]}"
