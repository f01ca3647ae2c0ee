"""The 96 bad inputs, their answers, and the test of each.

Letters group them: tickets, choices, uploads, addresses, HTTP, accounts, commands. A refused value is shown again with
a sentence at its field; nothing is stored, and no answer is a failure of the server.
"""

from typing import NamedTuple


class BadInput(NamedTuple):
    """A bad input. test: its file and function below `tests`."""

    number: int
    given: str
    answer: str
    test: str


_HERE = "attack/test_bad_inputs.py::"
_ODD, _FILES, _TEXT = "web/tickets/test_odd_ticket.py::", "web/tickets/test_form_files.py::", "domain/test_text.py::"
_REFUSED, _DATA = "test_an_odd_value_is_refused_at_its_field_and_nothing_is_lost", "test_a_title_is_data"
_ODD_FILE, _NAME = "test_an_odd_file_is_refused_with_the_text_kept", "test_a_name_is_data"
_RAW = "cli/test_web_worker.py::"
_MALFORMED = "test_malformed_requests_are_refused_and_the_server_goes_on"
_PATHS, _CONVERTER = "web/test_errors.py::test_an_unknown_path_is_not_found", "test_anything_else_is_not_found"
_LIST = "web/tickets/test_list.py::"
_CLI = "cli/test_refusals.py::"

