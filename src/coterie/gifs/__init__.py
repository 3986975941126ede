"""GIF search with a service that the operator chooses."""
