"""The `ticketledger` command: one module per noun, and what the nouns share."""
