"""Results that people look at: records of a run, figures, pages."""
