"""Reading configs and checking them, before anything is built."""
