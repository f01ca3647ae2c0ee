"""A provider that a test scripts, and the portal's client of it."""

from collections.abc import Iterator

import pytest
from tests.identity_provider.scripted_provider import ScriptedProvider, scripted_provider, settings_of_provider

from izarlink_tickets.config import Settings
from izarlink_tickets.identity_provider import IdentityProvider


@pytest.fixture
def scripted() -> Iterator[ScriptedProvider]:
    with scripted_provider() as provider:
        yield provider


@pytest.fixture
def client(scripted: ScriptedProvider) -> IdentityProvider:
    return provider_of(scripted)


def provider_of(scripted: ScriptedProvider, **more: str) -> IdentityProvider:
    """Build the portal's client. more: other settings, without their prefix."""
    others = {f"IZARLINK_OIDC_{name}": value for name, value in more.items()}
    settings = Settings.read(settings_of_provider(scripted) | others).oidc
    assert settings is not None
    return IdentityProvider(settings)
