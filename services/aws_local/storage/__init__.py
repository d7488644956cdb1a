"""The database: one SQLite file, its schema, and what pages and repeated requests need of it."""
