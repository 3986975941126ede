"""Polls: messages that others vote on. How they are stored and shown with messages is in `messages/polls.py`."""
