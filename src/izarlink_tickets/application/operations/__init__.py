"""Run an installation: schema, restore, housekeeping, health, verification, and the mark of the demo."""
