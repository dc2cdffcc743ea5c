"""The log and the generic ledger over it: events are kept here, whatever they are about."""
