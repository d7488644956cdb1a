"""Agents of Amazon Bedrock: resources, conversations, summaries, and what answers in their name."""
