"""What is wrong with a backup."""


class DamagedError(Exception):
    """The sentence goes on after "the backup FILE is not whole:"."""
