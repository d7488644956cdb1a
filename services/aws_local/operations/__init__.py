"""What this endpoint answers: one module per group of operations, one public function per operation.

A module names its service in `SERVICE`; a function is named like the operation in snake_case
(`create_event` for CreateEvent). An operation without a function is answered with 501.
"""

from __future__ import annotations

import inspect
from functools import cache
from types import ModuleType

from botocore import xform_name

from services.aws_local.call import Handler
from services.aws_local.operations import (
    agentcore_control,
    agentcore_events,
    agentcore_records,
    agentcore_runtime,
    agentcore_runtime_control,
    bedrock_agent_aliases,
    bedrock_agent_groups,
    bedrock_agent_runtime,
    bedrock_agents,
    bedrock_runtime,
    iam,
    lambda_functions,
    sts,
)
from services.aws_local.wire.service_models import service_model

_MODULES = (
    agentcore_control,
    agentcore_events,
    agentcore_records,
    agentcore_runtime,
    agentcore_runtime_control,
    bedrock_agents,
    bedrock_agent_groups,
    bedrock_agent_aliases,
    bedrock_agent_runtime,
    bedrock_runtime,
    iam,
    lambda_functions,
    sts,
)


@cache
def handlers() -> dict[tuple[str, str], Handler]:
    """Every implemented operation: (service, operation name) to its function."""
    found: dict[tuple[str, str], Handler] = {}
    for module in _MODULES:
        found.update(_handlers_of(module))
    return found


def _handlers_of(module: ModuleType) -> dict[tuple[str, str], Handler]:
    """The module's handlers. Raises ValueError for a public function that is no operation."""
    service: str = module.SERVICE
    operations = {xform_name(name): name for name in service_model(service).operation_names}
    found: dict[tuple[str, str], Handler] = {}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            if name not in operations:
                raise ValueError(f"{module.__name__}.{name} is no operation of {service}")
            found[service, operations[name]] = function
    return found
