"""Safe reading of files made elsewhere, and atomic writing."""
