"""Words of a model in whole characters: JSON can name half a character, which nobody can store or draw."""


def whole(text: str) -> str:
    """The text with two halves in a row as the character that they make, and U+FFFD for a half alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Pieces:
    """A text that comes in pieces, which may cut a character in two: the first half waits for the second."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, piece: str) -> str:
        """What is whole by now; empty while only half a character is there."""
        text = self._held + piece
        end = len(text) - 1 if "\ud800" <= text[-1:] <= "\udbff" else len(text)
        self._held = text[end:]
        return whole(text[:end])

    def rest(self) -> str:
        """What is left when no more pieces come: U+FFFD for a half that waited in vain."""
        left, self._held = whole(self._held), ""
        return left