BAD_INPUTS = tuple(
    BadInput(*row)
    for row in (
        # A. Texts of tickets and follow-ups
        (1, "an empty title", "422 « Saisissez un titre. »", _ODD + _REFUSED),
        (2, "a title of spaces, NBSP and ZWSP", "422 « Saisissez un titre. »", _ODD + _REFUSED),
        (3, "a title of 212 characters", "422 « 150 caractères au plus (vous en avez 212). »", _ODD + _REFUSED),
        (4, "a title of 150 characters", "recorded", _ODD + _DATA),
        (5, "a description of 20 001 characters", "422 « 20 000 caractères au plus »", _ODD + _REFUSED),
        (6, "a urlencoded body above the limit", "413", _HERE + "test_an_endless_text_is_refused"),
        (7, "NUL", "removed, alike on both databases", _TEXT + "test_a7_nul_is_taken_out"),
        (8, "a lone surrogate", "recorded as U+FFFD", _ODD + "test_bytes_that_are_no_text_become_replacement_signs"),
        (9, "invalid UTF-8", "recorded as U+FFFD", _ODD + "test_bytes_that_are_no_text_become_replacement_signs"),
        (
            10,
            "U+2028, U+0085, VT in a title",
            "a space; the mail leaves",
            "mailer/test_attacks.py::test_a_title_adds_no_header",
        ),
        (
            11,
            "an encoded word with a line end",
            "recorded; no header",
            "mailer/test_attacks.py::test_a_title_adds_no_header",
        ),
        (12, "a direction override", "removed from titles", _TEXT + "test_a12_a_title_does_not_turn_its_direction"),
        (
            13,
            "ten thousand accents",
            "recorded, or too long",
            _TEXT + "test_a13_ten_thousand_accents_on_a_letter_fit_into_a_text",
        ),
        (14, "an emoji of four bytes", "recorded, in mails too", _ODD + _DATA),
        (15, "« é » in two characters", "found as one", _TEXT + "test_a15_a_letter_with_its_accent_apart_becomes_one"),
        (16, "<script>", "recorded", _ODD + _DATA),
        (17, "{{7*7}}", "recorded", _ODD + _DATA),
        (18, "%s {0.__class__}", "recorded", _ODD + _DATA),
        (
            19,
            "=cmd|…",
            "recorded; escaped in exports",
            "attack/test_formulas.py::test_no_cell_of_an_export_is_a_formula",
        ),
        (20, "'; DROP", "recorded", _ODD + _DATA),
        (21, "CRLF, CR and LF", "one line end", _ODD + "test_line_ends_count_once"),
        (
            22,
            "a line of one dot, and an endless one",
            "arrive whole",
            "mailer/test_attacks.py::test_words_arrive_whole",
        ),
        # B. Choices
        (23, "type « Autre »", "422 « Choix inconnu. »", _ODD + _REFUSED),
        (24, "an Incident with a category of a Demande", "422 at the category", _ODD + _REFUSED),
        (25, "a Demande with an urgency", "422 « Une demande n’a pas d’urgence »", _ODD + _REFUSED),
        (26, "an Incident without urgency", "422 « Indiquez l’urgence. »", _ODD + _REFUSED),
        (27, "two urgencies", "422 « Choix inconnu. »", _ODD + "test_a_choice_sent_twice_is_refused"),
        (
            28,
            "another company's service",
            "422 « Service inconnu. »",
            _ODD + "test_another_company_s_service_is_unknown",
        ),
        (
            29,
            "further fields",
            "ignored",
            "attack/test_mass_assignment.py::test_a_field_that_a_form_does_not_have_changes_nothing",
        ),
        (30, "a missing field", "the sentence of an empty one", _ODD + _REFUSED),
        # C. Uploads
        (31, "a file of 0 bytes", "422 « est vide »", _FILES + _ODD_FILE),
        (32, "a file of 2 MiB", "attached", _FILES + "test_a_file_of_exactly_2_mib_is_attached"),
        (33, "one byte more", "413 with both sizes, text kept", _FILES + _ODD_FILE),
        (
            34,
            "an endless body",
            "refused before it arrives",
            _RAW + "test_a_body_that_no_page_accepts_is_refused_before_it_arrives",
        ),
        (35, "a length that lies", "refused", _HERE + "test_a_body_shorter_than_its_length_stores_nothing"),
        (36, "chunks without a length", "limited", _HERE + "test_endless_chunks_are_cut_off"),
        (37, "a file without a name", "no file", _FILES + "test_an_empty_choice_is_no_file"),
        (38, "../../etc/passwd", "data", _FILES + _NAME),
        (39, "a.php, .htaccess", "415", _FILES + _ODD_FILE),
        (40, "photo.png with an SVG in it", "415 « ne correspond pas à .png »", _FILES + _ODD_FILE),
        (
            41,
            ".PNG, .jpeg, .JPG",
            "attached",
            "attachments/test_uploads.py::test_a_file_of_an_accepted_kind_is_kept_with_the_type_of_our_table",
        ),
        (42, "a.pdf.exe", "415", _FILES + _ODD_FILE),
        (
            43,
            "a GIF that is HTML too",
            "a download",
            "web/tickets/test_downloads.py::test_a_file_is_saved_and_never_run",
        ),
        (
            44,
            "a PDF with JavaScript",
            "a download",
            "web/tickets/test_downloads.py::test_a_file_is_saved_and_never_run",
        ),
        (45, "a zip bomb", "422", "attachments/test_archives.py::test_an_archive_that_hides_something_is_refused"),
        (
            46,
            "an encrypted archive, a link in one",
            "422",
            "attachments/test_archives.py::test_an_encrypted_archive_is_refused",
        ),
        (47, "a document with macros", "415", _FILES + _ODD_FILE),
        (
            48,
            "a virus",
            "refused",
            "web/tickets/test_scanned_files.py::test_an_infected_file_is_refused_and_not_stored",
        ),
        (49, "the same file twice", "attached once", _FILES + "test_the_same_file_chosen_again_is_sent_once"),
        (50, "a sixth file, 1,001 parts", "413", _FILES + "test_a_sixth_file_is_refused_and_the_first_five_are_kept"),
        (
            51,
            "multipart without its boundary",
            "400, nothing stored",
            _HERE + "test_a_body_without_its_boundary_is_refused",
        ),
        (52, "a wrong type of a part", "ignored", _HERE + "test_the_type_that_a_part_claims_is_ignored"),
        (
            53,
            "a connection cut in the middle",
            "nothing stored",
            _HERE + "test_a_body_shorter_than_its_length_stores_nothing",
        ),
        (
            54,
            "a name of 300 characters, emoji, quotes",
            "a well-formed header",
            "web/tickets/test_downloads.py::test_any_name_makes_a_well_formed_header",
        ),
        (
            55,
            "the scanner is down",
            "503, text kept",
            "web/tickets/test_scanned_files.py::test_without_an_answer_no_file_is_taken_and_nothing_typed_is_lost",
        ),
        (
            56,
            "the quota is used up",
            "413 or 429 with a sentence",
            "web/test_usage_limits.py::test_a_file_beyond_the_quota_is_refused_at_its_field",
        ),
        # D. Addresses
        (57, "ticket 0, -1, 00001, ٣, 5,000 digits", "404", "web/test_addresses.py::" + _CONVERTER),
        (58, "a UUID in braces, as a URN, in capitals", "404", _HERE + "test_an_id_written_in_another_way_is_missing"),
        (59, "page -1, 0, 1e9, NaN", "the first page", _HERE + "test_an_odd_page_is_the_first"),
        (60, "an unknown state", "ignored and flagged", _LIST + "test_an_unknown_filter_is_flagged"),
        (61, "sort=__class__", "the ordinary order", _LIST + "test_an_unknown_parameter_or_value_is_ignored"),
        (62, "a search of 10,000 characters", "cut", _LIST + "test_a_search_that_is_too_long_is_cut"),
        (63, "a parameter twice", "the first", _LIST + "test_the_first_of_a_repeated_parameter_is_used"),
        (64, "next=//evil", "home", "attack/test_redirects.py::test_no_sign_in_leads_to_another_site"),
        (65, "an address of 20 kB", "414", _RAW + _MALFORMED),
        (66, "..%2f, %c0%ae", "404", _PATHS),
        (
            67,
            "TRACE, PUT, PATCH",
            "405 with Allow",
            "web/test_security.py::test_methods_that_no_page_knows_are_refused",
        ),
        (68, "POST to a page", "405", "web/rights/test_matrix.py::test_other_methods_are_not_allowed"),
        (69, "HEAD", "GET without its body", "web/rights/test_matrix.py::test_head_answers_like_get_without_a_body"),
        (
            70,
            "another company's ticket",
            "404 like a missing one",
            "web/rights/test_matrix.py::test_a_hidden_object_answers_byte_for_byte_like_a_missing_one",
        ),
        (
            71,
            "approving a closed ticket",
            "409 « déjà clôturé »",
            "web/tickets/test_decisions.py::test_approving_a_closed_ticket_says_since_when",
        ),
        # E. HTTP
        (72, "no Host, two, a foreign one", "400", "web/test_security.py::test_a_foreign_host_is_refused"),
        (73, "length and chunks, two lengths, -1", "400", _RAW + _MALFORMED),
        (74, "a header of 100 kB, 1,000 headers", "431", _RAW + _MALFORMED),
        (
            75,
            "forged X-Forwarded-…",
            "ignored",
            "web/test_security.py::test_what_proxies_say_is_believed_of_ours_alone",
        ),
        (
            76,
            "a garbled cookie, 100 cookies",
            "the sign-in",
            "web/test_sign_in.py::test_a_garbled_cookie_is_a_stranger",
        ),
        (77, "a slow body", "keeps nobody waiting", _RAW + "test_visitors_who_drip_keep_nobody_waiting"),
        (78, "Range on an attachment", "right or ignored", _HERE + "test_a_part_of_a_file_is_right_or_the_whole"),
        (79, "JSON or XML to a form", "415", "web/test_security.py::test_only_forms_are_taken"),
        # F. Accounts
        (
            80,
            "a wrong password, an unknown person",
            "the same page",
            "web/test_sign_in.py::test_one_sentence_answers_every_wrong_sign_in",
        ),
        (
            81,
            "weak and endless passwords",
            "a rule each",
            "accounts/test_passwords.py::test_a_password_that_is_easily_guessed_is_refused_with_the_reason",
        ),
        (
            82,
            "the initial password again",
            "422",
            "web/test_welcome.py::test_the_initial_password_is_refused_as_the_new_one",
        ),
        (
            83,
            "a used, expired, foreign or cut link",
            "400 « Ce lien n’est plus valable. »",
            "web/test_passwords.py::test_a_made_up_link_is_dead",
        ),
        (
            84,
            "mail addresses with line ends, commas, dots",
            "422",
            "accounts/test_contact.py::test_an_unusual_address_is_refused",
        ),
        (85, "a telephone of letters", "422", "accounts/test_contact.py::test_an_invalid_telephone_number_is_refused"),
        (
            86,
            "a code that was used, old, guessed six times",
            "429",
            "application/test_second_factors.py::test_the_sixth_code_from_a_network_is_refused_even_if_it_is_right",
        ),
        (
            87,
            "a form without its token",
            "400, text kept",
            "web/test_csrf.py::test_a_form_without_its_token_comes_back_with_the_text",
        ),
        # G. Commands and settings
        (
            88,
            "an unknown command or option",
            "exit 2 with usage",
            _CLI + "test_wrong_usage_exits_with_2_and_points_to_the_help",
        ),
        (
            89,
            "an unreachable database",
            "one line, password masked",
            _CLI + "test_an_unreachable_database_is_reported_without_its_password",
        ),
        (
            90,
            "a schema of a later release",
            "refused, both named",
            _CLI + "test_a_database_of_a_later_release_is_refused_with_both_steps_named",
        ),
        (
            91,
            "a second process of the same work",
            "no message twice",
            "mailer/test_several_mailers.py::test_processes_share_the_work",
        ),
        (
            92,
            "an export to a full disk or closed pipe",
            "exit 1, no half file",
            _CLI + "test_output_on_a_full_disk_is_reported_in_one_line",
        ),
        (
            93,
            "an edited or cut file to verify",
            "exit 3 with the place",
            "cli/test_verify.py::test_a_lost_page_of_the_log_is_a_breach",
        ),
        (94, "a missing, short or example key", "refused", "config/test_keys.py::test_an_example_is_refused_as_a_key"),
        (95, "a clock in 1970", "refused", _CLI + "test_a_clock_in_1970_is_refused"),
        (
            96,
            "an unknown topic in the log",
            "names the event",
            "cli/test_audit.py::test_an_event_of_an_unknown_type_is_named",
        ),
    )
)
