/* SPDX-License-Identifier: MIT */
/* The audit log's lines: what hostile texts become, and what the verifier says of tampering. */
#include "audit_event.h"
#include "audit_verify.h"

#include <string.h>

#include <sodium.h>
#include <unistd.h>

#include "check.h"

static const char first_path[] = "test_audit_chain.1";
static const char second_path[] = "test_audit_chain.2";

/* ---- texts ---- */

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

typedef struct text_case {
    const char *name;
    const char *text;
    const char *printed; /* the event, but for a digest */
    bool has_digest;
} text_case;

static const text_case texts[] = {
    {"an ordinary text appears as it is", "mean(x)", "{\"event\":\"e\",\"t\":\"mean(x)\"}", false},
    {"an empty text appears as it is", "", "{\"event\":\"e\",\"t\":\"\"}", false},
    {"a quotation mark does not end the text", "a\",\"seq\":9,\"b\":\"",
     "{\"event\":\"e\",\"t\":\"a\\\",\\\"seq\\\":9,\\\"b\\\":\\\"\"}", false},
    {"a newline does not end the line", "a\n{\"seq\":1}",
     "{\"event\":\"e\",\"t\":\"a\\n{\\\"seq\\\":1}\"}", false},
    {"an escape sequence does not reach a terminal", "\033]52;c;AAAA\a",
     "{\"event\":\"e\",\"t\":\"\\u001B]52;c;AAAA\\u0007\"}", false},
    {"bidirectional controls are escaped",
     "\xe2\x80\xae"
     "exe\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\xac",
     "{\"event\":\"e\",\"t\":\"\\u202Eexe\\u2066\\u2069\\u202C\"}", false},
    {"a line separator is escaped", "\xe2\x80\xa8", "{\"event\":\"e\",\"t\":\"\\u2028\"}", false},
    {"letters above the basic plane are two escapes", "\xf0\x9f\x90\x8b",
     "{\"event\":\"e\",\"t\":\"\\uD83D\\uDC0B\"}", false},
    {"octets that are not UTF-8 are written out, and the text hashed", "a\xff\xfe",
     "{\"event\":\"e\",\"t\":\"a\\\\xff\\\\xfe\"", true},
    {"a surrogate in UTF-8 is not UTF-8", "\xed\xa0\x80",
     "{\"event\":\"e\",\"t\":\"\\\\xed\\\\xa0\\\\x80\"", true},
    {"DEL is shown as a question mark, and the text hashed",
     "a\x7f"
     "b",
     "{\"event\":\"e\",\"t\":\"a?b\"", true},
    {"a long text is cut, and hashed whole", HUNDRED HUNDRED HUNDRED,
     "{\"event\":\"e\",\"t\":\"" HUNDRED HUNDRED TEN TEN TEN TEN TEN "012345\"", true},
};

static void check_text(const text_case *c)
{
    brig_audit_event event = brig_audit_event_make("e");
    uint8_t digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(digest) + 1];
    char expected[1024];
    brig_buffer printed;

    brig_buffer_init(&printed, sizeof(expected));
    brig_audit_add_text(&event, "t", brig_span_text(c->text));
    CHECK(brig_audit_event_print(&event, &printed) == BRIG_OK, "%s", c->name);
    (void)crypto_hash_sha256(digest, (const uint8_t *)c->text, strlen(c->text));
    (void)sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    (void)snprintf(expected, sizeof(expected), "%s", c->printed);
    if (c->has_digest)
        (void)snprintf(expected, sizeof(expected), "%s,\"t_bytes\":%zu,\"t_sha256\":\"%s\"}",
                       c->printed, strlen(c->text), hex);
    CHECK(brig_span_is(brig_buffer_span(&printed), expected), "%s: `%.*s` is not `%s`", c->name,
          (int)printed.len, (const char *)printed.data, expected);
    brig_audit_event_done(&event);
    brig_buffer_done(&printed);
}

static void check_numbers(void)
{
    brig_audit_event event = brig_audit_event_make("e");
    brig_buffer printed;

    brig_buffer_init(&printed, 1024);
    brig_audit_add_count(&event, "zero", 0);
    brig_audit_add_count(&event, "most", UINT64_MAX);
    CHECK(brig_audit_event_print(&event, &printed) == BRIG_OK, "numbers are printed");
    CHECK(brig_span_is(brig_buffer_span(&printed),
                       "{\"event\":\"e\",\"zero\":0,\"most\":9223372036854775807}"),
          "a number never turns negative");
    brig_audit_event_done(&event);
    brig_buffer_done(&printed);
}

