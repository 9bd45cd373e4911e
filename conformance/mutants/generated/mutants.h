/* Generated from conformance/mutants/mutants.toml by generate.py. Do not edit. */
#ifndef BRIG_GENERATED_MUTANTS_H
#define BRIG_GENERATED_MUTANTS_H

typedef enum brig_mutant_name {
    BRIG_MUTANT_none,
    BRIG_MUTANT_accepts_any_magic,
    BRIG_MUTANT_accepts_any_last_octet,
    BRIG_MUTANT_accepts_a_highest_version_below_the_version,
    BRIG_MUTANT_answers_a_malformed_preamble,
    BRIG_MUTANT_refuses_half_a_preamble,
    BRIG_MUTANT_refuses_the_suite_first,
    BRIG_MUTANT_refuses_twice,
    BRIG_MUTANT_hides_a_refusal,
    BRIG_MUTANT_accepts_a_key_without_its_end,
    BRIG_MUTANT_reads_a_key_that_others_can_read,
    BRIG_MUTANT_awaits_a_handshake_of_any_length,
    BRIG_MUTANT_accepts_a_zero_secret,
    BRIG_MUTANT_answers_a_handshake_that_does_not_decrypt,
    BRIG_MUTANT_serves_any_client_key,
    BRIG_MUTANT_uses_an_ephemeral_key_again,
    BRIG_MUTANT_skips_a_short_record,
    BRIG_MUTANT_skips_a_record_that_does_not_decrypt,
    BRIG_MUTANT_says_that_a_record_does_not_decrypt,
    BRIG_MUTANT_accepts_any_flags,
    BRIG_MUTANT_accepts_an_empty_fragment,
    BRIG_MUTANT_joins_twice_max_message,
    BRIG_MUTANT_refuses_the_largest_record,
    BRIG_MUTANT_closes_twice,
    BRIG_MUTANT_does_not_answer_close,
    BRIG_MUTANT_takes_a_truncation_for_an_end,
    BRIG_MUTANT_leaves_without_a_word,
    BRIG_MUTANT_calls_a_fault_internal,
    BRIG_MUTANT_calls_too_large_a_fault,
    BRIG_MUTANT_waits_for_close_without_end,
    BRIG_MUTANT_calls_a_lost_connection_internal,
    BRIG_MUTANT_greets_a_stranger,
    BRIG_MUTANT_waits_for_hello_without_end,
    BRIG_MUTANT_tells_a_stranger_its_fault,
    BRIG_MUTANT_ignores_what_is_not_legal_now,
    BRIG_MUTANT_accepts_a_longer_integer,
    BRIG_MUTANT_accepts_a_longer_length,
    BRIG_MUTANT_sends_a_long_id,
    BRIG_MUTANT_accepts_a_signed_form_of_a_positive,
    BRIG_MUTANT_accepts_float32,
    BRIG_MUTANT_accepts_text_that_is_not_utf8,
    BRIG_MUTANT_accepts_a_key_that_is_no_text,
    BRIG_MUTANT_accepts_a_key_twice,
    BRIG_MUTANT_accepts_octets_behind,
    BRIG_MUTANT_refuses_depth_32,
    BRIG_MUTANT_allows_twice_the_elements,
    BRIG_MUTANT_counts_one_key_too_many,
    BRIG_MUTANT_accepts_any_logical,
    BRIG_MUTANT_accepts_a_part_of_an_element,
    BRIG_MUTANT_accepts_unused_octets_of_texts,
    BRIG_MUTANT_accepts_a_missing_of_no_type,
    BRIG_MUTANT_accepts_an_annotated_base,
    BRIG_MUTANT_accepts_octets_in_an_opaque,
    BRIG_MUTANT_wraps_a_type,
    BRIG_MUTANT_refuses_an_odd_type,
    BRIG_MUTANT_ignores_an_even_type,
    BRIG_MUTANT_accepts_any_id,
    BRIG_MUTANT_refuses_what_stands_behind_a_layout,
    BRIG_MUTANT_ignores_elements_behind_a_call,
    BRIG_MUTANT_ignores_an_unknown_key,
    BRIG_MUTANT_names_no_path,
    BRIG_MUTANT_refuses_an_unknown_key_of_hello,
    BRIG_MUTANT_accepts_a_hello_of_any_length,
    BRIG_MUTANT_accepts_any_hello,
    BRIG_MUTANT_ignores_the_peers_max_message,
    BRIG_MUTANT_refuses_more_than_64_calls,
    BRIG_MUTANT_sends_a_call_twice,
    BRIG_MUTANT_accepts_a_used_id,
    BRIG_MUTANT_ignores_an_answer_to_no_call,
    BRIG_MUTANT_takes_an_event_of_no_call,
    BRIG_MUTANT_answers_twice,
    BRIG_MUTANT_leaves_a_ping_unanswered,
    BRIG_MUTANT_sends_an_event_after_the_end,
    BRIG_MUTANT_counts_no_calls,
    BRIG_MUTANT_calls_a_procedure_a_tool,
    BRIG_MUTANT_holds_no_call,
    BRIG_MUTANT_forgets_a_held_call,
    BRIG_MUTANT_holds_a_call_before_open,
    BRIG_MUTANT_calls_a_second_open_unavailable,
    BRIG_MUTANT_keeps_an_idle_session,
    BRIG_MUTANT_calls_busy_unavailable,
    BRIG_MUTANT_believes_a_late_answer,
    BRIG_MUTANT_counts_no_processor_time,
    BRIG_MUTANT_keeps_no_deadline,
    BRIG_MUTANT_forgets_the_terminal_of_a_deadline,
    BRIG_MUTANT_ignores_an_asked_deadline,
    BRIG_MUTANT_says_kept_of_a_lost_worker,
    BRIG_MUTANT_cancels_no_tool_call,
    BRIG_MUTANT_ends_at_a_late_answer,
    BRIG_MUTANT_calls_a_lost_worker_unavailable,
    BRIG_MUTANT_forgets_the_generation,
    BRIG_MUTANT_sends_no_usage,
    BRIG_MUTANT_sends_a_value_of_any_size,
    BRIG_MUTANT_misses_no_key,
    BRIG_MUTANT_accepts_a_number_that_is_too_small,
    BRIG_MUTANT_loosens_limits,
    BRIG_MUTANT_keeps_the_profiles_limits,
    BRIG_MUTANT_ignores_require,
    BRIG_MUTANT_states_the_profiles_limits,
    BRIG_MUTANT_takes_a_ticket,
    BRIG_MUTANT_runs_code_of_any_length,
    BRIG_MUTANT_calls_a_sandbox_tool_unchecked,
    BRIG_MUTANT_keeps_what_a_failed_define_declared,
    BRIG_MUTANT_leaves_an_open_call_to_the_reset,
    BRIG_MUTANT_raises_no_generation,
    BRIG_MUTANT_keeps_the_worker_at_a_reset,
    BRIG_MUTANT_ignores_a_cancel,
    BRIG_MUTANT_cancels_whatever_runs,
    BRIG_MUTANT_cancels_no_handler,
    BRIG_MUTANT_follows_links,
    BRIG_MUTANT_takes_a_path_with_dots,
    BRIG_MUTANT_puts_at_any_offset,
    BRIG_MUTANT_puts_pieces_of_any_size,
    BRIG_MUTANT_answers_pings_in_sessions_only,
    BRIG_MUTANT_asks_for_input_unasked,
    BRIG_MUTANT_takes_any_name_for_a_tool,
    BRIG_MUTANT_takes_code_for_a_client_tool,
    BRIG_MUTANT_takes_two_tools_of_a_name,
    BRIG_MUTANT_nests_schemas_without_bound,
    BRIG_MUTANT_declares_an_empty_range,
    BRIG_MUTANT_allows_undeclared_names,
    BRIG_MUTANT_requires_no_name,
    BRIG_MUTANT_excludes_the_maximum,
    BRIG_MUTANT_lets_ext_into_arguments,
    BRIG_MUTANT_sends_arguments_unchecked,
    BRIG_MUTANT_names_a_wrong_parent,
    BRIG_MUTANT_forwards_a_call_of_any_tool,
    BRIG_MUTANT_answers_a_call_of_any_tool,
    BRIG_MUTANT_hosts_a_call_of_any_parent,
    BRIG_MUTANT_counts_no_tool_calls,
    BRIG_MUTANT_opens_any_number_of_tool_calls,
    BRIG_MUTANT_ends_at_an_unknown_event,
    BRIG_MUTANT_does_not_mark_raw,
    BRIG_MUTANT_lets_output_through,
    BRIG_MUTANT_says_truncated_each_time,
    BRIG_MUTANT_counts_no_displays,
    BRIG_MUTANT_sends_a_worker_messages_of_any_size,
    BRIG_MUTANT_takes_messages_of_any_size_of_a_worker,
    BRIG_MUTANT_tells_nothing_of_dropped,
    BRIG_MUTANT_sends_a_wrong_class,
    BRIG_MUTANT_takes_an_unknown_class_for_retry,
    BRIG_MUTANT_believes_a_sent_class,
    BRIG_MUTANT_calls_each_loss_memory,
    BRIG_MUTANT_calls_an_exit_a_crash,
    BRIG_MUTANT_accepts_columns_of_any_length,
    BRIG_MUTANT_accepts_any_code_of_a_factor,
    BRIG_MUTANT_accepts_a_level_twice,
    BRIG_MUTANT_accepts_any_dim,
    BRIG_MUTANT_takes_every_nan_as_missing,
    BRIG_MUTANT_speaks_any_version,
    BRIG_MUTANT_speaks_another_version,
    BRIG_MUTANT_ignores_wrong_words_of_a_worker,
    BRIG_MUTANT_ignores_a_second_terminal,
} brig_mutant_name;

