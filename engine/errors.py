"""Errors, by whose fault they are."""


class DialerError(Exception):
    """The base of every error that the engine raises on purpose."""


class InputError(DialerError):
    """A file, option or command is wrong. `problems` has one line for each, ready to print."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotPermitted(InputError):
    """A user asked for what needs a right that the user does not have. Nothing was changed."""


class StoreError(DialerError):
    """The store cannot be used as it is."""


class StoreUnavailable(StoreError):
    """The store did not take this change now; nothing of it was done. Worth another try."""


class Crashed(BaseException):
    """The engine is dead: nothing may be written, dialed or journaled any more.

    Not an Exception, so that no handler takes it for an error it could mend.
    """
