"""Telling others of record changes, in the service's format."""