/* Whatever octet a hostile text holds, the verifier reads the line again: also NUL. */
static void check_every_octet(void)
{
    brig_audit_link link = brig_audit_no_link;

    for (unsigned octet = 0; octet <= UINT8_MAX; octet++) {
        const uint8_t text[] = {'a', (uint8_t)octet, 'b'};
        brig_audit_event event = brig_audit_event_make("e");
        brig_audit_line read;
        brig_buffer object;
        brig_buffer line;

        brig_buffer_init(&object, 1024);
        brig_buffer_init(&line, 1024);
        brig_audit_add_text(&event, "t", (brig_span){text, sizeof(text)});
        CHECK(brig_audit_event_print(&event, &object) == BRIG_OK, "octet %02x is printed", octet);
        CHECK(brig_audit_seal(brig_buffer_span(&object), "2026-01-02T03:04:05.678Z", &link,
                              &line) == BRIG_OK,
              "octet %02x is sealed", octet);
        brig_status status = brig_audit_line_read((brig_span){line.data, line.len - 1}, &read);
        CHECK(status == BRIG_OK, "a text with octet %02x is read again: %s", octet,
              brig_status_name(status));
        brig_buffer_done(&line);
        brig_buffer_done(&object);
        brig_audit_event_done(&event);
    }
}

/* ---- tampering ---- */

enum { LINES = 6, FIRST_FILE_LINES = 3, LINE_BYTES = 512 };

static char lines[LINES][LINE_BYTES]; /* with their newlines */

static void make_lines(void)
{
    brig_audit_link link = brig_audit_no_link;

    for (int i = 0; i < LINES; i++) {
        brig_buffer line;
        char object[64];

        brig_buffer_init(&line, LINE_BYTES - 1);
        (void)snprintf(object, sizeof(object), "{\"event\":\"e\",\"number\":%d}", i);
        CHECK(brig_audit_seal(brig_span_text(object), "2026-01-02T03:04:05.678Z", &link, &line) ==
                  BRIG_OK,
              "a line is sealed");
        memcpy(lines[i], line.data, line.len);
        brig_buffer_done(&line);
    }
}

/* Lines 1 to 3 are the first file, 4 to 6 the second. A case edits copies of them. */
typedef struct tamper_case {
    const char *name;
    void (*edit)(char (*copy)[LINE_BYTES]);
    brig_status status;
    const char *complaint; /* part of the error; "" if there is none */
} tamper_case;

static void leave(char (*copy)[LINE_BYTES])
{
    (void)copy;
}

static void change(char (*copy)[LINE_BYTES])
{
    *strstr(copy[1], "\"number\":1") = '\'';
    *strchr(copy[1], '\'') = '"';
    strstr(copy[1], "\"number\":1")[9] = '7';
}

static void change_last(char (*copy)[LINE_BYTES])
{
    strstr(copy[5], "\"number\":5")[9] = '7';
}

static void change_hash(char (*copy)[LINE_BYTES])
{
    char *digit = strstr(copy[2], "\"hash\":\"") + 8;

    *digit = *digit == '0' ? '1' : '0';
}

static void remove_second(char (*copy)[LINE_BYTES])
{
    copy[1][0] = '\0';
}

static void remove_last_of_first(char (*copy)[LINE_BYTES])
{
    copy[2][0] = '\0';
}

static void remove_first(char (*copy)[LINE_BYTES])
{
    copy[0][0] = '\0';
}

static void swap(char (*copy)[LINE_BYTES])
{
    memcpy(copy[0], lines[1], LINE_BYTES);
    memcpy(copy[1], lines[0], LINE_BYTES);
}

static void repeat(char (*copy)[LINE_BYTES])
{
    memcpy(copy[4], lines[3], LINE_BYTES);
}

static void swap_files(char (*copy)[LINE_BYTES])
{
    memcpy(copy[0], lines[3], (size_t)FIRST_FILE_LINES * LINE_BYTES);
    memcpy(copy[3], lines[0], (size_t)FIRST_FILE_LINES * LINE_BYTES);
}

/* Somebody who knows the format seals a line of his own; only its successor tells. */
static void forge(char (*copy)[LINE_BYTES])
{
    brig_audit_line before;
    brig_buffer line;

    CHECK(brig_audit_line_read((brig_span){(uint8_t *)copy[3], strlen(copy[3]) - 1}, &before) ==
              BRIG_OK,
          "a line is read");
    brig_buffer_init(&line, LINE_BYTES - 1);
    CHECK(brig_audit_seal(brig_span_text("{\"event\":\"forged\"}"), "2026-01-02T03:04:05.678Z",
                          &before.link, &line) == BRIG_OK,
          "a line is forged");
    memset(copy[4], 0, LINE_BYTES);
    memcpy(copy[4], line.data, line.len);
    brig_buffer_done(&line);
}

static void cut_newline(char (*copy)[LINE_BYTES])
{
    copy[5][strlen(copy[5]) - 1] = '\0';
}

