"""Notifications: customers are told of facts about their case, outside the conversation."""
