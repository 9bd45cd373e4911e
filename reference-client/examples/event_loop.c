/* SPDX-License-Identifier: MIT */
/* Two sessions in one thread: a poll() loop such as any event loop library has one. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <brig/client.h>

enum {
    SESSIONS = 2,
    DESCRIPTORS = 2 * SESSIONS,
};

struct session {
    brig_client *client;
    const char *name;
    const char *code;
    bool is_done;
};

static void on_value(void *context, const brig_outcome *outcome)
{
    struct session *session = context;

    if (outcome->error != NULL)
        (void)fprintf(stderr, "%s: %s\n", session->name, outcome->error->message);
    else if (outcome->result.value->kind == BRIG_FLOAT)
        (void)printf("%s: %g\n", session->name, outcome->result.value->number);
    session->is_done = true;
    brig_client_begin_close(session->client);
}

/* The code is sent together with the wish for a session: it waits at the server. */
static brig_status begin(struct session *session)
{
    const brig_client_config config = {.software = "example event loop"};
    const brig_open open = {.profile = "standard"};
    const brig_eval eval = {.code = session->code};
    const brig_completion completion = {.done = on_value, .context = session};
    brig_status status = brig_client_new(&config, &session->client);

    if (status == BRIG_OK)
        status = brig_client_start(session->client, NULL);
    if (status == BRIG_OK)
        status = brig_client_begin_open(session->client, &open, NULL, NULL);
    if (status == BRIG_OK)
        status = brig_client_begin_eval(session->client, &eval, &completion, NULL);
    return status;
}

/* Two descriptors of each client: its socket, and what wakes it from elsewhere. */
static int watch(struct session *sessions, struct pollfd *fds)
{
    int timeout_ms = -1;

    for (size_t i = 0; i < SESSIONS; i++) {
        brig_client *client = sessions[i].client;
        unsigned wanted = brig_client_wanted(client);
        int own_ms = brig_client_timeout_ms(client);

        fds[2 * i].fd = brig_client_fd(client);
        fds[2 * i].events = (wanted & BRIG_WANT_WRITE) != 0 ? POLLIN | POLLOUT : POLLIN;
        fds[2 * i + 1].fd = brig_client_wake_fd(client);
        fds[2 * i + 1].events = POLLIN;
        if (own_ms >= 0 && (timeout_ms < 0 || own_ms < timeout_ms))
            timeout_ms = own_ms;
    }
    return timeout_ms;
}

/* Until every connection has ended. */
static void loop(struct session *sessions)
{
    size_t open = SESSIONS;

    while (open > 0) {
        struct pollfd fds[DESCRIPTORS] = {{.fd = -1}};
        int timeout_ms = watch(sessions, fds);

        (void)poll(fds, DESCRIPTORS, timeout_ms);
        open = 0;
        for (size_t i = 0; i < SESSIONS; i++)
            open += brig_client_process(sessions[i].client) == BRIG_OK;
    }
}

int main(void)
{
    struct session sessions[SESSIONS] = {
        {.name = "sum", .code = "sum(as.numeric(1:100))"},
        {.name = "root", .code = "sqrt(2)"},
    };
    bool is_good = true;

    for (size_t i = 0; i < SESSIONS; i++)
        is_good = begin(&sessions[i]) == BRIG_OK && is_good;
    if (is_good)
        loop(sessions);
    for (size_t i = 0; i < SESSIONS; i++) {
        is_good = is_good && sessions[i].is_done;
        brig_client_free(sessions[i].client);
    }
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
