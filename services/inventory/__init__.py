"""What is in an account and region: counted in the background, kept over restarts, one count for all."""
