"""The only list of what else ends when a channel, a server or a membership ends."""
