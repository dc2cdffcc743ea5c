"""A support desk in memory: it decides every save as the ledger and its automation would."""
