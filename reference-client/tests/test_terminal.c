/* SPDX-License-Identifier: MIT */
/* What untrusted bytes look like on a terminal: each case at every split into two writes. */
#include "terminal.h"

#include <stdlib.h>

#include "check.h"

struct terminal_case {
    const char *name;
    const char *in;
    const char *out;
};

/* U+202E, spelled so that it does not turn this line around for those who read it. */
static const char override[] = {(char)0xe2, (char)0x80, (char)0xae, 't', 'x', 't',
                                '.',        'e',        'x',        'e', '\0'};

static const struct terminal_case cases[] = {
    {"plain text passes", "mean: 3.6\n\tok\r\n", "mean: 3.6\n\tok\r\n"},
    {"letters beyond ASCII pass", "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80",
     "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80"},
    {"an escape sequence is shown", "\x1b[2J\x1b]52;c;aGk=\x07", "\\x1b[2J\\x1b]52;c;aGk=\\x07"},
    {"backspace and delete are shown", "a\bb\x7f", "a\\x08b\\x7f"},
    {"an eight-bit control is shown",
     "\xc2\x9b"
     "31m",
     "\\u{009b}31m"},
    {"a direction override is shown", override, "\\u{202e}txt.exe"},
    {"bytes that are not UTF-8 are shown", "a\xff\xc3(", "a\\xff\\xc3("},
    {"an overlong form is shown", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"a surrogate is shown", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"beyond the last code point is shown", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    {"an unfinished character at the end is shown", "a\xe4\xb8", "a\\xe4\\xb8"},
};

static void run_case(const struct terminal_case *c, size_t cut)
{
    size_t len = strlen(c->in);
    char *seen = NULL;
    size_t seen_len = 0;
    terminal to = {.stream = open_memstream(&seen, &seen_len), .escapes = true};

    CHECK(to.stream != NULL, "%s", c->name);
    brig_terminal_write(&to, (brig_span){(const uint8_t *)c->in, cut});
    brig_terminal_write(&to, (brig_span){(const uint8_t *)c->in + cut, len - cut});
    brig_terminal_finish(&to);
    CHECK(fclose(to.stream) == 0, "%s", c->name);
    CHECK(strcmp(seen, c->out) == 0, "%s, cut at %zu: \"%s\"", c->name, cut, seen);
    free(seen);
}

static void test_not_a_terminal(void)
{
    FILE *file = tmpfile();
    char seen[8] = "";
    terminal to;

    CHECK(file != NULL, "tmpfile");
    brig_terminal_init(&to, file, TERMINAL_SAFE);
    brig_terminal_write(&to, brig_span_text("\x1b[m\xff"));
    brig_terminal_finish(&to);
    rewind(file);
    CHECK(fread(seen, 1, sizeof(seen), file) == 4 && memcmp(seen, "\x1b[m\xff", 4) == 0,
          "into a file everything passes");
    CHECK(fclose(file) == 0, "fclose");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t cut = 0; cut <= strlen(cases[i].in); cut++)
            run_case(&cases[i], cut);
    test_not_a_terminal();
    return EXIT_SUCCESS;
}
