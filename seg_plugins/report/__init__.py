"""Results for people: records of a run, figures, pages."""
