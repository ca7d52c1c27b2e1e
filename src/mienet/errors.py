"""The root of all errors that a user can mend; the command line prints them without a traceback."""


class MienetError(ValueError):
    """Something that was given cannot be used; the message says what, why, and the next step."""
