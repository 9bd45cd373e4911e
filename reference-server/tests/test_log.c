/* SPDX-License-Identifier: MIT */
/* Log lines: no text in them begins another line, reaches a terminal or looks like an escape. */
#include "log.h"

#include <string.h>

#include "check.h"

typedef struct log_case {
    const char *name;
    const char *text;
    const char *line;
} log_case;

static const log_case cases[] = {
    {"an ordinary text is as it was", "session 1: gone", "session 1: gone"},
    {"a newline begins no line", "a\nbrigd: b", "a\\x0abrigd: b"},
    {"an escape sequence reaches no terminal", "\033]0;x\a", "\\x1b]0;x\\x07"},
    {"a control of the upper half is written out", "\xc2\x9b", "\\xc2\\x9b"},
    {"a bidirectional control is written out", "\xe2\x80\xae\xe2\x80\xac",
     "\\xe2\\x80\\xae\\xe2\\x80\\xac"},
    {"DEL is written out", "\x7f", "\\x7f"},
    {"a written escape is not taken for one of ours", "\\x1b", "\\\\x1b"},
    {"what fits is not cut", "0123456789012345678901234567890", "0123456789012345678901234567890"},
    {"what does not fit is cut, and says so", "01234567890123456789012345678901234567",
     "0123456789012345678901234567890 [cut]"},
};

int main(void)
{
    /* Room for 31 octets, the last of which may have become four, the mark and NUL. */
    char line[31 + 3 + sizeof(" [cut]")];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = brig_log_escape(cases[i].text, line, sizeof(line));

        CHECK(strcmp(line, cases[i].line) == 0, "%s: `%s` is not `%s`", cases[i].name, line,
              cases[i].line);
        CHECK(len == strlen(line), "%s: the length is returned", cases[i].name);
    }
    return 0;
}
