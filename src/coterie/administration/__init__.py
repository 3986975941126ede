"""What administrators of the instance do in the client: people, servers, settings and figures."""
