"""The blueprint that all pages of accounts join."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
