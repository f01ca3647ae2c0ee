"""Operations on an installation: schema, restore, housekeeping, health, demo mark."""
