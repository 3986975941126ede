"""Who may do what in a server: roles, overrides, and the one evaluation of them."""
