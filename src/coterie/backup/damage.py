"""What is wrong with a backup."""


class DamagedError(Exception):
    """The message continues "the backup FILE is not whole:"."""
