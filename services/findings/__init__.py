"""What may be wrong with memory records: one module per finder, each a pure function with its evidence.

Nothing is sent anywhere, and every finding is a suggestion: these are rules, and rules err. Measured on a
labelled set by `make eval`.
"""
