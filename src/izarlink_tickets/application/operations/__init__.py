"""Operations on an installation: schema, restore, housekeeping, health, and the mark of the demo."""
