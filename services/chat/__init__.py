"""The test agent, and the watch over what memory makes of the conversation."""
