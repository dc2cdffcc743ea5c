"""Consumers: the processes that follow the stream."""