#define BRIG_MUTANT_MAP(X) \
    X(accepts_any_magic) \
    X(accepts_any_last_octet) \
    X(accepts_a_highest_version_below_the_version) \
    X(answers_a_malformed_preamble) \
    X(refuses_half_a_preamble) \
    X(refuses_the_suite_first) \
    X(refuses_twice) \
    X(hides_a_refusal) \
    X(accepts_a_key_without_its_end) \
    X(reads_a_key_that_others_can_read) \
    X(awaits_a_handshake_of_any_length) \
    X(accepts_a_zero_secret) \
    X(answers_a_handshake_that_does_not_decrypt) \
    X(serves_any_client_key) \
    X(uses_an_ephemeral_key_again) \
    X(skips_a_short_record) \
    X(skips_a_record_that_does_not_decrypt) \
    X(says_that_a_record_does_not_decrypt) \
    X(accepts_any_flags) \
    X(accepts_an_empty_fragment) \
    X(joins_twice_max_message) \
    X(refuses_the_largest_record) \
    X(closes_twice) \
    X(does_not_answer_close) \
    X(takes_a_truncation_for_an_end) \
    X(leaves_without_a_word) \
    X(calls_a_fault_internal) \
    X(calls_too_large_a_fault) \
    X(waits_for_close_without_end) \
    X(calls_a_lost_connection_internal) \
    X(greets_a_stranger) \
    X(waits_for_hello_without_end) \
    X(tells_a_stranger_its_fault) \
    X(ignores_what_is_not_legal_now) \
    X(accepts_a_longer_integer) \
    X(accepts_a_longer_length) \
    X(sends_a_long_id) \
    X(accepts_a_signed_form_of_a_positive) \
    X(accepts_float32) \
    X(accepts_text_that_is_not_utf8) \
    X(accepts_a_key_that_is_no_text) \
    X(accepts_a_key_twice) \
    X(accepts_octets_behind) \
    X(refuses_depth_32) \
    X(allows_twice_the_elements) \
    X(counts_one_key_too_many) \
    X(accepts_any_logical) \
    X(accepts_a_part_of_an_element) \
    X(accepts_unused_octets_of_texts) \
    X(accepts_a_missing_of_no_type) \
    X(accepts_an_annotated_base) \
    X(accepts_octets_in_an_opaque) \
    X(wraps_a_type) \
    X(refuses_an_odd_type) \
    X(ignores_an_even_type) \
    X(accepts_any_id) \
    X(refuses_what_stands_behind_a_layout) \
    X(ignores_elements_behind_a_call) \
    X(ignores_an_unknown_key) \
    X(names_no_path) \
    X(refuses_an_unknown_key_of_hello) \
    X(accepts_a_hello_of_any_length) \
    X(accepts_any_hello) \
    X(ignores_the_peers_max_message) \
    X(refuses_more_than_64_calls) \
    X(sends_a_call_twice) \
    X(accepts_a_used_id) \
    X(ignores_an_answer_to_no_call) \
    X(takes_an_event_of_no_call) \
    X(answers_twice) \
    X(leaves_a_ping_unanswered) \
    X(sends_an_event_after_the_end) \
    X(counts_no_calls) \
    X(calls_a_procedure_a_tool) \
    X(holds_no_call) \
    X(forgets_a_held_call) \
    X(holds_a_call_before_open) \
    X(calls_a_second_open_unavailable) \
    X(keeps_an_idle_session) \
    X(calls_busy_unavailable) \
    X(believes_a_late_answer) \
    X(counts_no_processor_time) \
    X(keeps_no_deadline) \
    X(forgets_the_terminal_of_a_deadline) \
    X(ignores_an_asked_deadline) \
    X(says_kept_of_a_lost_worker) \
    X(cancels_no_tool_call) \
    X(ends_at_a_late_answer) \
    X(calls_a_lost_worker_unavailable) \
    X(forgets_the_generation) \
    X(sends_no_usage) \
    X(sends_a_value_of_any_size) \
    X(misses_no_key) \
    X(accepts_a_number_that_is_too_small) \
    X(loosens_limits) \
    X(keeps_the_profiles_limits) \
    X(ignores_require) \
    X(states_the_profiles_limits) \
    X(takes_a_ticket) \
    X(runs_code_of_any_length) \
    X(calls_a_sandbox_tool_unchecked) \
    X(keeps_what_a_failed_define_declared) \
    X(leaves_an_open_call_to_the_reset) \
    X(raises_no_generation) \
    X(keeps_the_worker_at_a_reset) \
    X(ignores_a_cancel) \
    X(cancels_whatever_runs) \
    X(cancels_no_handler) \
    X(follows_links) \
    X(takes_a_path_with_dots) \
    X(puts_at_any_offset) \
    X(puts_pieces_of_any_size) \
    X(answers_pings_in_sessions_only) \
    X(asks_for_input_unasked) \
    X(takes_any_name_for_a_tool) \
    X(takes_code_for_a_client_tool) \
    X(takes_two_tools_of_a_name) \
    X(nests_schemas_without_bound) \
    X(declares_an_empty_range) \
    X(allows_undeclared_names) \
    X(requires_no_name) \
    X(excludes_the_maximum) \
    X(lets_ext_into_arguments) \
    X(sends_arguments_unchecked) \
    X(names_a_wrong_parent) \
    X(forwards_a_call_of_any_tool) \
    X(answers_a_call_of_any_tool) \
    X(hosts_a_call_of_any_parent) \
    X(counts_no_tool_calls) \
    X(opens_any_number_of_tool_calls) \
    X(ends_at_an_unknown_event) \
    X(does_not_mark_raw) \
    X(lets_output_through) \
    X(says_truncated_each_time) \
    X(counts_no_displays) \
    X(sends_a_worker_messages_of_any_size) \
    X(takes_messages_of_any_size_of_a_worker) \
    X(tells_nothing_of_dropped) \
    X(sends_a_wrong_class) \
    X(takes_an_unknown_class_for_retry) \
    X(believes_a_sent_class) \
    X(calls_each_loss_memory) \
    X(calls_an_exit_a_crash) \
    X(accepts_columns_of_any_length) \
    X(accepts_any_code_of_a_factor) \
    X(accepts_a_level_twice) \
    X(accepts_any_dim) \
    X(takes_every_nan_as_missing) \
    X(speaks_any_version) \
    X(speaks_another_version) \
    X(ignores_wrong_words_of_a_worker) \
    X(ignores_a_second_terminal)

/* The environment variable that names the fault; read once, before main(). */
#define BRIG_MUTANT_VARIABLE "BRIG_MUTANT"

extern brig_mutant_name brig_mutant;

/* The name of brig_mutant, or "none". */
const char *brig_mutant_text(void);

#endif
