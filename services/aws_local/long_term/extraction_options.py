"""The start options about long-term memory: a model server, and where self-managed strategies hand over."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from services.aws_local.extractors.model_server import (
    DEFAULT_TIMEOUT_SECONDS,
    ChatCompletions,
    Converse,
    ModelServer,
)
from services.aws_local.long_term.handover_delivery import Place, UnusablePlace, place_of


class UnusableOption(ValueError):
    """An option that cannot be carried out; the message says why."""


@dataclass(frozen=True)
class ExtractionOptions:
    """What the options come to; see Settings of the same names."""

    self_managed_to: Place | None
    model_server: ModelServer | None
    model_id: str | None


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group(
        "long-term memory", "Without these everything is extracted by rules, custom strategies too."
    )
    option = group.add_argument
    option(
        "--model-url",
        metavar="URL",
        help="let custom strategies ask the models that they name at this OpenAI-compatible server, for "
        "example http://127.0.0.1:11434/v1; what people said is sent there",
    )
    option(
        "--model-bedrock",
        metavar="REGION",
        help="the same with Bedrock Converse in this region, with the credentials that botocore finds; "
        "--model-url then names another address of it",
    )
    option(
        "--model-id",
        metavar="MODEL",
        help="extract the strategies that name no model with this one, instead of rules",
    )
    option(
        "--model-key-env",
        metavar="NAME",
        help="the environment variable that holds the API key of --model-url (default: no key is sent)",
    )
    option(
        "--model-timeout",
        type=float,
        default=DEFAULT_TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="how long an answer of a model may take (default: 60)",
    )
    option(
        "--self-managed-to",
        metavar="PLACE",
        help="hand the conversations of self-managed strategies over to this directory (S3 objects and SNS "
        "notifications as files) or http URL of this machine (a POST each); without it there is none",
    )


def read(options: argparse.Namespace) -> ExtractionOptions:
    """What was given; UnusableOption where it cannot be used."""
    try:
        place = place_of(options.self_managed_to) if options.self_managed_to else None
        server = _server(options)
    except (UnusablePlace, ValueError) as error:
        raise UnusableOption(str(error)) from None
    if server is None and (options.model_id or options.model_key_env):
        raise UnusableOption("--model-id and --model-key-env need --model-url or --model-bedrock.")
    return ExtractionOptions(place, server, options.model_id)


def model_server(options: argparse.Namespace) -> ModelServer | None:
    """Where models answer, if that was given; UnusableOption where it cannot be used."""
    try:
        return _server(options)
    except ValueError as error:
        raise UnusableOption(str(error)) from None


def _server(options: argparse.Namespace) -> ModelServer | None:
    if options.model_timeout <= 0:
        raise UnusableOption("--model-timeout must be more than 0 seconds.")
    if options.model_bedrock:
        return Converse(options.model_bedrock, options.model_url, options.model_timeout)
    if options.model_url:
        return ChatCompletions(options.model_url, options.model_key_env, options.model_timeout)
    return None
