"""The command-line tools. Arguments are parsed here and nowhere below."""
