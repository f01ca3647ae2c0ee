"""Sentences of refused files: what is wrong, and what to do instead.

They are in the current language; `refusal_messages` finds them by kind.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from izarlink_tickets import attachments
from izarlink_tickets.attachments import ArchiveFault
from izarlink_tickets.attachments.file_types import DANGEROUS, extension_of
from izarlink_tickets.attachments.refusals import FileRefused
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import MEBIBYTE, current_language, file_size, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l

# A folder dropped by mistake holds hundreds of files: list the first ones, count the others.
MAX_LISTED_NAMES = 5

# What to do with a file of another type, by its extensions. The script of the forms shows them, too.
_PROGRAMS = " ".join(sorted(DANGEROUS - {"htm", "html", "xhtml", "svg", "docm", "xlsm"}))
ADVICE: Mapping[str, str] = {
    "doc dot docm dotx rtf ppt pptx pps ppsx odp odg pages key numbers xps vsd vsdx pub": _l("enregistrez-le en PDF."),
    "xls xlsm xlsb": _l("enregistrez-le en XLSX ou en PDF."),
    "bmp tif tiff avif ico psd svg dng": _l("enregistrez-le en PNG ou en JPEG."),
    "mov avi mkv wmv webm m4v 3gp mpg mpeg": _l("enregistrez un extrait court en MP4."),
    "rar 7z tar gz tgz bz2 xz zst": _l("envoyez son contenu dans une archive ZIP."),
    "html htm xhtml mht mhtml url": _l("imprimez la page en PDF."),
    "xml json ini yaml yml md out evtx": _l("enregistrez-le en TXT."),
    f"{_PROGRAMS} com jar sh reg apk": _l("aucun programme ne l’est. Joignez plutôt une capture d’écran."),
    "": _l("ajoutez une extension à son nom, par exemple .txt ou .pdf."),
}
_ADVICE_BY_EXTENSION = {extension: advice for names, advice in ADVICE.items() for extension in names.split() or [""]}

_ARCHIVE_FAULTS = {
    ArchiveFault.DAMAGED: _l("Le fichier « %(name)s » est endommagé : enregistrez-le de nouveau."),
    ArchiveFault.ENCRYPTED: _l(
        "Le fichier « %(name)s » est protégé par un mot de passe : enregistrez-le sans protection."
    ),
    ArchiveFault.TOO_LARGE: _l(
        "Le fichier « %(name)s » est trop volumineux une fois décompressé : n’envoyez que ce qui est utile."
    ),
    ArchiveFault.TOO_MANY_ENTRIES: _l(
        "Le fichier « %(name)s » contient trop d’éléments : n’envoyez que ceux qui sont utiles."
    ),
    ArchiveFault.NESTED: _l("Le fichier « %(name)s » contient une autre archive : envoyez son contenu à part."),
    ArchiveFault.SYMLINK: _l("Le fichier « %(name)s » contient un lien : remplacez-le par le fichier lui-même."),
    ArchiveFault.MACROS: _l("Le fichier « %(name)s » contient des macros : enregistrez-le sans macros, ou en PDF."),
    ArchiveFault.PATH: _l("Le fichier « %(name)s » contient un chemin qui n’est pas accepté : refaites l’archive."),
    ArchiveFault.PROGRAM: _l(
        "Le fichier « %(name)s » contient un programme ou un objet incorporé : retirez-le, ou enregistrez en PDF."
    ),
    ArchiveFault.REMOTE: _l(
        "Le fichier « %(name)s » fait appel à un autre serveur : retirez cette liaison, ou enregistrez-le en PDF."
    ),
    ArchiveFault.KIND: _l("Le fichier « %(name)s » contient un type de fichier qui n’est pas accepté."),
}
_WITH_ENTRY = {
    ArchiveFault.KIND: _l(
        "Le fichier « %(name)s » contient « %(entry)s », d’un type qui n’est pas accepté : retirez-le."
    ),
}


def advice_for(extension: str) -> str | None:
    """Return what to do with such a file, if known."""
    advice = _ADVICE_BY_EXTENSION.get(extension)
    return None if advice is None else str(advice)


def _kind_refused(refusal: attachments.FileKindRefused) -> str:
    # The dangerous extension may stand before an accepted one: « facture.exe.pdf ».
    extension = extension_of(refusal.name)
    inner = next((part for part in refusal.name.lower().split(".")[1:-1] if part in DANGEROUS), extension)
    advice = advice_for(inner if extension in refusal.accepted else extension)
    if advice:
        return _("Le fichier « %(name)s » n’est pas accepté : %(advice)s", name=refusal.name, advice=advice)
    return _(
        "Le type du fichier « %(name)s » n’est pas accepté. Types acceptés : %(accepted)s.",
        name=refusal.name,
        accepted=", ".join(refusal.accepted),
    )


def _archive_refused(refusal: attachments.ArchiveRefused) -> str:
    values = {"name": refusal.name, "entry": refusal.entry}
    if refusal.entry and refusal.fault in _WITH_ENTRY:
        return str(_WITH_ENTRY[refusal.fault]) % values
    sentence = str(_ARCHIVE_FAULTS[refusal.fault]) % values
    return (
        _("%(sentence)s (« %(entry)s »).", sentence=sentence[:-1], entry=refusal.entry) if refusal.entry else sentence
    )


def _too_large(refusal: attachments.FileTooLarge) -> str:
    size = refusal.size
    if size > MEBIBYTE:
        # Rounded up: one byte too many must not read « 2 Mo au plus (le vôtre : 2,0 Mo) ».
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


FILE_MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    errors.TooManyFiles: _too_many,
    FileRefused: lambda refusal: _("Le fichier « %(name)s » n’est pas accepté.", name=refusal.name),
    attachments.FileEmpty: lambda refusal: _("Le fichier « %(name)s » est vide.", name=refusal.name),
    attachments.FileTooLarge: _too_large,
    attachments.FileKindRefused: _kind_refused,
    attachments.FileContentMismatch: lambda refusal: _(
        "Le contenu du fichier « %(name)s » ne correspond pas à .%(extension)s. Enregistrez-le de nouveau dans ce "
        "format, ou joignez une capture d’écran.",
        name=refusal.name,
        extension=refusal.extension,
    ),
    attachments.ArchiveRefused: _archive_refused,
    attachments.FileInfected: lambda refusal: _(
        "L’antivirus a trouvé « %(signature)s » dans le fichier « %(name)s ». Il n’est pas enregistré : retirez-le, et "
        "vérifiez votre appareil.",
        name=refusal.name,
        signature=refusal.signature,
    ),
    attachments.FileNotScanned: lambda refusal: _(
        "Le fichier « %(name)s » n’a pas pu être vérifié par l’antivirus. Envoyez-le de nouveau dans quelques minutes, "
        "ou envoyez votre texte sans fichier.",
        name=refusal.name,
    ),
}
