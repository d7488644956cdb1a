"""Trying an extraction prompt on a stored session: dry runs, comparisons, replays in scratch memories."""
