/* SPDX-License-Identifier: MIT */
/* Arguments of the procedures, from structs (spec 7.3). */
#include "internal.h"

static void pack_settings(brig_buffer *to, const char *key, const brig_setting *settings,
                          size_t count)
{
    if (count == 0)
        return;
    brig_pack_cstring(to, key);
    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_key_text(to, settings[i].name, settings[i].value);
}

/* One effect is a boolean: `exec`. */
static void pack_require(brig_buffer *to, const brig_setting *settings, size_t count)
{
    if (count == 0)
        return;
    brig_pack_cstring(to, "require");
    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++) {
        const char *value = settings[i].value;

        if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
            brig_pack_key_bool(to, settings[i].name, strcmp(value, "true") == 0);
        else
            brig_pack_key_text(to, settings[i].name, value);
    }
}

static void pack_limits(brig_buffer *to, const brig_limit *limits, size_t count)
{
    if (count == 0)
        return;
    brig_pack_cstring(to, "limits");
    brig_pack_map(to, count);
    for (size_t i = 0; i < count; i++)
        brig_pack_key_uint(to, limits[i].name, limits[i].value);
}

static void pack_param(brig_buffer *to, const brig_param *param)
{
    brig_pack_cstring(to, param->name);
    brig_pack_map(to, param->description == NULL ? 1 : 2);
    brig_pack_key_text(to, "type", param->type);
    if (param->description != NULL)
        brig_pack_key_text(to, "description", param->description);
}

static void pack_params(brig_buffer *to, const brig_tool *tool)
{
    size_t required = 0;

    for (size_t i = 0; i < tool->param_count; i++)
        required += !tool->params[i].is_optional;
    brig_pack_map(to, 3);
    brig_pack_key_text(to, "type", "object");
    brig_pack_cstring(to, "properties");
    brig_pack_map(to, tool->param_count);
    for (size_t i = 0; i < tool->param_count; i++)
        pack_param(to, &tool->params[i]);
    brig_pack_cstring(to, "required");
    brig_pack_array(to, required);
    for (size_t i = 0; i < tool->param_count; i++)
        if (!tool->params[i].is_optional)
            brig_pack_cstring(to, tool->params[i].name);
}

static void pack_tool(brig_buffer *to, const brig_tool *tool)
{
    bool has_params = tool->param_count > 0 || tool->schema.len > 0;

    brig_pack_map(to, (size_t)1 + (tool->description != NULL) + has_params +
                          (tool->code != NULL ? 2 : 0) + tool->keeps_lists);
    brig_pack_key_text(to, "name", tool->name);
    if (tool->description != NULL)
        brig_pack_key_text(to, "description", tool->description);
    if (has_params) {
        brig_pack_cstring(to, "params");
        if (tool->schema.len > 0)
            brig_pack_raw(to, tool->schema);
        else
            pack_params(to, tool);
    }
    if (tool->code != NULL) {
        brig_pack_key_text(to, "where", "sandbox");
        brig_pack_key_text(to, "code", tool->code);
    }
    if (tool->keeps_lists)
        brig_pack_key_bool(to, "simplify", false);
}

void brig_encode_tools(const brig_tool *tools, size_t count, brig_buffer *to)
{
    brig_pack_cstring(to, "tools");
    brig_pack_array(to, count);
    for (size_t i = 0; i < count; i++)
        pack_tool(to, &tools[i]);
}

static void pack_key_optional_text(brig_buffer *to, const char *key, const char *text)
{
    if (text != NULL)
        brig_pack_key_text(to, key, text);
}

void brig_encode_open(const brig_open *open, brig_buffer *to)
{
    brig_pack_map(to, (size_t)0 + (open->profile != NULL) + (open->engine != NULL) +
                          (open->tool_count > 0) + (open->limit_count > 0) +
                          (open->require_count > 0) + (open->env_count > 0) + (open->seed != NULL) +
                          (open->on_input != NULL));
    pack_key_optional_text(to, "profile", open->profile);
    pack_key_optional_text(to, "engine", open->engine);
    if (open->tool_count > 0)
        brig_encode_tools(open->tools, open->tool_count, to);
    pack_limits(to, open->limits, open->limit_count);
    pack_require(to, open->require, open->require_count);
    pack_settings(to, "env", open->env, open->env_count);
    if (open->seed != NULL) {
        brig_pack_cstring(to, "seed");
        brig_pack_int(to, *open->seed);
    }
    if (open->on_input != NULL)
        brig_pack_key_bool(to, "stdin", true);
}

static const char *form_name(brig_form form)
{
    switch (form) {
    case BRIG_FORM_PLAIN:
        return "plain";
    case BRIG_FORM_TEXT:
        return "text";
    case BRIG_FORM_NONE:
        return "none";
    case BRIG_FORM_FULL:
        break;
    }
    return NULL; /* the default */
}

void brig_encode_eval(const brig_eval *eval, brig_procedure procedure, brig_buffer *to)
{
    const char *form = form_name(eval->form);
    bool is_eval = procedure == BRIG_PROCEDURE_EVAL;

    brig_pack_map(to, (size_t)1 + (eval->args.len > 0) + (form != NULL) + (eval->value_bytes > 0));
    brig_pack_key_text(to, is_eval ? "code" : "tool", is_eval ? eval->code : eval->tool);
    if (eval->args.len > 0) {
        brig_pack_cstring(to, "args");
        brig_pack_raw(to, eval->args);
    }
    pack_key_optional_text(to, "value", form);
    if (eval->value_bytes > 0)
        brig_pack_key_uint(to, "value_bytes", eval->value_bytes);
}

void brig_encode_code_options(const brig_eval *eval, brig_buffer *to)
{
    brig_pack_map(to, eval->deadline_ms > 0);
    if (eval->deadline_ms > 0)
        brig_pack_key_uint(to, "deadline_ms", eval->deadline_ms);
}
