"""Word lists as data at the top of a module, written as running text."""


def words(text: str) -> frozenset[str]:
    """The words of a text that are separated by white space."""
    return frozenset(text.split())
