"""Mail from the instance to its users, if the operator has named an SMTP server."""
