"""Technical assistance: help that organizations ask for, and expert reviews of their cycles.

An organization asks, an expert of its coalition takes the request, and every contact is logged in twenty seconds. A
cycle that a team has finished waits here for an expert, who comments at its fields, scores it by a rubric and accepts
or returns it. The words of the team stay the team's own.
"""
