"""The published contract: a JSON Schema for each event type, and the gate that keeps it."""
