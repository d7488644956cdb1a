"""Snapshots: what a memory held at a time, as files."""
