"""Short-term memory: actors, sessions, events, branches and what was said in them."""
