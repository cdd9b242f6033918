"""Code that only makes CPUs faster."""
