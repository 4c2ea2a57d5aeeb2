"""Pages of coalitions."""

from flask import Blueprint

bp = Blueprint("coalitions", __name__)
