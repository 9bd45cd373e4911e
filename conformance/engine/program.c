/* SPDX-License-Identifier: MIT */
/* A text to lines, each a verb with its arguments (spec 14.1). */
#include "program.h"

#include "argument.h"

enum { MAX_LINES_WITHIN = 32 };

static const char handler_line[] = "handler";

/* Code points before an octet: those that begin there. */
static size_t count_code_points(const uint8_t *from, const uint8_t *to)
{
    size_t count = 0;

    for (; from < to; from++)
        count += (*from & 0xc0) != 0x80;
    return count;
}

/* One line of a text that is being read. */
typedef struct line_reader {
    conf_arena *arena;
    brig_span line;
    conf_fault *fault;
    unsigned within; /* how many lines hold this one */
} line_reader;

static bool refuse(const line_reader *from, const uint8_t *at, const char *text)
{
    from->fault->column = 1 + count_code_points(from->line.data, at);
    from->fault->text = text;
    return false;
}

/* The word at the front of a line; the rest begins behind one space. */
static brig_span cut_word(brig_span *rest, bool *ret_is_more)
{
    const uint8_t *space = rest->len == 0 ? NULL : memchr(rest->data, ' ', rest->len);
    size_t len = space == NULL ? rest->len : (size_t)(space - rest->data);
    brig_span word = {rest->data, len};

    *ret_is_more = space != NULL;
    len += space != NULL;
    *rest = (brig_span){rest->data + len, rest->len - len};
    return word;
}

static bool is_last(const conf_verb *verb, size_t i)
{
    return i + 1 == CONF_ARGUMENTS || verb->parameters[i + 1].kind == CONF_NONE;
}

static bool is_one_word(conf_kind kind)
{
    return kind == CONF_WORD || kind == CONF_CHOICE || kind == CONF_COUNT || kind == CONF_INT;
}

static conf_line *read_line(line_reader *from, const uint8_t *begin);

/* The line's last argument may hold spaces, unless it is a word. */
static bool read_arguments(line_reader *from, brig_span rest, bool is_more, conf_line *to)
{
    const conf_verb *verb = to->verb;

    for (size_t i = 0; i < CONF_ARGUMENTS && verb->parameters[i].kind != CONF_NONE; i++) {
        const conf_parameter *parameter = &verb->parameters[i];
        brig_span written = rest;

        if (!is_more && parameter->kind != CONF_TEXT)
            return refuse(from, from->line.data + from->line.len, "an argument is missing");
        if (parameter->kind == CONF_LINE) {
            from->within++;
            to->arguments[i].line = read_line(from, rest.data);
            return to->arguments[i].line != NULL;
        }
        if (is_last(verb, i) && !is_one_word(parameter->kind))
            is_more = false;
        else
            written = cut_word(&rest, &is_more);
        if (!conf_argument_read(from->arena, parameter, written, &to->arguments[i]))
            return refuse(from, written.data, "this is not an argument of the verb");
    }
    return !is_more || refuse(from, rest.data, "an argument too many");
}

/* The line from `begin` on. NULL with the fault. */
static conf_line *read_line(line_reader *from, const uint8_t *begin)
{
    brig_span rest = {begin, (size_t)(from->line.data + from->line.len - begin)};
    conf_line *read = conf_arena_take(from->arena, sizeof(*read));
    bool is_more;

    read->source = rest;
    read->verb = conf_verb_find(cut_word(&rest, &is_more));
    if (read->verb == NULL || from->within > MAX_LINES_WITHIN) {
        (void)refuse(from, begin, "no such verb");
        return NULL;
    }
    return read_arguments(from, rest, is_more, read) ? read : NULL;
}

static brig_span cut_line(brig_span *code)
{
    const uint8_t *end = memchr(code->data, '\n', code->len);
    size_t len = end == NULL ? code->len : (size_t)(end - code->data);
    brig_span line = {code->data, len};

    len += end != NULL;
    *code = (brig_span){code->data + len, code->len - len};
    return line;
}

/* handler_at: where the lines of a tool's handler begin to be linked; NULL: it is no tool. */
static bool read_lines(brig_span code, conf_program *to, const conf_line **handler_at,
                       conf_fault *ret_fault)
{
    const conf_line **link = &to->first;

    for (ret_fault->line = 1; code.len > 0; ret_fault->line++) {
        brig_span line = cut_line(&code);

        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (handler_at != NULL && brig_span_is(line, handler_line)) {
            link = handler_at;
            handler_at = NULL;
            continue;
        }
        line_reader from = {&to->arena, line, ret_fault, 0};
        conf_line *read = read_line(&from, line.data);
        if (read == NULL)
            return false;
        *link = read;
        link = &read->next;
    }
    return true;
}

static bool read_program(brig_span code, bool is_tool, conf_program *to, conf_fault *ret_fault)
{
    *to = (conf_program){.arena = {NULL}};
    if (read_lines(conf_arena_copy(&to->arena, code), to, is_tool ? &to->handler : NULL, ret_fault))
        return true;
    conf_program_done(to);
    return false;
}

bool conf_program_read(brig_span code, conf_program *ret_program, conf_fault *ret_fault)
{
    return read_program(code, false, ret_program, ret_fault);
}

bool conf_program_read_tool(brig_span code, conf_program *ret_program, conf_fault *ret_fault)
{
    bool has_handler = false;

    if (!read_program(code, true, ret_program, ret_fault))
        return false;
    for (brig_span rest = code; rest.len > 0 && !has_handler;)
        has_handler = brig_span_is(cut_line(&rest), handler_line);
    if (!has_handler) {
        ret_program->handler = ret_program->first;
        ret_program->first = NULL;
    }
    return true;
}

void conf_program_done(conf_program *program)
{
    conf_arena_done(&program->arena);
    *program = (conf_program){.arena = {NULL}};
}
