/* SPDX-License-Identifier: MIT */
/* R's console: output becomes events in its true order, input a question to the client. */
#include "r_console.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <brig/pack.h>

#include "r_api.h"
#include "r_channel.h"
#include "r_display.h"
#include "r_tools.h"

#define R_INTERFACE_PTRS
#include <Rinterface.h>

#include <R_ext/eventloop.h>

enum {
    COLLECT_BYTES = 15 * 1024,
    QUIET_MS = 10, /* lines that come faster are sent together */
    LOOK_MS = 500, /* how long code may run without a server */
    MS_PER_S = 1000,
    US_PER_MS = 1000,
    NS_PER_MS = 1000000,
};

static struct {
    uint8_t bytes[COLLECT_BYTES];
    size_t len;
    int stream; /* 0 stdout, 1 stderr */
    int64_t sent_ms;
    int64_t looked_ms;
    brig_buffer payload;
    brig_buffer *capture;
    brig_buffer line; /* of input, not yet read by R */
    bool asks_client;
} console;

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

/* A sleeping R polls as often as this says, and attend_while_running() is how it polls. */
static void set_polling(void)
{
    R_wait_usec = (console.len > 0 ? QUIET_MS : LOOK_MS) * US_PER_MS;
}

void r_console_flush(void)
{
    if (console.len == 0 || !r_channel_takes_events())
        return;
    brig_buffer_clear(&console.payload);
    brig_pack_bin(&console.payload, (brig_span){console.bytes, console.len});
    console.len = 0;
    set_polling();
    r_channel_event(console.stream == 0 ? "stdout" : "stderr", brig_buffer_span(&console.payload));
}

void r_console_flush_now(void)
{
    if (console.len == 0)
        return;
    r_console_flush();
    r_channel_flush();
    console.sent_ms = now_ms();
}

/*
 * Called by R now and then while code runs, so that slow code does not keep its last lines, and none
 * outlives its server (WRK-003).
 */
static void attend_while_running(void)
{
    if (console.len > 0 && r_channel_takes_events())
        r_console_flush_now();
    int64_t time_ms = now_ms();
    if (time_ms - console.looked_ms < LOOK_MS)
        return;
    console.looked_ms = time_ms;
    r_channel_look();
}

void r_console_forget(void)
{
    console.len = 0;
    set_polling();
}

brig_buffer *r_console_capture(brig_buffer *to)
{
    brig_buffer *before = console.capture;

    console.capture = to;
    return before;
}

static void write_raw(int stream, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(stream == 0 ? STDOUT_FILENO : STDERR_FILENO, bytes, len);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            bytes += written;
            len -= (size_t)written;
        }
    }
}

static void capture_bytes(const uint8_t *bytes, size_t len)
{
    brig_buffer *to = console.capture;
    size_t room = to->limit - to->len;

    brig_buffer_append(to, (brig_span){bytes, len < room ? len : room});
}

/* Between code calls nothing can be sent: keep what fits, the rest is lost. */
static void collect_bytes(int stream, const uint8_t *bytes, size_t len)
{
    if (console.stream != stream) {
        r_console_flush();
        console.stream = stream;
        if (console.len > 0)
            return;
    }
    while (len > 0) {
        size_t room = COLLECT_BYTES - console.len;
        size_t part = len < room ? len : room;

        memcpy(console.bytes + console.len, bytes, part);
        console.len += part;
        bytes += part;
        len -= part;
        if (console.len == COLLECT_BYTES) {
            r_console_flush();
            if (console.len == COLLECT_BYTES)
                return;
        }
    }
}

static void write_console(const char *text, int length, int type)
{
    const uint8_t *bytes = (const uint8_t *)text;
    int stream = type == 0 ? 0 : 1;

    if (length <= 0)
        return;
    if (console.capture != NULL && stream == 0) {
        capture_bytes(bytes, (size_t)length);
        return;
    }
    if (!r_channel_is_ours()) {
        write_raw(stream, bytes, (size_t)length);
        return;
    }
    collect_bytes(stream, bytes, (size_t)length);
    if (bytes[length - 1] == '\n' && now_ms() - console.sent_ms >= QUIET_MS)
        r_console_flush_now();
    set_polling();
}

static void show_message(const char *text)
{
    write_console(text, (int)strlen(text), 1);
    write_console("\n", 1, 1);
}

/* Ask for a line. Returns false at end of file. */
static bool ask_line(const char *prompt)
{
    SEXP answer = PROTECT(r_tools_ask(prompt));
    bool is_text = TYPEOF(answer) == STRSXP && Rf_xlength(answer) == 1;

    if (is_text) {
        SEXP text = STRING_ELT(answer, 0);

        brig_buffer_clear(&console.line);
        brig_buffer_append(&console.line,
                           (brig_span){(const uint8_t *)CHAR(text), (size_t)LENGTH(text)});
        brig_buffer_append(&console.line, brig_span_text("\n"));
    }
    UNPROTECT(1);
    return is_text && console.line.fault == BRIG_OK;
}

/* A line longer than R's buffer is handed over in pieces. */
static int read_console(const char *prompt, unsigned char *to, int size, int history)
{
    (void)history;
    if (size < 2 || !console.asks_client || !r_channel_takes_events())
        return 0;
    if (console.line.len == 0 && !ask_line(prompt))
        return 0;

    size_t room = (size_t)size - 1;
    size_t part = console.line.len < room ? console.line.len : room;
    memcpy(to, console.line.data, part);
    to[part] = '\0';
    brig_buffer_consume(&console.line, part);
    return 1;
}

static void do_nothing(void)
{
}

static void ignore_busy(int which)
{
    (void)which;
}

/* quit(): open graphics files are finished; finalizers and directories are the template's. */
static void clean_up(SA_TYPE save, int status, int run_last)
{
    (void)save;
    (void)run_last;
    r_console_flush_now();
    r_channel_flush();
    if (r_channel_is_ours())
        r_display_end();
    _exit(status);
}

void r_console_set_input(unsigned asks_client)
{
    console.asks_client = asks_client != 0;
    R_Interactive = asks_client != 0 ? TRUE : FALSE;
}

void r_console_start(void)
{
    brig_buffer_init(&console.payload, (size_t)COLLECT_BYTES + 16);
    brig_buffer_init(&console.line, BRIG_LIMIT_MAX_MESSAGE_BYTES);
    R_Outputfile = NULL;
    R_Consolefile = NULL;
    ptr_R_WriteConsole = NULL;
    ptr_R_WriteConsoleEx = write_console;
    ptr_R_ReadConsole = read_console;
    ptr_R_ShowMessage = show_message;
    ptr_R_FlushConsole = r_console_flush_now;
    ptr_R_ResetConsole = do_nothing;
    ptr_R_ClearerrConsole = do_nothing;
    ptr_R_Busy = ignore_busy;
    ptr_R_CleanUp = clean_up;
    R_PolledEvents = attend_while_running;
    set_polling();
}
