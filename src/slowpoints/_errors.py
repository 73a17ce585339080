"""The one exception that means: what the user gave is wrong, and the sentence says what to do."""


class InputError(ValueError):
    """Something given from outside (a file, an option, an array) cannot be used.

    The message is one sentence for the user: what is wrong, where, and what to do. The command prints it
    without a traceback and exits with code 2.
    """
