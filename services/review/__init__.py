"""Deciding about records: a memory looked over, the queue, the decisions."""
