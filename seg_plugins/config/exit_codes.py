"""Exit codes of the commands other than 0 (done) and 1 (refused)."""

__all__ = ["EXIT_RESUMABLE", "EXIT_USER_ERROR"]

EXIT_USER_ERROR = 2  # wrong input; the message says what to change
EXIT_RESUMABLE = 85  # stopped by a signal with the state saved: the same command with --resume continues
