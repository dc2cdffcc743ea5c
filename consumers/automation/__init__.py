"""The automation: what time, the rules and other tickets ask of a ticket is recorded on it."""
