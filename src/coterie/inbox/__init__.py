"""Messages that mention a user or reply to them, in all channels that they can view, newest first."""
