"""Lambda functions: kept, allowed to be called, and, only where that is switched on, run."""
