"""Access tokens that people make for their programs: named, limited by scopes, and with an end."""
