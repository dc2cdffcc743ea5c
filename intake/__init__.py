"""What brings tickets in from elsewhere: importers, and the mappings that tell them what is what."""
