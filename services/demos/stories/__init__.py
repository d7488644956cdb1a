"""The stories themselves: what is said, and what the audience is told."""
