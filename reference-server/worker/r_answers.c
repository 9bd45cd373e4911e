/* SPDX-License-Identifier: MIT */
/* Waiting for tools and input while code is suspended in the call (spec 7.4, 11.3). */
#include "r_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <brig/value.h>

#include "r_channel.h"
#include "r_decode.h"
#include "r_text.h"

#include <R_ext/Utils.h>

enum { MAX_OPEN = 64 };

struct answer {
    uint64_t id; /* 0: free */
    bool simplify;
    bool has_arrived;
    bool is_error;
    char name[BRIG_LIMIT_TOOL_NAME_BYTES + 1];
};

static struct {
    struct answer slots[MAX_OPEN];
    SEXP values; /* list, by slot */
    uint64_t last_id;
    size_t most;
    bool is_held;
} answers = {.most = R_ANSWERS_DEFAULT_OPEN};

void r_answers_start(void)
{
    answers.values = Rf_allocVector(VECSXP, MAX_OPEN);
    R_PreserveObject(answers.values);
}

void r_answers_set_most(uint64_t most)
{
    answers.most = most < MAX_OPEN ? (size_t)most : MAX_OPEN;
    if (answers.most == 0)
        answers.most = 1;
}

void r_answers_hold(void)
{
    answers.is_held = true;
}

void r_answers_release(void)
{
    answers.is_held = false;
}

static void free_slot(size_t slot)
{
    answers.slots[slot] = (struct answer){0};
    SET_VECTOR_ELT(answers.values, (R_xlen_t)slot, R_NilValue);
}

static void abandon_after(uint64_t mark)
{
    for (size_t i = 0; i < MAX_OPEN; i++)
        if (answers.slots[i].id > mark)
            free_slot(i);
}

void r_answers_abandon(void)
{
    abandon_after(0);
}

SEXP r_answers_mark(void)
{
    return Rf_ScalarReal((double)answers.last_id);
}

SEXP r_answers_abandon_after(SEXP mark)
{
    abandon_after((uint64_t)Rf_asReal(mark));
    return R_NilValue;
}

/* "tool 'name': code: text", with the code as a field of its own for handlers. */
static SEXP error_text(const char *name, const char *code, const char *text)
{
    size_t size = strlen(name) + strlen(code) + strlen(text) + sizeof("tool '': : ");
    char *sentence = R_alloc(size, 1);

    (void)snprintf(sentence, size, "tool '%s': %s: %s", name, code, text);
    return Rf_ScalarString(Rf_mkCharCE(sentence, CE_UTF8));
}

/* An error that the code can catch. */
static SEXP tool_error(const char *name, const brig_message *message)
{
    const void *mark = vmaxget();
    const char *const classes[] = {"brig_tool_error", "error", "condition"};
    const char *names[] = {"message", "call", "code", ""};
    SEXP condition = PROTECT(Rf_mkNamed(VECSXP, names));
    SEXP class_names = PROTECT(Rf_allocVector(STRSXP, 3));
    SEXP code = PROTECT(r_text_new(message->name));
    SEXP text = PROTECT(r_text_new(message->text));

    for (int i = 0; i < 3; i++)
        SET_STRING_ELT(class_names, i, Rf_mkChar(classes[i]));
    if (code == R_NilValue || text == R_NilValue)
        Rf_error("the answer to a tool call holds U+0000");
    SET_VECTOR_ELT(condition, 0, error_text(name, CHAR(code), CHAR(text)));
    SET_VECTOR_ELT(condition, 2, Rf_ScalarString(code));
    Rf_setAttrib(condition, R_ClassSymbol, class_names);
    vmaxset(mark);
    UNPROTECT(4);
    return condition;
}

struct arrival {
    const brig_message *message;
    size_t slot;
    brig_tree *tree;
};

