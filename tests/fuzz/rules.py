"""Why the endpoint may refuse a request that the model allows: the rules that only its documentation states.

Each pattern is a ValidationException's message. A refusal of a valid request in the words of the model's own
constraints is a finding; one in other words that are not listed here is one too, until it is listed.
"""

from __future__ import annotations

import re

_RULES = [
    # memories
    r"Memory with name \w+ already exists",
    r"Memory is in transitional state \w+.*",
    r"Please provide memoryExecutionRoleArn when .* specified",
    r".* appears more than once in \w+\.",
    r"regexPattern of namespace key \w+: .*",
    r"Indexed key .* already exists with another type\.",
    r"A memory has at most 10 indexed keys\.",
    r"A resource has at most 50 tags\.",
    r"Cannot (modify|delete|update) non-existent memory strategies: .*",
    # strategies
    r"Strategy with name \w+ already exists",
    r"Custom strategy \w+ requires a configuration\.",
    r"Strategy \S+ (is not self-managed|has no such \w+ to modify)\.",
    r"Namespace template .* uses undeclared variables: .*",
    r"Memory strategy \w+ is of Summarization type requiring \{sessionId\} .*",
    r"Reflection namespace '.*' must be the same as or a prefix of the episodic namespace .*",
    r"namespaces and namespaceTemplates must not differ\.",
    r"recordExpirySpecification action REMOVE is not applicable on create\.",
    r"Metadata schema key .* is declared more than once\.",
    r"A metadata schema has at most 3 STRICTLY_CONSISTENT keys\.",
    r"Summary strategies do not support STRICTLY_CONSISTENT keys\.",
    r"STRICTLY_CONSISTENT key .* must be an indexed STRING key without extractionConfig\.",
    r"LLM_INFERRED key .* requires extractionConfig with a definition\.",
    r"The validation of key .* must match its type\.",
    r"minValue of key .* must not be greater than its maxValue\.",
    # events
    r"Namespace variable \w+ is not one of the memory's namespaceKeys\.",
    r"Value \S+ of namespace variable \w+ is not allowed\.",
    r"eventTimestamp must not lie before 1970\.",
    r"rootEventId .* is no event of this session\.",
    r"The branch main has no rootEventId: .*",
    # records and lists
    r"Exactly one of namespace and namespacePath is required\.",
    r"Invalid nextToken: .*",
    r"Metadata key .* is not indexed and cannot be filtered by\.",
    r"Operator \w+ (requires|on|does not work with) .*",
    r"(requestIdentifier|memoryRecordId) must be unique within a request: .*",
    # agents
    r"The agent cannot be prepared without .*",
    r"\w+ operation can't be performed on \w+ when (it|Agent) is in [\w ]+ state\..*",
    r"An action group with parentActionGroupSignature takes no .*",
    r"An action group has either apiSchema or functionSchema, not both\.",
    r"An alias routes to a numbered version, only TSTALIASID to DRAFT\.",
    r"The alias \w+ cannot be (updated|deleted): every agent has it\.",
    r"A resource has at most 200 tags\.",
    r"Agent \w+ is not prepared: call PrepareAgent before you invoke \w+\.",
    r"Alias \w+ rejects invocations \(aliasInvocationState\)\.",
    r"Memory is not enabled for agent \w+ behind alias \w+\..*",
    r"memoryId cannot be used: memory is not enabled .*",
    r"inputText must not be empty\.",
    r"sessionState\.\w+ is not served by the embedded endpoint\..*",
    r"The invocationId in sessionState does not belong to a returned control of this session\.",
    # documents, and Converse
    r"Value at '.*' cannot be parsed: it is nested more than 200 levels deep",
    r"A conversation must end with a user message\.",
    r"The rule model cannot be forced to call a tool: use toolChoice auto\.",
]
_KNOWN = re.compile("|".join(f"(?:{rule})" for rule in _RULES), re.DOTALL)
_OF_THE_MODEL = re.compile(
    r"\d+ validation errors? detected|Value at '.*' cannot be parsed|.* is not valid ", re.DOTALL
)


def is_listed(message: str) -> bool:
    """Whether a refusal is one of the documented rules."""
    return _KNOWN.fullmatch(message) is not None


def is_of_the_model(message: str) -> bool:
    """Whether a refusal speaks of the model's constraints, or of JSON."""
    return _OF_THE_MODEL.match(message) is not None
