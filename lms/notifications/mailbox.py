"""The development mailbox: messages as files in the data folder, written where no mail server is configured."""

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True)
class KeptMessage:
    """One message as the mailbox shows it."""

    name: str
    to: str
    subject: str
    sent: str
    text: str
    html: str


def keep_message(folder: Path, name: str, message: EmailMessage) -> None:
    """Write a message; the same name again replaces it, so a repeated delivery shows once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f".{name}.part"
    temporary.write_bytes(message.as_bytes())
    temporary.replace(folder / f"{name}.eml")


def list_messages(folder: Path) -> list[KeptMessage]:
    """Return the newest hundred messages, newest first."""
    files = sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else []
    return [_read(file) for file in files[:100]]


def find_message(folder: Path, name: str) -> KeptMessage | None:
    """Return one message by its name, or None."""
    known = {file.stem: file for file in folder.glob("*.eml")} if folder.is_dir() else {}
    return _read(known[name]) if name in known else None


def delete_messages(folder: Path, is_theirs: Callable[[str], bool]) -> int:
    """Delete every message to an address that fits; return how many."""
    files = list(folder.glob("*.eml")) if folder.is_dir() else []
    theirs = [file for file in files if is_theirs(_read(file).to)]
    for file in theirs:
        file.unlink(missing_ok=True)
    return len(theirs)


def _read(file: Path) -> KeptMessage:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return KeptMessage(
        name=file.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent=str(message["Date"]),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