static SEXP store_answer(void *data)
{
    struct arrival *arrival = data;
    struct answer *answer = &answers.slots[arrival->slot];
    struct r_decoder decoder = {.simplify = answer->simplify};
    SEXP value;

    answer->is_error = arrival->message->type == BRIG_MESSAGE_ERROR;
    if (answer->is_error) {
        value = tool_error(answer->name, arrival->message);
    } else {
        if (brig_tree_new(arrival->message->body, &arrival->tree) != BRIG_OK)
            Rf_error("the answer to a tool call is not a value");
        value = r_decode(&decoder, brig_tree_root(arrival->tree));
        if (decoder.problem != NULL)
            Rf_error("the answer to a tool call does not fit into R: %s", decoder.problem);
    }
    SET_VECTOR_ELT(answers.values, (R_xlen_t)arrival->slot, value);
    answer->has_arrived = true;
    return R_NilValue;
}

static void end_arrival(void *data)
{
    struct arrival *arrival = data;

    brig_tree_free(arrival->tree);
    r_answers_release();
    if (!answers.slots[arrival->slot].has_arrived)
        free_slot(arrival->slot);
}

static void take_message(const brig_message *message)
{
    struct arrival arrival = {.message = message};

    if (message->type % 2 == 1)
        return; /* no events are defined here, and other odd types may be ignored */
    /* The server has one call open here, so nothing but answers may come. */
    if (message->type != BRIG_MESSAGE_RESULT && message->type != BRIG_MESSAGE_ERROR)
        _exit(R_EXIT_PROTOCOL);
    if (message->id > answers.last_id)
        _exit(R_EXIT_PROTOCOL);
    while (arrival.slot < MAX_OPEN && answers.slots[arrival.slot].id != message->id)
        arrival.slot++;
    if (arrival.slot == MAX_OPEN || answers.slots[arrival.slot].has_arrived)
        return;
    r_answers_hold();
    (void)R_ExecWithCleanup(store_answer, &arrival, end_arrival, &arrival);
}

/* Code that suspends interrupts waits for its answer; all other is stopped here. */
static void wait_for_any(void)
{
    brig_message message;

    if (R_interrupts_suspended != 0) {
        r_channel_receive(&message);
    } else if (!r_channel_receive_answer(&message)) {
        r_answers_abandon();
        R_CheckUserInterrupt();
        Rf_error("the calls were given up");
    }
    take_message(&message);
}

static size_t count_open(void)
{
    size_t count = 0;

    for (size_t i = 0; i < MAX_OPEN; i++)
        count += answers.slots[i].id != 0 && !answers.slots[i].has_arrived;
    return count;
}

/* The slot of a call (id 0: a free one), or MAX_OPEN. */
static size_t find_slot(uint64_t id)
{
    size_t slot = 0;

    while (slot < MAX_OPEN && answers.slots[slot].id != id)
        slot++;
    return slot;
}

uint64_t r_answers_call(brig_span procedure, brig_span args, bool simplify)
{
    size_t slot;

    if (!r_channel_is_ours())
        Rf_error("a forked process cannot call tools");
    if (answers.is_held || !r_channel_takes_events())
        Rf_error("tools cannot be called now");
    while (count_open() >= answers.most)
        wait_for_any();
    slot = find_slot(0);
    if (slot == MAX_OPEN)
        Rf_error("too many tool calls at once");
    answers.last_id = r_channel_call(procedure, args);
    answers.slots[slot] = (struct answer){.id = answers.last_id, .simplify = simplify};
    if (procedure.len < sizeof(answers.slots[slot].name))
        memcpy(answers.slots[slot].name, procedure.data, procedure.len);
    return answers.last_id;
}

SEXP r_answers_await(uint64_t id, bool *ret_is_error)
{
    size_t slot = find_slot(id);
    SEXP value;

    while (slot < MAX_OPEN && !answers.slots[slot].has_arrived) {
        wait_for_any();
        slot = find_slot(id);
    }
    if (slot == MAX_OPEN)
        Rf_error("the call was given up");
    value = VECTOR_ELT(answers.values, (R_xlen_t)slot);
    *ret_is_error = answers.slots[slot].is_error;
    PROTECT(value);
    free_slot(slot);
    UNPROTECT(1);
    return value;
}
