"""The messenger's public chat room: which channel it is, and its newest messages in the old format."""
