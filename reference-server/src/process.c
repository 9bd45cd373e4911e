/* SPDX-License-Identifier: MIT */
/* Signals and limits of brigd itself. */
#include "process.h"

#include <signal.h>
#include <sys/resource.h>

static void on_signal(uv_signal_t *handle, int number)
{
    brig_process *process = handle->data;

    process->on_signal(process->owner, number);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void brig_process_begin(brig_process *process, uv_loop_t *loop)
{
    static const int numbers[BRIG_PROCESS_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    for (int i = 0; i < BRIG_PROCESS_SIGNALS; i++) {
        (void)uv_signal_init(loop, &process->signals[i]);
        process->signals[i].data = process;
        (void)uv_signal_start(&process->signals[i], on_signal, numbers[i]);
    }
}

void brig_process_end(brig_process *process)
{
    for (int i = 0; i < BRIG_PROCESS_SIGNALS; i++)
        uv_close((uv_handle_t *)&process->signals[i], NULL);
}
