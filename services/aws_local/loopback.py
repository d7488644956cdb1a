"""The names of this machine's own address."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
