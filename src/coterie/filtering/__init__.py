"""What a server's automod forbids: its rules, and the judgement of a text by them."""
