/* SPDX-License-Identifier: MIT */
/* Raw output that is read from two sides: when the loop says so, and before each message. */
#include "raw.h"

#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "check.h"

/* A pipe that is read as a worker's descriptor 1 is, and another whose reader drains the first. */
typedef struct scene {
    brig_loop loop;
    brig_raw raw;
    uv_poll_t other;
    int raw_end;      /* to write to */
    int other_fds[2]; /* to read from, to write to */
    char seen[256];
    size_t seen_len;
    bool is_freed;
} scene;

static void on_bytes(brig_raw *raw, brig_span bytes)
{
    scene *s = raw->owner;

    CHECK(bytes.len <= sizeof(s->seen) - s->seen_len, "few bytes");
    memcpy(s->seen + s->seen_len, bytes.data, bytes.len);
    s->seen_len += bytes.len;
}

static void on_freed(brig_raw *raw)
{
    scene *s = raw->owner;

    s->is_freed = true;
}

static void on_other(uv_poll_t *poll, int status, int events)
{
    scene *s = poll->data;
    char byte;

    (void)status;
    (void)events;
    CHECK(read(s->other_fds[0], &byte, 1) == 1, "the other's byte");
    brig_raw_drain(&s->raw);
}

static void begin(scene *s)
{
    int fds[2];

    *s = (scene){0};
    CHECK(brig_loop_init(&s->loop) == 0, "a loop");
    CHECK(pipe2(fds, O_CLOEXEC) == 0 && pipe2(s->other_fds, O_CLOEXEC) == 0, "pipes");
    s->raw_end = fds[1];
    s->raw.owner = s;
    s->raw.on_bytes = on_bytes;
    s->raw.on_freed = on_freed;
    CHECK(brig_raw_start(&s->raw, &s->loop, fds[0]) == 0, "a raw pipe");
    CHECK(uv_poll_init(&s->loop.uv, &s->other, s->other_fds[0]) == 0, "a poll handle");
    s->other.data = s;
    CHECK(uv_poll_start(&s->other, UV_READABLE, on_other) == 0, "it starts");
}

static void end(scene *s)
{
    brig_raw_close(&s->raw);
    uv_close((uv_handle_t *)&s->other, NULL);
    brig_loop_release(&s->loop);
    (void)uv_run(&s->loop.uv, UV_RUN_DEFAULT);
    CHECK(s->is_freed, "the pipe is closed");
    brig_loop_done(&s->loop);
    if (s->raw_end >= 0)
        (void)close(s->raw_end);
    (void)close(s->other_fds[0]);
    (void)close(s->other_fds[1]);
}

static void turn(scene *s, const char *expected, const char *name)
{
    (void)uv_run(&s->loop.uv, UV_RUN_NOWAIT);
    CHECK(s->seen_len == strlen(expected) && memcmp(s->seen, expected, s->seen_len) == 0,
          "%s: %.*s", name, (int)s->seen_len, s->seen);
}

static void write_to(int fd, const char *text)
{
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s is written", text);
}

/* Both pipes are readable in one turn of the loop, in either order. EVT-003 */
static void check_shared_turn(bool is_other_first)
{
    scene s;

    begin(&s);
    turn(&s, "", "nothing is there"); /* from here on the kernel keeps the order of the writes */
    for (int i = 0; i < 2; i++)
        write_to(is_other_first == (i == 0) ? s.other_fds[1] : s.raw_end, "a");
    turn(&s, "a", "what is there is taken once");
    CHECK(!s.raw.is_ended, "a pipe that is empty has not ended");
    write_to(s.raw_end, "b");
    turn(&s, "ab", "what comes later is taken too");
    end(&s);
}

static void check_end(void)
{
    scene s;

    begin(&s);
    write_to(s.raw_end, "last");
    (void)close(s.raw_end);
    s.raw_end = -1;
    turn(&s, "last", "the last words are taken");
    (void)uv_run(&s.loop.uv, UV_RUN_NOWAIT);
    CHECK(s.raw.is_ended, "without a writer it has ended");
    end(&s);
}

int main(void)
{
    check_shared_turn(true);
    check_shared_turn(false);
    check_end();
    return EXIT_SUCCESS;
}
