/* SPDX-License-Identifier: MIT */
/* Answers to tool calls and interrupts, from any thread to the client's. */
#include "mailbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <fcntl.h>
#include <unistd.h>

brig_status brig_mailbox_new(mailbox **ret_mail)
{
    mailbox *mail = calloc(1, sizeof(*mail));

    if (mail == NULL)
        return BRIG_NO_MEMORY;
    if (pipe2(mail->wake_fd, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(mail);
        return BRIG_SYSTEM;
    }
    if (pthread_mutex_init(&mail->lock, NULL) != 0) {
        (void)close(mail->wake_fd[0]);
        (void)close(mail->wake_fd[1]);
        free(mail);
        return BRIG_NO_MEMORY;
    }
    mail->owners = 1;
    *ret_mail = mail;
    return BRIG_OK;
}

static void lock(mailbox *mail)
{
    int failed = pthread_mutex_lock(&mail->lock);

    assert(failed == 0);
    (void)failed;
}

static void unlock(mailbox *mail)
{
    int failed = pthread_mutex_unlock(&mail->lock);

    assert(failed == 0);
    (void)failed;
}

/* Give up one share; the last one frees. Called with the lock held, which it releases. */
static void release(mailbox *mail)
{
    bool is_last = --mail->owners == 0;

    unlock(mail);
    if (!is_last)
        return;
    (void)pthread_mutex_destroy(&mail->lock);
    (void)close(mail->wake_fd[0]);
    (void)close(mail->wake_fd[1]);
    free(mail);
}

void brig_mailbox_close(mailbox *mail)
{
    brig_tool_call *call = brig_mailbox_take(mail);

    while (call != NULL) {
        brig_tool_call *next = call->next_answer;

        brig_tool_call_free(call);
        call = next;
    }
    lock(mail);
    mail->is_closed = true;
    release(mail);
}

/* A full pipe is as good as one more byte: its reader wakes. */
static void wake(mailbox *mail)
{
    int saved = errno;
    ssize_t written;

    do
        written = write(mail->wake_fd[1], "", 1);
    while (written < 0 && errno == EINTR);
    errno = saved;
}

void brig_mailbox_interrupt(mailbox *mail)
{
    atomic_store(&mail->interrupt, true);
    wake(mail);
}

void brig_mailbox_enter(mailbox *mail)
{
    lock(mail);
    mail->is_dispatching = true;
    mail->dispatcher = pthread_self();
    unlock(mail);
}

void brig_mailbox_leave(mailbox *mail)
{
    lock(mail);
    mail->is_dispatching = false;
    unlock(mail);
}

void brig_mailbox_drain(mailbox *mail)
{
    char bytes[256];
    ssize_t got;

    do
        got = read(mail->wake_fd[0], bytes, sizeof(bytes));
    while (got == (ssize_t)sizeof(bytes) || (got < 0 && errno == EINTR));
}

brig_tool_call *brig_mailbox_take(mailbox *mail)
{
    brig_tool_call *newest_first;
    brig_tool_call *oldest_first = NULL;

    lock(mail);
    newest_first = mail->answers;
    mail->answers = NULL;
    unlock(mail);
    while (newest_first != NULL) {
        brig_tool_call *call = newest_first;

        newest_first = call->next_answer;
        call->next_answer = oldest_first;
        oldest_first = call;
    }
    return oldest_first;
}

static brig_status copy_args(brig_tool_call *call, const brig_message *message)
{
    size_t name_bytes = message->name.len;

    if (name_bytes > BRIG_LIMIT_TOOL_NAME_BYTES)
        return BRIG_TOO_LARGE;
    memcpy(call->name, message->name.data, name_bytes);
    call->name[name_bytes] = '\0';
    brig_buffer_init(&call->args_bytes, message->body.len);
    brig_buffer_append(&call->args_bytes, message->body);
    if (call->args_bytes.fault != BRIG_OK)
        return call->args_bytes.fault;
    return brig_tree_new(brig_buffer_span(&call->args_bytes), &call->args);
}

brig_status brig_tool_call_new(mailbox *mail, const brig_message *message,
                               brig_tool_call **ret_call)
{
    brig_tool_call *call = calloc(1, sizeof(*call));
    brig_status status;

    if (call == NULL)
        return BRIG_NO_MEMORY;
    status = copy_args(call, message);
    if (status != BRIG_OK) {
        brig_tree_free(call->args);
        brig_buffer_done(&call->args_bytes);
        free(call);
        return status;
    }
    call->id = message->id;
    brig_buffer_init(&call->answer, BRIG_LIMIT_MAX_MESSAGE_CEILING_BYTES);
    call->mail = mail;
    lock(mail);
    mail->owners++;
    unlock(mail);
    *ret_call = call;
    return BRIG_OK;
}

static void free_call(brig_tool_call *call)
{
    brig_tree_free(call->args);
    brig_buffer_done(&call->args_bytes);
    brig_buffer_done(&call->answer);
    free(call);
}

void brig_tool_call_free(brig_tool_call *call)
{
    mailbox *mail = call->mail;

    free_call(call);
    lock(mail);
    release(mail);
}

static void hand_back(brig_tool_call *call)
{
    mailbox *mail = call->mail;
    bool is_own_thread;

    lock(mail);
    if (mail->is_closed) {
        free_call(call);
        release(mail);
        return;
    }
    call->next_answer = mail->answers;
    mail->answers = call;
    is_own_thread = mail->is_dispatching && pthread_equal(mail->dispatcher, pthread_self()) != 0;
    /* Woken under the lock: once it is released the client may fetch this call and be freed. */
    if (!is_own_thread)
        wake(mail);
    unlock(mail);
}

const char *brig_tool_call_name(const brig_tool_call *call)
{
    return call->name;
}

const brig_value *brig_tool_call_args(const brig_tool_call *call)
{
    return brig_tree_root(call->args);
}

uint64_t brig_tool_call_deadline_ms(const brig_tool_call *call)
{
    return call->deadline_ms;
}

bool brig_tool_call_is_cancelled(const brig_tool_call *call)
{
    return atomic_load(&call->is_cancelled);
}

void brig_tool_call_answer(brig_tool_call *call, brig_span value)
{
    brig_buffer_append(&call->answer, value);
    hand_back(call);
}

void brig_tool_call_fail(brig_tool_call *call, brig_error_code code, const char *message)
{
    switch (code) {
    case BRIG_ERROR_TOOL:
    case BRIG_ERROR_DENIED:
    case BRIG_ERROR_BAD_ARGUMENTS:
    case BRIG_ERROR_CANCELLED:
        call->code = code;
        break;
    default:
        call->code = BRIG_ERROR_INTERNAL;
    }
    call->failed = true;
    brig_text_clean(brig_span_text(message), BRIG_LIMIT_ERROR_MESSAGE_BYTES, &call->answer);
    hand_back(call);
}
