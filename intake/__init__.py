"""What brings tickets in from elsewhere: importers, and mappings that tell them what is what."""
