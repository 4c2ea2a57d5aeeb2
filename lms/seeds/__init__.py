"""The demonstration: three coalitions, thirteen organizations and a year of work, made through the services.

What happens stands in `content/demo/`; each module here makes one slice's part of it and puts it on the calendar of
the year, and then the year passes with the clock held at each event. Everything follows from one random seed and the
day it is made for; only secrets (the password, the certificates' serials) and the random ids of staff surveys are new
each time. Names of people and places are invented, and numbers are ones that nobody answers.
"""

from lms.seeds.cli import cli
from lms.seeds.year import PERSONAS, SIGN_INS, seed_demo

__all__ = ["PERSONAS", "SIGN_INS", "cli", "seed_demo"]
