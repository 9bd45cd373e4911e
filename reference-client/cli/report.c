/* SPDX-License-Identifier: MIT */
/* Output, conditions, plots and refusals of a running evaluation, for people or as JSON. */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "cli.h"
#include "plots.h"

enum { COLLECTED_BYTES = 256 * 1024 * 1024 };

bool brig_report_init(brig_report *report, const report_options *options)
{
    memset(report, 0, sizeof(*report));
    brig_terminal_init(&report->out, stdout, options->mode);
    brig_terminal_init(&report->err, stderr, options->mode);
    brig_buffer_init(&report->stdout_bytes, COLLECTED_BYTES);
    brig_buffer_init(&report->stderr_bytes, COLLECTED_BYTES);
    report->plot_dir = -1;
    if (options->plot_dir == NULL)
        return true;
    report->plot_dir = open(options->plot_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (report->plot_dir < 0)
        (void)brig_complain(0, "%s: %s", options->plot_dir, strerror(errno));
    return report->plot_dir >= 0;
}

void brig_report_collect(brig_report *report)
{
    report->collected = json_pack("{s:[], s:[], s:[], s:[], s:[], s:[]}", "messages", "warnings",
                                  "violations", "truncated", "progress", "plots");
}

void brig_report_done(brig_report *report)
{
    json_decref(report->collected);
    brig_buffer_done(&report->stdout_bytes);
    brig_buffer_done(&report->stderr_bytes);
    if (report->plot_dir >= 0)
        (void)close(report->plot_dir);
}

void brig_report_flush(brig_report *report)
{
    brig_terminal_finish(&report->out);
    brig_terminal_finish(&report->err);
}

static void say(terminal *to, const char *text)
{
    brig_terminal_write(to, brig_span_text(text));
}

static void say_value(terminal *to, const brig_value *map, const char *key)
{
    brig_terminal_write(to, brig_value_get_text(map, key, ""));
}

static void on_saved(void *context, const char *name)
{
    brig_report *report = context;

    if (report->collected != NULL) {
        (void)json_array_append_new(json_object_get(report->collected, "plots"), json_string(name));
        return;
    }
    say(&report->err, "brig: plot saved as ");
    say(&report->err, name);
    say(&report->err, "\n");
}

static void on_display(brig_report *report, const brig_value *display)
{
    report->plots_seen++;
    if (report->plot_dir < 0)
        return;
    if (!brig_plots_save(report->plot_dir, display, &report->plots_saved, on_saved, report))
        (void)brig_complain(0, "a plot could not be saved: %s", strerror(errno));
}

static void collect(brig_report *report, const brig_notice *notice)
{
    static const char *const lists[BRIG_EVENT_KIND_COUNT] = {
        [BRIG_EVENT_KIND_MESSAGE] = "messages",    [BRIG_EVENT_KIND_WARNING] = "warnings",
        [BRIG_EVENT_KIND_PROGRESS] = "progress",   [BRIG_EVENT_KIND_VIOLATION] = "violations",
        [BRIG_EVENT_KIND_TRUNCATED] = "truncated",
    };

    switch (notice->kind) {
    case BRIG_EVENT_KIND_STDOUT:
        brig_buffer_append(&report->stdout_bytes, notice->bytes);
        break;
    case BRIG_EVENT_KIND_STDERR:
        brig_buffer_append(&report->stderr_bytes, notice->bytes);
        break;
    case BRIG_EVENT_KIND_DISPLAY:
        on_display(report, notice->payload);
        break;
    default:
        (void)json_array_append_new(json_object_get(report->collected, lists[notice->kind]),
                                    brig_json_of(notice->payload));
    }
}

static void show_condition(brig_report *report, const brig_notice *notice)
{
    terminal *err = &report->err;

    switch (notice->kind) {
    case BRIG_EVENT_KIND_MESSAGE: /* it brings its own line end */
        say_value(err, notice->payload, "message");
        break;
    case BRIG_EVENT_KIND_WARNING:
        say(err, "Warning: ");
        say_value(err, notice->payload, "message");
        say(err, "\n");
        break;
    case BRIG_EVENT_KIND_PROGRESS:
        say(err, "progress: ");
        say_value(err, notice->payload, "text");
        say(err, "\n");
        break;
    case BRIG_EVENT_KIND_VIOLATION:
        say(err, "brig: blocked by ");
        say_value(err, notice->payload, "layer");
        say(err, ": ");
        say_value(err, notice->payload, "kind");
        say(err, " (");
        say_value(err, notice->payload, "detail");
        say(err, ")\n");
        break;
    case BRIG_EVENT_KIND_TRUNCATED:
        say(err, "brig: output limit reached, the rest is discarded\n");
        break;
    default:
        break;
    }
}

static void show(brig_report *report, const brig_notice *notice)
{
    switch (notice->kind) {
    case BRIG_EVENT_KIND_STDOUT:
        brig_terminal_write(&report->out, notice->bytes);
        (void)fflush(report->out.stream);
        break;
    case BRIG_EVENT_KIND_STDERR:
        brig_terminal_write(&report->err, notice->bytes);
        break;
    case BRIG_EVENT_KIND_DISPLAY:
        on_display(report, notice->payload);
        break;
    default:
        show_condition(report, notice);
    }
}

void brig_report_notice(void *context, const brig_notice *notice)
{
    brig_report *report = context;

    if (report->collected != NULL)
        collect(report, notice);
    else
        show(report, notice);
}

static void show_position(terminal *to, const brig_value *data)
{
    char text[64];

    if (brig_value_get(data, "line") == NULL)
        return;
    (void)snprintf(text, sizeof(text), " (line %" PRIu64 ", column %" PRIu64 ")",
                   brig_value_get_uint(data, "line", 0), brig_value_get_uint(data, "column", 0));
    say(to, text);
}

static void show_traceback(terminal *to, const brig_value *data)
{
    const brig_value *calls = brig_value_get(data, "traceback");

    if (calls == NULL || calls->kind != BRIG_ARRAY)
        return;
    for (size_t i = 0; i < calls->array.count; i++) {
        const brig_value *call = &calls->array.items[i];

        if (call->kind != BRIG_TEXT)
            continue;
        say(to, "  at ");
        brig_terminal_write(to, call->bytes);
        say(to, "\n");
    }
}

void brig_report_error(brig_report *report, const brig_error *error)
{
    terminal *to = &report->err;

    brig_terminal_finish(&report->out);
    say(to, "brig: ");
    say(to, *error->code_name == '\0' ? "failed" : error->code_name);
    say(to, ": ");
    say(to, error->message);
    show_position(to, error->data);
    if (error->state == BRIG_SURVIVAL_LOST)
        say(to, "; the session's state is lost");
    say(to, "\n");
    show_traceback(to, error->data);
    brig_terminal_finish(to);
}

json_t *brig_report_error_json(const brig_error *error)
{
    static const char *const states[] = {[BRIG_SURVIVAL_UNSAID] = NULL,
                                         [BRIG_SURVIVAL_KEPT] = "kept",
                                         [BRIG_SURVIVAL_LOST] = "lost"};

    return json_pack("{s:s, s:s, s:o, s:s?, s:o}", "code", error->code_name, "class",
                     error->class_name, "message", brig_json_text(brig_span_text(error->message)),
                     "state", states[error->state], "data", brig_json_of(error->data));
}

void brig_report_into(brig_report *report, json_t *object)
{
    (void)json_object_set_new(report->collected, "stdout",
                              brig_json_text(brig_buffer_span(&report->stdout_bytes)));
    (void)json_object_set_new(report->collected, "stderr",
                              brig_json_text(brig_buffer_span(&report->stderr_bytes)));
    (void)json_object_set(object, "output", report->collected);
}
