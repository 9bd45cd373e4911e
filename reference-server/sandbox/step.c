/* SPDX-License-Identifier: MIT */
/* Lists of sandbox steps, and their form on the control channel. ARCHITECTURE.md, "The walls". */
#include "step.h"

#include <stdlib.h>
#include <string.h>

#include <brig/pack.h>

static const struct step_kind {
    const char *name;
    brig_step_where place;
} kinds[BRIG_STEP_COUNT] = {
#define STEP_KIND(op, name, where) {name, BRIG_STEP_##where},
    BRIG_STEPS(STEP_KIND)
#undef STEP_KIND
};

enum { MANDATORY_COUNT = 8 };

/* Walls that a plan may leave out only by mistake, by the step that tells the kind of list. */
static const struct {
    brig_step_op kind;
    brig_step_op walls[MANDATORY_COUNT];
    size_t count;
} mandatory[] = {
    {BRIG_STEP_CONFINE, {BRIG_STEP_CONFINE, BRIG_STEP_KEEP}, 2},
    {BRIG_STEP_DOMAIN,
     {BRIG_STEP_PLACE, BRIG_STEP_OWN, BRIG_STEP_FILES, BRIG_STEP_SPECULATION, BRIG_STEP_PRIVILEGES,
      BRIG_STEP_LANDLOCK, BRIG_STEP_LIMITS, BRIG_STEP_SECCOMP},
     MANDATORY_COUNT},
    {BRIG_STEP_ROOT,
     {BRIG_STEP_ENTER, BRIG_STEP_SCRATCH, BRIG_STEP_CGROUP_NAMESPACE, BRIG_STEP_CAPABILITIES,
      BRIG_STEP_LIMITS, BRIG_STEP_SPECULATION, BRIG_STEP_SECCOMP},
     7},
};

bool brig_step_allows_exec(const brig_step *step)
{
    return step->text != NULL && strcmp(step->text, BRIG_STEP_TEXT_EXEC) == 0;
}

const char *brig_step_name(brig_step_op op)
{
    return kinds[op].name;
}

brig_step_where brig_step_place(brig_step_op op)
{
    return kinds[op].place;
}

static void free_step(brig_step *step)
{
    free(step->path);
    free(step->text);
}

