"""The request to the zoo: suites, their rows, the configs and weights that they name, records."""
