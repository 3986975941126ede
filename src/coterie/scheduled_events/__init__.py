"""Scheduled events: messages that announce something with a date. `messages/scheduled.py` stores and shows them."""
