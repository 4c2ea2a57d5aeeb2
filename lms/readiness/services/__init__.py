"""Changing rounds, ratings and what follows from a report."""
