"""Sentences about attached files."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from izarlink_tickets import attachments
from izarlink_tickets.attachments import ArchiveFault
from izarlink_tickets.attachments.refusals import FileRefused
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import MEBIBYTE, current_language, file_size, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l

# A folder dropped by mistake holds hundreds of files: list the first ones, count the others.
MAX_LISTED_NAMES = 5

ARCHIVE_FAULTS = {
    ArchiveFault.DAMAGED: _l("Le fichier « %(name)s » est endommagé."),
    ArchiveFault.ENCRYPTED: _l("Le fichier « %(name)s » est protégé par un mot de passe."),
    ArchiveFault.TOO_LARGE: _l("Le fichier « %(name)s » est trop volumineux une fois décompressé."),
    ArchiveFault.TOO_MANY_ENTRIES: _l("Le fichier « %(name)s » contient trop d’éléments."),
    ArchiveFault.NESTED: _l("Le fichier « %(name)s » contient une autre archive."),
    ArchiveFault.SYMLINK: _l("Le fichier « %(name)s » contient un lien."),
    ArchiveFault.MACROS: _l("Le fichier « %(name)s » contient des macros."),
    ArchiveFault.KIND: _l("Le fichier « %(name)s » contient un type de fichier qui n’est pas accepté."),
}


def _too_large(refusal: attachments.FileTooLarge) -> str:
    size = refusal.size
    if size > MEBIBYTE:
        # Rounded up: one byte too many must not read « 2 Mo au plus (le vôtre : 2,0 Mo) ».
        size = ceil(size * 10 / MEBIBYTE) * MEBIBYTE // 10
    return _(
        "Le fichier « %(name)s » doit peser %(limit)s au plus (le vôtre : %(actual)s).",
        name=refusal.name,
        limit=file_size(refusal.max_bytes, locale=current_language()),
        actual=file_size(size, locale=current_language()),
    )


def _too_many(refusal: errors.TooManyFiles) -> str:
    limit = ngettext("Joignez %(num)s fichier au plus.", "Joignez %(num)s fichiers au plus.", refusal.maximum)
    if not refusal.left_out:
        return limit
    return _("%(limit)s En trop : %(names)s.", limit=limit, names=_some_of(refusal.left_out))


def _some_of(names: Sequence[str]) -> str:
    listed = ", ".join(_("« %(name)s »", name=name) for name in names[:MAX_LISTED_NAMES])
    more = len(names) - MAX_LISTED_NAMES
    if more <= 0:
        return listed
    return ngettext("%(names)s et %(num)s autre", "%(names)s et %(num)s autres", more, names=listed)


MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    errors.TooManyFiles: _too_many,
    FileRefused: lambda refusal: _("Le fichier « %(name)s » n’est pas accepté.", name=refusal.name),
    attachments.FileEmpty: lambda refusal: _("Le fichier « %(name)s » est vide.", name=refusal.name),
    attachments.FileTooLarge: _too_large,
    attachments.FileKindRefused: lambda refusal: _(
        "Le type du fichier « %(name)s » n’est pas accepté. Types acceptés : %(accepted)s.",
        name=refusal.name,
        accepted=", ".join(refusal.accepted),
    ),
    attachments.FileContentMismatch: lambda refusal: _(
        "Le contenu du fichier « %(name)s » ne correspond pas à .%(extension)s.",
        name=refusal.name,
        extension=refusal.extension,
    ),
    attachments.ArchiveRefused: lambda refusal: str(ARCHIVE_FAULTS[refusal.fault]) % {"name": refusal.name},
}
