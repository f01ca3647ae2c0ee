"""Language, and formats of dates, numbers and sizes, without our data."""

from izarlink_tickets.i18n.formats import (
    MEBIBYTE,
    count,
    day_in,
    duration,
    duration_label,
    file_size,
    format_date,
    format_datetime,
    format_day,
    format_day_in_words,
    format_moment_after,
    format_number,
    format_second,
    relative_label,
    relative_time,
)
from izarlink_tickets.i18n.language import (
    CATALOGUES,
    LANGUAGES,
    SOURCE_LANGUAGE,
    current_language,
    gettext,
    gettext_noop,
    in_every_language,
    language_of,
    lazy_gettext,
    load_catalogues,
    ngettext,
    pgettext,
    preferred,
    set_language,
    use_language,
)
from izarlink_tickets.i18n.typed_dates import iso_or_typed, parse_date, parse_datetime
