"""What a support ticket is: its events, decisions and folding. Pure: no clock, I/O or chance."""
