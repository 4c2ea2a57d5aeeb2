"""Reading across the whole site, for administrators. To everybody else nothing here exists."""
