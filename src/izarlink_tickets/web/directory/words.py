"""What the directory calls roles and states; customers are told less (`vocabulary.LABELS`)."""

from izarlink_tickets.domain.vocabulary import Role

ROLES = {
    Role.CUSTOMER: "Client",
    Role.COMPANY: "Responsable client",
    Role.SUPPORT: "Support",
    Role.ADMINISTRATOR: "Administrateur",
    Role.AUDITOR: "Auditeur",
}
# What each may do, for whoever chooses one.
MEANINGS = {
    Role.CUSTOMER: "Ouvre des tickets, voit les siens et ceux dont il est observateur.",
    Role.COMPANY: "Voit tous les tickets de sa société et décide pour elle.",
    Role.SUPPORT: "Travaille au bureau : voit tous les tickets, répond, résout.",
    Role.ADMINISTRATOR: "Comme le support, et tient l’annuaire.",
    Role.AUDITOR: "Relit tout, n’écrit rien.",
}
