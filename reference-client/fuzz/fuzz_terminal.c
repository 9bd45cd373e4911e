/* SPDX-License-Identifier: MIT */
/* Output of code on a person's terminal: nothing that steers it passes, however it was cut. */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* All of it, in pieces of the lengths that the script gives, or whole. */
static char *show(brig_span bytes, struct script *cuts, size_t *ret_len)
{
    char *seen = NULL;
    terminal to = {.stream = open_memstream(&seen, ret_len), .escapes = true};

    CHECK(to.stream != NULL, "memory");
    while (bytes.len > 0) {
        size_t len = cuts == NULL ? bytes.len : 1 + script_below(cuts, 8);

        len = len < bytes.len ? len : bytes.len;
        brig_terminal_write(&to, (brig_span){bytes.data, len});
        bytes = (brig_span){bytes.data + len, bytes.len - len};
    }
    brig_terminal_finish(&to);
    CHECK(fclose(to.stream) == 0, "memory");
    return seen;
}

static void check_shown(const char *seen, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t octet = (uint8_t)seen[i];
        uint8_t next = i + 1 < len ? (uint8_t)seen[i + 1] : 0;

        CHECK(octet >= ' ' || octet == '\n' || octet == '\t' || octet == '\r', "control %02x",
              octet);
        CHECK(octet != 0x7f, "DEL");
        CHECK(octet != 0xc2 || next < 0x80 || next > 0x9f, "an eight-bit control");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct script cuts = {data, len < 64 ? len : 64};
    const brig_span bytes = {data, len};
    size_t whole_len = 0;
    size_t cut_len = 0;
    char *whole = show(bytes, NULL, &whole_len);
    char *cut = show(bytes, &cuts, &cut_len);

    check_shown(whole, whole_len);
    CHECK(whole_len == cut_len && memcmp(whole, cut, whole_len) == 0, "cut, it looks otherwise");
    free(cut);
    free(whole);
    return 0;
}
