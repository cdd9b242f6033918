"""Pure tensor functions that two or more folders share."""
