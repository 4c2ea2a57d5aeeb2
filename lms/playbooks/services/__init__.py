"""Changing playbooks: the playbook itself, what its pages say, and who looks after them."""

from lms.playbooks.services.care import set_care
from lms.playbooks.services.pages import (
    EditsMeet,
    Saved,
    add_page,
    confirm_page,
    move_page,
    restore_revision,
    save_page,
    set_page_closed,
)
from lms.playbooks.services.playbooks import (
    StaleEdit,
    edit_playbook,
    set_playbook_closed,
    start_playbook,
    tell_opened,
)

__all__ = [
    "EditsMeet",
    "Saved",
    "StaleEdit",
    "add_page",
    "confirm_page",
    "edit_playbook",
    "move_page",
    "restore_revision",
    "save_page",
    "set_care",
    "set_page_closed",
    "set_playbook_closed",
    "start_playbook",
    "tell_opened",
]
