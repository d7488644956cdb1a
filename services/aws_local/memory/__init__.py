"""Memories, strategies, namespaces, events and memory records: rules and tables of the service."""
