"""Agents of Amazon Bedrock Agents: changed, invoked, deleted, and what they remember."""
