"""The directory's labels of roles, finer than the customers' (`vocabulary.LABELS`)."""

from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import lazy_gettext as _l

ROLES = {
    Role.CUSTOMER: _l("Client"),
    Role.COMPANY: _l("Responsable client"),
    Role.SUPPORT: _l("Support"),
    Role.ADMINISTRATOR: _l("Administrateur"),
    Role.AUDITOR: _l("Auditeur"),
}
# The rights of each role, beside its choice.
MEANINGS = {
    Role.CUSTOMER: _l("Ouvre des tickets ; voit les siens et ceux suivis comme observateur."),
    Role.COMPANY: _l("Voit tous les tickets de sa société et peut approuver, refuser ou annuler pour elle."),
    Role.SUPPORT: _l("Travaille au bureau : voit tous les tickets, répond, résout."),
    Role.ADMINISTRATOR: _l("Comme le support, et gère l’annuaire."),
    Role.AUDITOR: _l("Consulte tout, ne modifie rien."),
}
