"""Reading and checking of configs, before anything is built."""
