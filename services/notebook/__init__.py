"""The notebook tour: AWS's notebook "Create Agent with Memory", step by step."""
