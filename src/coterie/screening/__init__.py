"""The one step in which automod judges what is written: messages, edits, files and names."""
