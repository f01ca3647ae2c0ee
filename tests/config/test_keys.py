"""Sources and refusals of the two keys."""

import base64
import stat
from datetime import UTC, datetime, timedelta

import pytest

from izarlink_tickets.config import Settings, SettingsError, create_keys, fingerprint_of, load_keys
from izarlink_tickets.config.keys import begin_sealing_file, change_secret_file, finish_sealing_file

RANDOM_BYTES = bytes((step * 37 + step * step) % 256 for step in range(32))
OTHER_BYTES = bytes(reversed(RANDOM_BYTES))


def read(data_dir, **given: bytes) -> Settings:
    keys = {f"IZARLINK_{name}": base64.b64encode(key).decode() for name, key in given.items()}
    return Settings.read({"IZARLINK_DATA_DIR": str(data_dir / "data"), **keys})


def test_created_keys_are_the_ones_that_are_loaded(tmp_path):
    settings = read(tmp_path)

    created = create_keys(settings)
    keys = load_keys(settings)

    assert [path.name for path in created] == ["secret_key", "sealing_key"]
    assert (len(keys.secret), len(keys.sealing.newest)) == (32, 32)
    assert load_keys(settings) == keys


def test_the_key_files_are_private(tmp_path):
    created = create_keys(read(tmp_path))

    assert [stat.S_IMODE(path.stat().st_mode) for path in created] == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["sealing_key", "secret_key"]


def test_keys_are_never_written_over(tmp_path):
    settings = read(tmp_path)
    create_keys(settings)
    before = load_keys(settings)

    created = create_keys(settings)

    assert created == []
    assert load_keys(settings) == before


def test_keys_from_settings_are_used_and_not_stored(tmp_path):
    settings = read(tmp_path, SECRET_KEY=RANDOM_BYTES, SEALING_KEY=OTHER_BYTES)

    created = create_keys(settings)

    assert created == []
    assert load_keys(settings).sealing.newest == OTHER_BYTES


def test_a_key_may_be_written_in_the_alphabet_of_urls():
    text = base64.urlsafe_b64encode(b"\xfb\xff" + RANDOM_BYTES[2:]).decode()

    assert Settings.read({"IZARLINK_SECRET_KEY": text}).secret_key == b"\xfb\xff" + RANDOM_BYTES[2:]


def test_a_missing_key_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="IZARLINK_SECRET_KEY is missing"):
        load_keys(read(tmp_path))


def test_a_damaged_key_file_is_refused(tmp_path):
    settings = read(tmp_path)
    path = create_keys(settings)[1]
    path.write_text("c2hvcnQ=\n")

    with pytest.raises(SettingsError, match=r"IZARLINK_SEALING_KEY, stored in .*/sealing_key, must be 32 .* has 5"):
        load_keys(settings)


@pytest.mark.parametrize(
    "example",
    [
        bytes(32),
        b"\xff" * 32,
        b"\x01\x02\x03\x04" * 8,
        bytes(range(32)),
        bytes(range(255, 223, -1)),
        b"change-me-change-me-change-me-32",
    ],
)
def test_an_example_is_refused_as_a_key(tmp_path, example):
    with pytest.raises(SettingsError, match="IZARLINK_SEALING_KEY is an example"):
        read(tmp_path, SEALING_KEY=example)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(tmp_path, length):
    with pytest.raises(SettingsError, match="IZARLINK_SECRET_KEY "):
        read(tmp_path, SECRET_KEY=(RANDOM_BYTES * 2)[:length])


def test_the_two_keys_must_differ(tmp_path):
    settings = read(tmp_path, SECRET_KEY=RANDOM_BYTES, SEALING_KEY=RANDOM_BYTES)

    with pytest.raises(SettingsError, match="must be two different keys"):
        load_keys(settings)


# --- changed keys -----------------------------------------------------------------------------------------------------

LATER = datetime(2026, 12, 2, 3, tzinfo=UTC)


def test_a_running_process_takes_a_changed_secret_key_and_accepts_the_one_before(tmp_path):
    settings = read(tmp_path)
    create_keys(settings)
    running = load_keys(settings)
    before = running.secret

    change_secret_file(settings.data_dir, previous_until=LATER)

    assert running.secret != before
    assert running.accepted_secrets(LATER) == (before, running.secret)
    assert running.accepted_secrets(LATER + timedelta(seconds=1)) == (running.secret,)


def test_a_secret_key_that_is_changed_twice_is_accepted_until_its_own_time(tmp_path):
    settings = read(tmp_path)
    create_keys(settings)
    running = load_keys(settings)
    first = running.secret
    change_secret_file(settings.data_dir, previous_until=LATER)
    second = running.secret

    change_secret_file(settings.data_dir, previous_until=LATER + timedelta(hours=1))

    assert running.accepted_secrets(LATER) == (first, second, running.secret)
    assert running.accepted_secrets(LATER + timedelta(hours=1)) == (second, running.secret)


def test_a_revoked_secret_key_is_accepted_no_more(tmp_path):
    settings = read(tmp_path)
    create_keys(settings)
    change_secret_file(settings.data_dir, previous_until=LATER)
    running = load_keys(settings)

    change_secret_file(settings.data_dir, previous_until=None)

    assert running.accepted_secrets(LATER) == (running.secret,)


def test_given_keys_before_the_present_one_are_accepted_as_long_as_they_are_given(tmp_path):
    before = base64.b64encode(OTHER_BYTES).decode()
    given = {"IZARLINK_SECRET_KEY_FALLBACKS": before, "IZARLINK_SEALING_KEY_FALLBACKS": f"{before}, {before}"}
    settings = Settings.read(
        {
            "IZARLINK_SECRET_KEY": base64.b64encode(RANDOM_BYTES).decode(),
            "IZARLINK_SEALING_KEY": base64.b64encode(RANDOM_BYTES[::-1][1:] + b"!").decode(),
            **given,
        }
    )

    with pytest.raises(SettingsError, match="must be two different keys"):
        load_keys(settings.model_copy(update={"secret_key": OTHER_BYTES}))
    keys = load_keys(settings)

    assert keys.accepted_secrets(LATER) == (OTHER_BYTES, RANDOM_BYTES)
    assert keys.sealing.find(fingerprint_of(OTHER_BYTES)) == OTHER_BYTES


def test_a_running_process_finds_the_next_sealing_key_and_later_the_retired_one(tmp_path):
    settings = read(tmp_path)
    create_keys(settings)
    running = load_keys(settings).sealing
    before = running.newest

    upcoming = begin_sealing_file(settings.data_dir)
    found = running.find(fingerprint_of(upcoming))
    retired = finish_sealing_file(settings.data_dir)

    restarted = load_keys(settings).sealing
    assert (found, restarted.newest, restarted.all()) == (upcoming, upcoming, (upcoming, before))
    assert retired
    assert stat.S_IMODE(retired.stat().st_mode) == 0o600


def test_a_change_of_the_sealing_key_that_was_interrupted_goes_on_with_the_same_key(tmp_path):
    settings = read(tmp_path)
    create_keys(settings)

    assert begin_sealing_file(settings.data_dir) == begin_sealing_file(settings.data_dir)
