"""Changing organizations, their people, places and invitations. Other slices find here what they ask most."""

from lms.organizations.services.invitations import Offer, invite_person, make_open_link
from lms.organizations.services.memberships import end_membership, join_organization
from lms.organizations.services.places import close_organization, create_organization

__all__ = [
    "Offer",
    "close_organization",
    "create_organization",
    "end_membership",
    "invite_person",
    "join_organization",
    "make_open_link",
]
