"""The results: tables, pages, checks, published models."""
