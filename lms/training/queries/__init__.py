"""Reading training: published courses, how far people are, attempts, assignments."""
