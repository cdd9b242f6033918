"""Exit codes of the commands besides 0 (done) and 1 (something was refused)."""

__all__ = ["EXIT_RESUMABLE", "EXIT_USER_ERROR"]

EXIT_USER_ERROR = 2  # wrong input; the message says what to change
EXIT_RESUMABLE = 85  # stopped by a signal, the state is saved: the same command with --resume goes on
