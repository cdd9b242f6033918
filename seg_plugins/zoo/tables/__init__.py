"""What came out: tables, pages, checks, published models."""
