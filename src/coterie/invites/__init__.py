"""Ways into a server, by a code that somebody passes on."""
