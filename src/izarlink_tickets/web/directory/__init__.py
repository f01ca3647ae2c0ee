"""« Annuaire »: customers, accounts, services and categories."""

from flask import Blueprint

from izarlink_tickets.web.directory import accounts, categories, imports, organisations, services

pages = Blueprint("directory", __name__, url_prefix="/bureau")
pages.register_blueprint(organisations.pages)
pages.register_blueprint(accounts.pages)
pages.register_blueprint(services.pages)
pages.register_blueprint(categories.pages)
pages.register_blueprint(imports.pages)
