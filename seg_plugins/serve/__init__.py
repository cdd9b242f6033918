"""A trained segmentor behind a web page and an HTTP API. Registers nothing; needs the extra `serve`."""
