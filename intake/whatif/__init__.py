"""What another policy would have made of the same customers and agents."""
