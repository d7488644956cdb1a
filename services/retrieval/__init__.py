"""Finding records by meaning, and measuring how well that goes."""
