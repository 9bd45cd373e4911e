/* SPDX-License-Identifier: MIT */
/* Processing with and without waiting. */
#include "internal.h"

#include <errno.h>
#include <poll.h>

int brig_client_fd(const brig_client *client)
{
    return client->fd;
}

int brig_client_wake_fd(const brig_client *client)
{
    return client->mail->wake_fd[0];
}

unsigned brig_client_wanted(const brig_client *client)
{
    if (client->fd < 0)
        return 0;
    if (!client->shut_down && brig_conn_output(client->conn).len > 0)
        return BRIG_WANT_READ | BRIG_WANT_WRITE;
    return BRIG_WANT_READ;
}

int brig_client_timeout_ms(const brig_client *client)
{
    uint64_t now_ms;

    if (client->timer_ms == 0)
        return -1;
    now_ms = brig_transport_now_ms();
    /* Timers are at most connect_ms away, which fits 32 bits; poll takes 31. */
    if (client->timer_ms <= now_ms)
        return 0;
    return client->timer_ms - now_ms > INT32_MAX ? INT32_MAX : (int)(client->timer_ms - now_ms);
}

static brig_status check_timer(brig_client *client)
{
    if (brig_client_timeout_ms(client) != 0)
        return BRIG_OK;
    if (client->phase == PHASE_CLOSING)
        return brig_transport_end(client, BRIG_CLOSED, "the server did not take leave in time");
    return brig_transport_end(client, BRIG_UNAVAILABLE, "the server did not greet within %u ms",
                              client->config.connect_ms);
}

/* What other threads and signal handlers asked for. */
static brig_status fetch_mail(brig_client *client)
{
    uint64_t running;

    brig_mailbox_drain(client->mail);
    if (atomic_exchange(&client->mail->interrupt, false)) {
        running = brig_calls_running(client);
        /* Full only while earlier cancels are on their way: then this one says nothing new. */
        if (running != 0)
            (void)brig_client_begin_cancel(client, running, NULL);
    }
    return brig_hosting_send(client);
}

static brig_status ended(const brig_client *client)
{
    return client->phase == PHASE_ENDED ? client->end : BRIG_STATE;
}

brig_status brig_client_process(brig_client *client)
{
    brig_status status;

    if (client->inside || client->fd < 0)
        return client->inside ? BRIG_STATE : ended(client);
    TRY(check_timer(client));
    TRY(fetch_mail(client));
    TRY(brig_transport_flush(client));
    status = brig_transport_receive(client);
    if (status != BRIG_OK && status != BRIG_AGAIN)
        return status;
    do
        status = brig_transport_dispatch(client);
    while (status == BRIG_OK);
    if (status != BRIG_AGAIN)
        return status;
    TRY(brig_hosting_send(client));
    return brig_transport_flush(client);
}

brig_status brig_wait_step(brig_client *client)
{
    struct pollfd fds[2] = {{.fd = client->mail->wake_fd[0], .events = POLLIN}};
    brig_status status = brig_transport_dispatch(client);

    /* One message at a time, so that the awaited one stays where its result borrows it. */
    if (status != BRIG_AGAIN)
        return status;
    TRY(brig_hosting_send(client));
    TRY(brig_transport_flush(client));
    fds[1].fd = client->fd;
    fds[1].events = client->output_blocked ? POLLIN | POLLOUT : POLLIN;
    if (poll(fds, 2, brig_client_timeout_ms(client)) < 0 && errno != EINTR)
        return brig_transport_end(client, BRIG_SYSTEM, "poll failed");
    TRY(check_timer(client));
    if (fds[0].revents != 0)
        TRY(fetch_mail(client));
    if ((fds[1].revents & ~POLLOUT) == 0)
        return BRIG_OK;
    status = brig_transport_receive(client);
    return status == BRIG_AGAIN ? BRIG_OK : status;
}

static void on_done(void *context, const brig_outcome *outcome)
{
    struct wait *wait = context;

    wait->done = true;
    wait->status = outcome->error == NULL ? BRIG_OK : outcome->error->status;
}

brig_completion brig_wait_completion(struct wait *wait)
{
    return (brig_completion){.done = on_done, .context = wait};
}

brig_status brig_wait_allowed(brig_client *client)
{
    if (client->inside)
        return BRIG_STATE;
    if (client->phase == PHASE_ENDED)
        return client->end; /* the store still says why */
    if (client->phase != PHASE_CONNECTED)
        return brig_outcome_fail(&client->last, BRIG_STATE, "not connected");
    return BRIG_OK;
}

brig_status brig_wait_for(brig_client *client, const struct wait *wait, brig_result *ret_result)
{
    while (!wait->done)
        /* An end of the connection completes the call too. */
        if (brig_wait_step(client) != BRIG_OK && !wait->done)
            return client->end;
    if (wait->status == BRIG_OK && ret_result != NULL) {
        ret_result->value = brig_tree_root(client->last.value);
        ret_result->meta = brig_tree_root(client->last.meta);
    }
    return wait->status;
}

/* Is it worth waiting and trying again? */
static bool is_passing(const brig_client *client, brig_status status)
{
    return status == BRIG_FULL || (status == BRIG_TOO_LARGE && !brig_conn_is_ready(client->conn));
}

brig_status brig_wait_call(brig_client *client, const brig_message *call, brig_result *ret_result)
{
    struct wait wait = {.done = false};
    const brig_completion completion = brig_wait_completion(&wait);
    brig_status status;

    TRY(brig_wait_allowed(client));
    status = brig_calls_begin(client, call, &completion, NULL);
    while (is_passing(client, status)) {
        TRY(brig_wait_step(client));
        status = brig_calls_begin(client, call, &completion, NULL);
    }
    TRY(status);
    return brig_wait_for(client, &wait, ret_result);
}
