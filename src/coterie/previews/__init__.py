"""Previews of links in messages: title, description, picture. Readers request them; sending a message does not."""
