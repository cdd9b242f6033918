"""Reading files that somebody else made."""
