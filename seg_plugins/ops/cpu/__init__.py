"""What only makes CPUs faster."""
