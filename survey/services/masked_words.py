"""The machine-masked copy of words that are about one household."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.models.frame import Contact, FrameRow
from survey.services.personal import open_contact
from survey.vault import Keyring
from survey.verbatim.masking import Masked, mask


def mask_for(session: Session, vault: Keyring, row: FrameRow, words: str) -> Masked:
    """What the household is called and where it lives is masked wherever it occurs, beside what is masked for everybody."""
    contact = session.get(Contact, row.id)
    names = [open_contact(vault, contact).salutation] if contact is not None else []
    places = {row.community, row.community.removesuffix("社区")} - {""}
    return mask(words, names, places)
