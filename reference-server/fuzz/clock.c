/* SPDX-License-Identifier: MIT */
/* Virtual time under libuv's own names; --wrap in CMakeLists.txt puts them in place. */
#include "clock.h"

#include <stddef.h>

#include <uv.h>

#include <check.h>

enum {
    MAX_TIMERS = 256,
    START_MS = 1000000, /* 0 means "never" to some */
    NS_PER_MS = 1000000,
};

static struct {
    uint64_t now_ms;
    struct {
        uv_timer_t *timer;
        uv_timer_cb callback;
        uint64_t due_ms;
    } timers[MAX_TIMERS];
    size_t count;
} state;

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
uint64_t __wrap_uv_hrtime(void);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms,
                          uint64_t repeat_ms);
int __wrap_uv_timer_stop(uv_timer_t *timer);
uint64_t __wrap_uv_timer_get_due_in(const uv_timer_t *timer);
int __wrap_uv_is_active(const uv_handle_t *handle);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb callback);
int __wrap_uv_signal_start(uv_signal_t *handle, uv_signal_cb callback, int number);
int __real_uv_is_active(const uv_handle_t *handle);
void __real_uv_close(uv_handle_t *handle, uv_close_cb callback);
/* NOLINTEND(bugprone-reserved-identifier) */

void clock_begin(void)
{
    state.now_ms = START_MS;
    state.count = 0;
}

uint64_t clock_now_ms(void)
{
    return state.now_ms;
}

static size_t find(const uv_timer_t *timer)
{
    size_t at = 0;

    while (at < state.count && state.timers[at].timer != timer)
        at++;
    return at;
}

static size_t find_first_due(void)
{
    size_t first = 0;

    for (size_t i = 1; i < state.count; i++) {
        if (state.timers[i].due_ms < state.timers[first].due_ms)
            first = i;
    }
    return first;
}

static void forget(size_t at)
{
    if (at < state.count)
        state.timers[at] = state.timers[--state.count];
}

void clock_advance(uint64_t ms, void (*on_fired)(void *context), void *context)
{
    uint64_t end_ms = state.now_ms + ms;

    for (;;) {
        size_t first = find_first_due();

        if (state.count == 0 || state.timers[first].due_ms > end_ms)
            break;
        uv_timer_t *timer = state.timers[first].timer;
        uv_timer_cb callback = state.timers[first].callback;

        if (state.timers[first].due_ms > state.now_ms)
            state.now_ms = state.timers[first].due_ms;
        forget(first);
        callback(timer);
        on_fired(context);
    }
    state.now_ms = end_ms;
}

uint64_t __wrap_uv_hrtime(void)
{
    return state.now_ms * NS_PER_MS;
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms,
                          uint64_t repeat_ms)
{
    size_t at = find(timer);

    CHECK(repeat_ms == 0, "no timer repeats itself");
    if (uv_is_closing((uv_handle_t *)timer) != 0)
        return UV_EINVAL;
    CHECK(at < MAX_TIMERS, "too many timers");
    if (at == state.count)
        state.count++;
    state.timers[at].timer = timer;
    state.timers[at].callback = callback;
    state.timers[at].due_ms =
        timeout_ms > UINT64_MAX - state.now_ms ? UINT64_MAX : state.now_ms + timeout_ms;
    return 0;
}

int __wrap_uv_timer_stop(uv_timer_t *timer)
{
    forget(find(timer));
    return 0;
}

uint64_t __wrap_uv_timer_get_due_in(const uv_timer_t *timer)
{
    size_t at = find(timer);

    return at == state.count || state.timers[at].due_ms <= state.now_ms
               ? 0
               : state.timers[at].due_ms - state.now_ms;
}

int __wrap_uv_is_active(const uv_handle_t *handle)
{
    if (handle->type == UV_TIMER)
        return find((const uv_timer_t *)handle) < state.count ? 1 : 0;
    return __real_uv_is_active(handle);
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb callback)
{
    if (handle->type == UV_TIMER)
        forget(find((uv_timer_t *)handle));
    __real_uv_close(handle, callback);
}

/* Signals stay the fuzzer's. */
int __wrap_uv_signal_start(uv_signal_t *handle, uv_signal_cb callback, int number)
{
    (void)handle;
    (void)callback;
    (void)number;
    return 0;
}
