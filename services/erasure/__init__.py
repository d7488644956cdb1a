"""Erasing one person: what is theirs, finding it, removing it, proving it."""
