"""The stages of an import from Together, whose servers, channels and permissions are much like those here."""
