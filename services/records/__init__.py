"""Long-term memory: memory records, read, written, kept and brought back."""
