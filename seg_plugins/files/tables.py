"""Text in tables that people open with a spreadsheet."""

__all__ = ["spreadsheet_text"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_text(text: str) -> str:
    """Escape a name for spreadsheets: one that looks like a formula gets an apostrophe before it.

    >>> spreadsheet_text("road"), spreadsheet_text("=1+1")
    ('road', "'=1+1")
    """
    return f"'{text}" if text.startswith(FORMULA) else text