/* A copy that ends in NUL; NULL for no memory. */
static char *copy_text(brig_span text)
{
    char *copy = malloc(text.len + 1);

    if (copy == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

static bool make_room(brig_steps *steps)
{
    enum { FIRST_CAPACITY = 64 };
    size_t capacity = steps->capacity == 0 ? FIRST_CAPACITY : steps->capacity * 2;
    brig_step *items;

    if (steps->count < steps->capacity)
        return true;
    items = realloc(steps->items, capacity * sizeof(*items));
    if (items == NULL)
        return false;
    steps->items = items;
    steps->capacity = capacity;
    return true;
}

/* path and text: .data NULL for none. */
static void add_spans(brig_steps *steps, brig_step_op op, brig_span path, brig_span text)
{
    brig_step step = {.op = op};

    if (steps->fault != BRIG_OK)
        return;
    if (path.data != NULL)
        step.path = copy_text(path);
    if (text.data != NULL)
        step.text = copy_text(text);
    if ((path.data != NULL && step.path == NULL) || (text.data != NULL && step.text == NULL) ||
        !make_room(steps)) {
        free_step(&step);
        steps->fault = BRIG_NO_MEMORY;
        return;
    }
    steps->items[steps->count++] = step;
}

void brig_steps_add(brig_steps *steps, brig_step_op op, const char *path, const char *text)
{
    brig_span none = {NULL, 0};

    add_spans(steps, op, path == NULL ? none : brig_span_text(path),
              text == NULL ? none : brig_span_text(text));
}

void brig_steps_done(brig_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        free_step(&steps->items[i]);
    free(steps->items);
    *steps = (brig_steps){0};
}

bool brig_steps_have(const brig_steps *steps, brig_step_op op, const char *path)
{
    for (size_t i = 0; i < steps->count; i++) {
        const brig_step *step = &steps->items[i];

        if (step->op != op)
            continue;
        if (path == NULL || (step->path != NULL && strcmp(step->path, path) == 0))
            return true;
    }
    return false;
}

static void pack_optional(brig_buffer *to, const char *text)
{
    if (text == NULL)
        brig_pack_nil(to);
    else
        brig_pack_bin(to, brig_span_text(text)); /* a path need not be UTF-8 */
}

bool brig_steps_are_reduced(const brig_steps *steps)
{
    return brig_steps_have(steps, BRIG_STEP_DOMAIN, NULL);
}

static bool is_inside(const brig_step *step)
{
    return brig_step_place(step->op) != BRIG_STEP_OUTER;
}

void brig_steps_encode(const brig_steps *steps, brig_buffer *to)
{
    size_t count = 0;

    for (size_t i = 0; i < steps->count; i++)
        count += is_inside(&steps->items[i]) ? 1 : 0;
    brig_pack_array(to, count);
    for (size_t i = 0; i < steps->count; i++) {
        if (!is_inside(&steps->items[i]))
            continue;
        brig_pack_array(to, 3);
        brig_pack_cstring(to, brig_step_name(steps->items[i].op));
        pack_optional(to, steps->items[i].path);
        pack_optional(to, steps->items[i].text);
    }
}

static brig_step_op find_op(const brig_value *name)
{
    for (unsigned op = 0; op < BRIG_STEP_COUNT; op++)
        if (brig_value_is_text(name, kinds[op].name))
            return (brig_step_op)op;
    return BRIG_STEP_COUNT;
}

/* Nil, or bytes without a NUL. */
static bool read_optional(const brig_value *value, brig_span *ret_bytes)
{
    *ret_bytes = (brig_span){NULL, 0};
    if (value->kind == BRIG_NIL)
        return true;
    if (value->kind != BRIG_BIN)
        return false;
    if (value->bytes.len > 0 && memchr(value->bytes.data, '\0', value->bytes.len) != NULL)
        return false;
    *ret_bytes = value->bytes;
    return true;
}

static brig_status decode_step(const brig_value *encoded, brig_steps *steps)
{
    brig_step_op op;
    brig_span path;
    brig_span text;

    if (encoded->kind != BRIG_ARRAY || encoded->array.count != 3)
        return BRIG_MALFORMED;
    op = find_op(&encoded->array.items[0]);
    if (op == BRIG_STEP_COUNT || brig_step_place(op) == BRIG_STEP_OUTER)
        return BRIG_MALFORMED;
    if (!read_optional(&encoded->array.items[1], &path) ||
        !read_optional(&encoded->array.items[2], &text))
        return BRIG_MALFORMED;
    add_spans(steps, op, path, text);
    return steps->fault;
}

static brig_status check_mandatory(const brig_steps *steps)
{
    for (size_t kind = 0; kind < sizeof(mandatory) / sizeof(mandatory[0]); kind++) {
        if (!brig_steps_have(steps, mandatory[kind].kind, NULL))
            continue;
        for (size_t i = 0; i < mandatory[kind].count; i++)
            if (!brig_steps_have(steps, mandatory[kind].walls[i], NULL))
                return BRIG_MALFORMED;
        return BRIG_OK;
    }
    return BRIG_MALFORMED;
}

brig_status brig_steps_decode(const brig_value *encoded, brig_steps *ret_steps)
{
    brig_steps steps = {0};
    brig_status status = BRIG_OK;

    if (encoded == NULL || encoded->kind != BRIG_ARRAY)
        return BRIG_MALFORMED;
    for (size_t i = 0; status == BRIG_OK && i < encoded->array.count; i++)
        status = decode_step(&encoded->array.items[i], &steps);
    if (status == BRIG_OK)
        status = check_mandatory(&steps);
    if (status != BRIG_OK) {
        brig_steps_done(&steps);
        return status;
    }
    *ret_steps = steps;
    return BRIG_OK;
}
