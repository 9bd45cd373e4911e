/* SPDX-License-Identifier: MIT */
/* What code does and says, as events and one terminal (spec 7.2, 7.6, 8). */
#include "check.h"
#include "test_r_harness.h"

static const struct code_case {
    const char *name;
    const char *code;
    const char *transcript;
} cases[] = {
    {"a visible value is printed and is the result", "1 + 1",
     "stdout [1] 2\n\nRESULT 2.0 {\"visible\": true}\n"},
};

int main(void)
{
    harness_start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_code(cases[i].name, cases[i].code, cases[i].transcript);
    return EXIT_SUCCESS;
}
