/* SPDX-License-Identifier: MIT */
/* The way into control groups that a session takes by itself. ARCHITECTURE.md, "Control groups". */
#include "session_harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

/* Pid 1 goes into each group by itself, before its walls, and the code never sees the way in. */
static void test_entrance(test_template *template)
{
    char written[8] = "";
    test_session session;
    int ends[2];

    CHECK(pipe2(ends, O_CLOEXEC) == 0, "a pipe");
    template->entrance_fd = ends[1];
    test_session_open_plain(template, &session);
    template->entrance_fd = 0;
    (void)close(ends[1]);
    CHECK(read(ends[0], written, sizeof(written)) == 1 && written[0] == '0',
          "it moves itself, once");
    const char *open = test_session_obey(&session, "descriptors");
    CHECK(strcmp(open, "0 1 2 3 ") == 0, "the entrance is closed: %s", open);
    CHECK(read(ends[0], written, sizeof(written)) == 0, "and nobody else has it");
    (void)close(ends[0]);
    test_session_close(&session);
}

static void test_closed_entrance(test_template *template)
{
    static const char expected[] = "the sandbox's layer cgroup failed: Bad file descriptor";
    test_session session;
    test_reply report;

    template->entrance_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(template->entrance_fd > 0, "/dev/null");
    test_session_open(template, &test_limits, &session, &report);
    (void)close(template->entrance_fd);
    template->entrance_fd = 0;
    CHECK(report.message.type == BRIG_MESSAGE_ERROR && brig_span_is(report.message.text, expected),
          "no session outside of its group: %.*s", (int)report.message.text.len,
          (const char *)report.message.text.data);
    test_reply_done(&report);
    test_session_close(&session);
}

static void test_all(unsigned uid)
{
    static const brig_profile standard = {.name = "standard", .engine = "r"};
    test_template template;
    test_reply reply;

    test_template_start(&template, &standard, uid);
    test_template_configure(&template, NULL, &reply);
    CHECK(reply.message.type == BRIG_MESSAGE_RESULT, "configure");
    test_reply_done(&reply);
    test_entrance(&template);
    test_closed_entrance(&template);
    test_template_stop(&template);
    CHECK(test_count_descendants() == 0, "nothing is left");
}

int main(void)
{
    test_run_as_each_user(test_all);
    return EXIT_SUCCESS;
}
