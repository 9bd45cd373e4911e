/* SPDX-License-Identifier: MIT */
/* Raw output: what is read ahead by somebody else is not taken for the end. */
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "raw.h"

/* Two pipes of one worker: whoever hears of the first empties the second, as a message does. */
typedef struct pair {
    brig_loop loop;
    brig_raw raws[2];
    int ends[2]; /* to write to */
    char seen[2][16];
} pair;

static void on_bytes(brig_raw *raw, brig_span bytes)
{
    pair *both = raw->owner;
    char *seen = both->seen[raw->number];

    (void)strncat(seen, (const char *)bytes.data, bytes.len);
    if (raw->number == 0)
        brig_raw_drain(&both->raws[1]);
}

static void on_freed(brig_raw *raw)
{
    (void)raw;
}

static void start(pair *both)
{
    CHECK(brig_loop_init(&both->loop) == 0, "the loop starts");
    for (int i = 0; i < 2; i++) {
        int fds[2];

        CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
        both->ends[i] = fds[1];
        both->raws[i] = (brig_raw){
            .owner = both, .number = i, .on_bytes = on_bytes, .on_freed = on_freed};
        CHECK(brig_raw_start(&both->raws[i], &both->loop, fds[0]) == 0, "it is watched");
    }
}

static void turn(pair *both)
{
    (void)uv_run(&both->loop.uv, UV_RUN_ONCE);
}

static void say(const pair *both, unsigned which, const char *text)
{
    CHECK(write(both->ends[which], text, strlen(text)) == (ssize_t)strlen(text), "it is written");
}

int main(void)
{
    static pair both;

    start(&both);
    say(&both, 0, "a");
    say(&both, 1, "b");
    turn(&both);
    CHECK(strcmp(both.seen[0], "a") == 0 && strcmp(both.seen[1], "b") == 0,
          "both are read in one turn");
    CHECK(!both.raws[1].is_ended, "a pipe that was emptied in this turn has not ended");
    say(&both, 1, "c");
    turn(&both);
    CHECK(strcmp(both.seen[1], "bc") == 0, "what comes later is read");
    (void)close(both.ends[1]);
    turn(&both);
    CHECK(both.raws[1].is_ended, "without a writer it has ended");
    (void)close(both.ends[0]);
    for (int i = 0; i < 2; i++)
        brig_raw_close(&both.raws[i]);
    brig_loop_done(&both.loop);
    return 0;
}
