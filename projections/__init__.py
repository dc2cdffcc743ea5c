"""Projections: folds of the stream into DuckDB tables, and the views that people and programs query."""
