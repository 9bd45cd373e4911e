/* Generated from spec/protocol.toml by spec/generate.py. Do not edit. */
#ifndef BRIG_GENERATED_RECORDS_H
#define BRIG_GENERATED_RECORDS_H

static const struct key_rule keys_hello[] = {
    {.key = "software", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "capabilities", .type = TYPE_ARRAY, .of = TYPE_TEXT, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "max_message", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "max_calls", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_open[] = {
    {.key = "profile", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "tools", .type = TYPE_ARRAY, .of = TYPE_RECORD, .of_record = BRIG_RECORD_TOOL, .required = false},
    {.key = "limits", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_LIMITS, .required = false},
    {.key = "require", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_REQUIRE, .required = false},
    {.key = "env", .type = TYPE_MAP, .of = TYPE_TEXT, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "seed", .type = TYPE_INT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "engine", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "stdin", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "keep_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "ticket", .type = TYPE_BIN, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_opened[] = {
    {.key = "session", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "generation", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "engine", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_ENGINE, .required = true},
    {.key = "sandbox", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_SANDBOX, .required = true},
    {.key = "limits", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_LIMITS, .required = true},
};

static const struct key_rule keys_engine[] = {
    {.key = "name", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "version", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "packages", .type = TYPE_MAP, .of = TYPE_TEXT, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_limits[] = {
    {.key = "deadline_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
    {.key = "grace_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "idle_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
    {.key = "cpu_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
    {.key = "memory_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
    {.key = "processes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
    {.key = "open_files", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 16},
    {.key = "file_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "workspace_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 4096},
    {.key = "workspace_files", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 16},
    {.key = "output_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "code_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "value_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "message_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1048576},
    {.key = "displays", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "display_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "display_pixels", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 10000},
    {.key = "tool_calls", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "tool_calls_open", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
};

static const struct key_rule keys_code_options[] = {
    {.key = "deadline_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
};

static const struct key_rule keys_eval[] = {
    {.key = "code", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "args", .type = TYPE_MAP, .of = TYPE_VALUE, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "value", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .values = "none|text|plain|full"},
    {.key = "value_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_call[] = {
    {.key = "tool", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "args", .type = TYPE_MAP, .of = TYPE_VALUE, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "value", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .values = "none|text|plain|full"},
    {.key = "value_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_define[] = {
    {.key = "tools", .type = TYPE_ARRAY, .of = TYPE_RECORD, .of_record = BRIG_RECORD_TOOL, .required = true},
};

static const struct key_rule keys_defined[] = {
    {.key = "tools", .type = TYPE_ARRAY, .of = TYPE_TEXT, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_reset[] = {
    {.key = "generation", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "sandbox", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_SANDBOX, .required = true},
};

static const struct key_rule keys_cancel[] = {
    {.key = "id", .type = TYPE_ID, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_cancelled[] = {
    {.key = "outcome", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true, .values = "interrupting|finished|unknown"},
};

static const struct key_rule keys_put[] = {
    {.key = "path", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "offset", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "data", .type = TYPE_BIN, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "last", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_put_done[] = {
    {.key = "size", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_get[] = {
    {.key = "path", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "offset", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "length", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_got[] = {
    {.key = "data", .type = TYPE_BIN, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "size", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "last", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_list[] = {
    {.key = "path", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_listed[] = {
    {.key = "files", .type = TYPE_ARRAY, .of = TYPE_RECORD, .of_record = BRIG_RECORD_FILE, .required = true},
    {.key = "complete", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_file[] = {
    {.key = "path", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "type", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true, .values = "file|directory"},
    {.key = "size", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "modified_ms", .type = TYPE_INT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_info[] = {
    {.key = "session", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "generation", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "state", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true, .values = "idle|running|stale"},
    {.key = "running", .type = TYPE_ID, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "tools", .type = TYPE_ARRAY, .of = TYPE_TEXT, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "engine", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_ENGINE, .required = true},
    {.key = "sandbox", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_SANDBOX, .required = true},
    {.key = "limits", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_LIMITS, .required = true},
};

static const struct key_rule keys_input[] = {
    {.key = "prompt", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "hidden", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_tool_options[] = {
    {.key = "parent", .type = TYPE_ID, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "deadline_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_code_meta[] = {
    {.key = "generation", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "usage", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_USAGE, .required = true},
    {.key = "value", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .values = "omitted"},
    {.key = "visible", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "dropped", .type = TYPE_MAP, .of = TYPE_UINT, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "state", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .values = "kept|lost"},
};

static const struct key_rule keys_usage[] = {
    {.key = "wall_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "cpu_ms", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "memory_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "tool_calls", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_tool[] = {
    {.key = "name", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "description", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "params", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_SCHEMA, .required = false},
    {.key = "where", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .values = "client|sandbox"},
    {.key = "code", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "simplify", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_schema[] = {
    {.key = "type", .type = TYPE_ANY, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "properties", .type = TYPE_MAP, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "required", .type = TYPE_ARRAY, .of = TYPE_TEXT, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "enum", .type = TYPE_ARRAY, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "const", .type = TYPE_ANY, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "items", .type = TYPE_MAP, .of = TYPE_RECORD, .of_record = BRIG_RECORD_SCHEMA, .required = false},
    {.key = "additionalProperties", .type = TYPE_ANY, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "minimum", .type = TYPE_NUMBER, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "maximum", .type = TYPE_NUMBER, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "minLength", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "maxLength", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "minItems", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "maxItems", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "title", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "description", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "default", .type = TYPE_ANY, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "examples", .type = TYPE_ARRAY, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "format", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "deprecated", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_sandbox[] = {
    {.key = "level", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "fs_read", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "fs_write", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "network", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "exec", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "processes", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "memory", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "uid", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "mechanisms", .type = TYPE_MAP, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
};

static const struct key_rule keys_require[] = {
    {.key = "level", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "fs_read", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "fs_write", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "network", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "exec", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "processes", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "memory", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "uid", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_event_meta[] = {
    {.key = "raw", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "late", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "id", .type = TYPE_TEXT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "update", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
};

static const struct key_rule keys_worker_open[] = {
    {.key = "tools", .type = TYPE_ARRAY, .of = TYPE_RECORD, .of_record = BRIG_RECORD_TOOL, .required = true},
    {.key = "seed", .type = TYPE_INT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false},
    {.key = "stdin", .type = TYPE_BOOL, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "displays", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "display_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "display_pixels", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "value_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = true},
    {.key = "tool_calls_open", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1},
    {.key = "message_bytes", .type = TYPE_UINT, .of = TYPE_ANY, .of_record = BRIG_RECORD_COUNT, .required = false, .minimum = 1048576},
};

static const struct record_rule record_rules[BRIG_RECORD_COUNT] = {
    [BRIG_RECORD_HELLO] = {keys_hello, sizeof(keys_hello) / sizeof(keys_hello[0]), true},
    [BRIG_RECORD_NOTHING] = {NULL, 0, false},
    [BRIG_RECORD_OPEN] = {keys_open, sizeof(keys_open) / sizeof(keys_open[0]), false},
    [BRIG_RECORD_OPENED] = {keys_opened, sizeof(keys_opened) / sizeof(keys_opened[0]), true},
    [BRIG_RECORD_ENGINE] = {keys_engine, sizeof(keys_engine) / sizeof(keys_engine[0]), true},
    [BRIG_RECORD_LIMITS] = {keys_limits, sizeof(keys_limits) / sizeof(keys_limits[0]), false},
    [BRIG_RECORD_CODE_OPTIONS] = {keys_code_options, sizeof(keys_code_options) / sizeof(keys_code_options[0]), false},
    [BRIG_RECORD_EVAL] = {keys_eval, sizeof(keys_eval) / sizeof(keys_eval[0]), false},
    [BRIG_RECORD_CALL] = {keys_call, sizeof(keys_call) / sizeof(keys_call[0]), false},
    [BRIG_RECORD_DEFINE] = {keys_define, sizeof(keys_define) / sizeof(keys_define[0]), false},
    [BRIG_RECORD_DEFINED] = {keys_defined, sizeof(keys_defined) / sizeof(keys_defined[0]), true},
    [BRIG_RECORD_RESET] = {keys_reset, sizeof(keys_reset) / sizeof(keys_reset[0]), true},
    [BRIG_RECORD_CANCEL] = {keys_cancel, sizeof(keys_cancel) / sizeof(keys_cancel[0]), false},
    [BRIG_RECORD_CANCELLED] = {keys_cancelled, sizeof(keys_cancelled) / sizeof(keys_cancelled[0]), true},
    [BRIG_RECORD_PUT] = {keys_put, sizeof(keys_put) / sizeof(keys_put[0]), false},
    [BRIG_RECORD_PUT_DONE] = {keys_put_done, sizeof(keys_put_done) / sizeof(keys_put_done[0]), true},
    [BRIG_RECORD_GET] = {keys_get, sizeof(keys_get) / sizeof(keys_get[0]), false},
    [BRIG_RECORD_GOT] = {keys_got, sizeof(keys_got) / sizeof(keys_got[0]), true},
    [BRIG_RECORD_LIST] = {keys_list, sizeof(keys_list) / sizeof(keys_list[0]), false},
    [BRIG_RECORD_LISTED] = {keys_listed, sizeof(keys_listed) / sizeof(keys_listed[0]), true},
    [BRIG_RECORD_FILE] = {keys_file, sizeof(keys_file) / sizeof(keys_file[0]), true},
    [BRIG_RECORD_INFO] = {keys_info, sizeof(keys_info) / sizeof(keys_info[0]), true},
    [BRIG_RECORD_PONG] = {NULL, 0, true},
    [BRIG_RECORD_INPUT] = {keys_input, sizeof(keys_input) / sizeof(keys_input[0]), false},
    [BRIG_RECORD_TOOL_OPTIONS] = {keys_tool_options, sizeof(keys_tool_options) / sizeof(keys_tool_options[0]), true},
    [BRIG_RECORD_CODE_META] = {keys_code_meta, sizeof(keys_code_meta) / sizeof(keys_code_meta[0]), true},
    [BRIG_RECORD_USAGE] = {keys_usage, sizeof(keys_usage) / sizeof(keys_usage[0]), true},
    [BRIG_RECORD_TOOL] = {keys_tool, sizeof(keys_tool) / sizeof(keys_tool[0]), false},
    [BRIG_RECORD_SCHEMA] = {keys_schema, sizeof(keys_schema) / sizeof(keys_schema[0]), false},
    [BRIG_RECORD_SANDBOX] = {keys_sandbox, sizeof(keys_sandbox) / sizeof(keys_sandbox[0]), true},
    [BRIG_RECORD_REQUIRE] = {keys_require, sizeof(keys_require) / sizeof(keys_require[0]), false},
    [BRIG_RECORD_EVENT_META] = {keys_event_meta, sizeof(keys_event_meta) / sizeof(keys_event_meta[0]), true},
    [BRIG_RECORD_WORKER_OPEN] = {keys_worker_open, sizeof(keys_worker_open) / sizeof(keys_worker_open[0]), false},
};

static const struct procedure_rule procedure_rules[BRIG_PROCEDURE_COUNT] = {
    [BRIG_PROCEDURE_OPEN] = {
        "brig.open", BRIG_RECORD_OPEN, BRIG_RECORD_NOTHING,
        FROM(CLIENT), false, false},
    [BRIG_PROCEDURE_EVAL] = {
        "brig.eval", BRIG_RECORD_EVAL, BRIG_RECORD_CODE_OPTIONS,
        FROM(CLIENT), true, false},
    [BRIG_PROCEDURE_CALL] = {
        "brig.call", BRIG_RECORD_CALL, BRIG_RECORD_CODE_OPTIONS,
        FROM(CLIENT), true, false},
    [BRIG_PROCEDURE_DEFINE] = {
        "brig.define", BRIG_RECORD_DEFINE, BRIG_RECORD_CODE_OPTIONS,
        FROM(CLIENT), true, false},
    [BRIG_PROCEDURE_RESET] = {
        "brig.reset", BRIG_RECORD_NOTHING, BRIG_RECORD_NOTHING,
        FROM(CLIENT), false, false},
    [BRIG_PROCEDURE_CANCEL] = {
        "brig.cancel", BRIG_RECORD_CANCEL, BRIG_RECORD_NOTHING,
        FROM(CLIENT) | FROM(SERVER), false, true},
    [BRIG_PROCEDURE_PUT] = {
        "brig.put", BRIG_RECORD_PUT, BRIG_RECORD_NOTHING,
        FROM(CLIENT), false, false},
    [BRIG_PROCEDURE_GET] = {
        "brig.get", BRIG_RECORD_GET, BRIG_RECORD_NOTHING,
        FROM(CLIENT), false, false},
    [BRIG_PROCEDURE_LIST] = {
        "brig.list", BRIG_RECORD_LIST, BRIG_RECORD_NOTHING,
        FROM(CLIENT), false, false},
    [BRIG_PROCEDURE_INFO] = {
        "brig.info", BRIG_RECORD_NOTHING, BRIG_RECORD_NOTHING,
        FROM(CLIENT), false, false},
    [BRIG_PROCEDURE_PING] = {
        "brig.ping", BRIG_RECORD_NOTHING, BRIG_RECORD_NOTHING,
        FROM(CLIENT) | FROM(SERVER), false, true},
    [BRIG_PROCEDURE_INPUT] = {
        "brig.input", BRIG_RECORD_INPUT, BRIG_RECORD_TOOL_OPTIONS,
        FROM(SERVER), false, false},
};

/* Values from the strictest to the weakest. */
static const struct effect_rule effect_rules[BRIG_EFFECT_COUNT] = {
    [BRIG_EFFECT_LEVEL] = {"level", "full|reduced|minimal|none"},
    [BRIG_EFFECT_FS_READ] = {"fs_read", "listed|host"},
    [BRIG_EFFECT_FS_WRITE] = {"fs_write", "workspace|host"},
    [BRIG_EFFECT_NETWORK] = {"network", "none|tools|open"},
    [BRIG_EFFECT_EXEC] = {"exec", "false|true"},
    [BRIG_EFFECT_PROCESSES] = {"processes", "own|shared"},
    [BRIG_EFFECT_MEMORY] = {"memory", "group|process|none"},
    [BRIG_EFFECT_UID] = {"uid", "own|shared"},
};

#endif
