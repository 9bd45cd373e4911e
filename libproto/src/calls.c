/* SPDX-License-Identifier: MIT */
/* Ids of the calls of one direction (spec 7.1). */
#include "calls.h"

#include <assert.h>

#include <brig/procedure.h>

#include "mutant.h"

void brig_calls_init(brig_calls *calls, size_t max_calls)
{
    assert(max_calls <= BRIG_LIMIT_MAX_CALLS);
    *calls = (brig_calls){
        .limits = {
            [BRIG_CALL_ORDINARY] = max_calls, [BRIG_CALL_CONTROL] = BRIG_LIMIT_MAX_CONTROL_CALLS}};
}

brig_call_kind brig_call_kind_of(brig_span procedure)
{
    brig_procedure known = brig_procedure_find(procedure);

    if (known != BRIG_PROCEDURE_COUNT && brig_procedure_is_control(known))
        return BRIG_CALL_CONTROL;
    return BRIG_CALL_ORDINARY;
}

static size_t open_count(const brig_calls *calls)
{
    return calls->counts[BRIG_CALL_ORDINARY] + calls->counts[BRIG_CALL_CONTROL];
}

/* Its place in .open, or open_count(). */
static size_t find(const brig_calls *calls, uint64_t id)
{
    size_t count = open_count(calls);
    size_t i = 0;

    while (i < count && calls->open[i].id != id)
        i++;
    return i;
}

bool brig_calls_have_room(const brig_calls *calls, brig_call_kind kind)
{
    if (MUTANT(counts_no_calls) && open_count(calls) < BRIG_CALLS_CAPACITY)
        return true;
    return calls->counts[kind] < calls->limits[kind];
}

void brig_calls_add(brig_calls *calls, uint64_t id, brig_call_kind kind)
{
    size_t place = open_count(calls);

    if (!MUTANT(accepts_a_used_id))
        assert(id > calls->last_id);
    assert(brig_calls_have_room(calls, kind));
    calls->open[place].id = id;
    calls->open[place].kind = kind;
    calls->counts[kind]++;
    calls->last_id = id;
}

bool brig_calls_are_open(const brig_calls *calls, uint64_t id)
{
    return find(calls, id) < open_count(calls);
}

void brig_calls_remove(brig_calls *calls, uint64_t id)
{
    size_t place = find(calls, id);
    size_t count = open_count(calls);

    assert(place < count);
    calls->counts[calls->open[place].kind]--;
    calls->open[place] = calls->open[count - 1];
}
