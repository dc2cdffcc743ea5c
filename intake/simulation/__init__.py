"""A made-up support operation: months of tickets from a seed, decided by the real domain."""
