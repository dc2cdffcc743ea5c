"""Projections: folds of the stream into DuckDB tables, and the views over them."""
