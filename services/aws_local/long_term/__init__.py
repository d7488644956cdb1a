"""From events to memory records, in the background."""
