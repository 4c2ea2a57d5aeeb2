"""Pages of organizations."""

from lms.organizations.views import invitations, joining, organizations, people, places
from lms.organizations.views.blueprint import bp

__all__ = ["bp", "invitations", "joining", "organizations", "people", "places"]
