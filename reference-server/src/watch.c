/* SPDX-License-Identifier: MIT */
/* Looking after limits that nobody reports by himself: processor time, memory, processes. */
#include <brig/pack.h>

#include "mutant.h"
#include "session.h"

enum {
    RUNNING_MS = 50, /* from one look to the next while code runs */
    IDLE_MS = 5000,  /* and while only what it left behind may run */
};

static void on_watch(uv_timer_t *timer);

/* One processor cannot use more time than passes, several can: look often enough. */
static void look_again(brig_session *session)
{
    bool is_running = session->call.state == BRIG_CODE_RUNNING;

    brig_session_start_timer(session, &session->watch_timer, on_watch,
                             is_running ? RUNNING_MS : IDLE_MS);
}

static void tell_refused_forks(brig_session *session)
{
    uint64_t refused = brig_worker_refused_forks(session->worker);

    if (refused <= session->refused_forks)
        return;
    session->refused_forks = refused;
    brig_output_refused_fork(session, "cgroup");
}

static void end_for_memory(brig_session *session)
{
    brig_worker_kill(session->worker, BRIG_KILL_MEMORY);
    brig_code_happen(session, BRIG_CODE_DOOMED, BRIG_ERROR_MEMORY);
}

/* The kernel would have refused the one too many, had it a limit of its own for the session. */
static void end_for_processes(brig_session *session)
{
    brig_output_refused_fork(session, "watch");
    brig_worker_kill(session->worker, BRIG_KILL_CROWD);
}

bool brig_watch_terminal(brig_session *session)
{
    tell_refused_forks(session);
    if (!brig_worker_is_out_of_memory(session->worker))
        return true;
    end_for_memory(session);
    return false;
}

static void on_watch(uv_timer_t *timer)
{
    brig_session *session = timer->data;

    if (session->worker == NULL)
        return;
    if (!brig_watch_terminal(session))
        return;
    if (brig_worker_is_above_memory(session->worker)) {
        end_for_memory(session);
        return;
    }
    if (brig_worker_is_above_processes(session->worker)) {
        end_for_processes(session);
        return;
    }
    if (session->call.state == BRIG_CODE_RUNNING && !MUTANT(counts_no_processor_time) &&
        brig_worker_cpu_ms(session->worker) - session->call.cpu_start_ms >= session->limits.cpu_ms)
        brig_code_happen(session, BRIG_CODE_STOP, BRIG_ERROR_CPU);
    look_again(session);
}

void brig_watch_begin(brig_session *session)
{
    session->refused_forks = 0;
    look_again(session);
}

void brig_watch_call(brig_session *session)
{
    session->call.cpu_start_ms = brig_worker_cpu_ms(session->worker);
    look_again(session);
}
