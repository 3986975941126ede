"""Emails about messages that users missed: mentions and private messages that came while they were not connected."""
