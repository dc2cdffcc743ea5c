"""Policies: the calendars, targets, routes and words by which an operation works, as data."""
