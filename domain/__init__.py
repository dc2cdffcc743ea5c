"""What a support ticket is: its events, its decisions, its folding. Pure: no clock, no I/O, no chance."""