static void cut_line(char (*copy)[LINE_BYTES])
{
    copy[5][20] = '\0';
}

static void add_blank(char (*copy)[LINE_BYTES])
{
    (void)snprintf(copy[4], LINE_BYTES, "\n");
}

static void add_twin_key(char (*copy)[LINE_BYTES])
{
    (void)snprintf(copy[4], LINE_BYTES, "{\"seq\":5,\"seq\":5}\n");
}

static void add_space(char (*copy)[LINE_BYTES])
{
    size_t len = strlen(copy[4]);

    (void)snprintf(copy[4] + len - 1, LINE_BYTES - len, " \n");
}

static const tamper_case tampers[] = {
    {"two files as they were written are in order", leave, BRIG_OK, ""},
    {"lines before the first that is given are not missed", remove_first, BRIG_OK, ""},
    {"a changed field is found", change, BRIG_AUTH, ".1:2: the line was changed"},
    {"a changed last line is found", change_last, BRIG_AUTH, ".2:3: the line was changed"},
    {"a changed hash is found", change_hash, BRIG_AUTH, ".1:3: the line was changed"},
    {"a line taken out is found", remove_second, BRIG_STATE,
     ".1:2: line 3 follows line 1: lines are missing"},
    {"a line taken off the end of a rotated file is found", remove_last_of_first, BRIG_STATE,
     ".2:1: line 4 follows line 2: lines are missing"},
    {"two lines in the other order are found", swap, BRIG_STATE, ".1:2: a new chain begins"},
    {"a line that is there twice is found", repeat, BRIG_STATE,
     ".2:2: line 4 follows line 4: lines are there twice"},
    {"files in the other order are found", swap_files, BRIG_STATE, ".2:1: a new chain begins"},
    {"a line in the place of another is found", forge, BRIG_STATE, ".2:3: line 6 does not name"},
    {"a line without its end is found", cut_line, BRIG_TRUNCATED, ".2:3: the line is not finished"},
    {"a line without its newline is found", cut_newline, BRIG_TRUNCATED, ".2:3: "},
    {"a blank line is found", add_blank, BRIG_MALFORMED, ".2:2: this is no line"},
    {"a line with a key twice is none", add_twin_key, BRIG_MALFORMED, ".2:2: this is no line"},
    {"something behind a line's hash is found", add_space, BRIG_MALFORMED, ".2:2: this is no line"},
};

static void write_lines(const char *path, char (*from)[LINE_BYTES], int count)
{
    FILE *file = fopen(path, "we");

    CHECK(file != NULL, "%s opens", path);
    for (int i = 0; i < count; i++)
        CHECK(fputs(from[i], file) >= 0, "%s is written", path);
    CHECK(fclose(file) == 0, "%s closes", path);
}

static void check_tamper(const tamper_case *c)
{
    static const char *const paths[] = {first_path, second_path};
    char copy[LINES][LINE_BYTES];
    char error[512] = "";
    brig_audit_report report;

    memcpy(copy, lines, sizeof(copy));
    c->edit(copy);
    write_lines(first_path, copy, FIRST_FILE_LINES);
    write_lines(second_path, copy + FIRST_FILE_LINES, LINES - FIRST_FILE_LINES);
    brig_status status = brig_audit_verify(paths, 2, error, sizeof(error), &report);
    CHECK(status == c->status, "%s: %s: %s", c->name, brig_status_name(status), error);
    CHECK(strstr(error, c->complaint) != NULL, "%s: `%s` in: %s", c->name, c->complaint, error);
    if (status == BRIG_OK)
        CHECK(report.last.seq == LINES, "%s: the last line is known", c->name);
}

static void check_long_line(void)
{
    static const char *const paths[] = {first_path};
    char error[512] = "";
    brig_audit_report report;
    FILE *file = fopen(first_path, "we");

    CHECK(file != NULL, "a file opens");
    for (int i = 0; i < 2 * BRIG_AUDIT_LINE_BYTES; i++)
        CHECK(fputc('x', file) != EOF, "a file is written");
    CHECK(fclose(file) == 0, "a file closes");
    CHECK(brig_audit_verify(paths, 1, error, sizeof(error), &report) == BRIG_MALFORMED,
          "a line without end is refused");
    CHECK(strstr(error, "no end") != NULL, "and named: %s", error);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_text(&texts[i]);
    check_numbers();
    check_every_octet();
    make_lines();
    for (size_t i = 0; i < sizeof(tampers) / sizeof(tampers[0]); i++)
        check_tamper(&tampers[i]);
    check_long_line();
    CHECK(unlink(first_path) == 0 && unlink(second_path) == 0, "the files are removed");
    return 0;
}
