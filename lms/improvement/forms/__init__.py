"""Forms of teams, measures and cycles, and the words for what can be chosen."""
