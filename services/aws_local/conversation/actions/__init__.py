"""Rules for an assistant with functions: what is wanted, with which values, and whether to ask first."""
