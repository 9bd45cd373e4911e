/* SPDX-License-Identifier: MIT */
/* Which texts are programs, and where others stop being one (spec 14.1). */
#include "program.h"

#include <stdio.h>

#include <check.h>

typedef struct program_case {
    const char *name;
    const char *code;
    size_t line; /* 0: it is a program */
    size_t column;
} program_case;

static const program_case cases[] = {
    {"nothing", "", 0, 0},
    {"empty lines and remarks", "\n\n# x y z\n#\n", 0, 0},
    {"a line without an end", "print a", 0, 0},
    {"a text that is not there", "print", 0, 0},
    {"a text that is empty", "print ", 0, 0},
    {"a text of spaces", "print   a  ", 0, 0},
    {"all escapes", "print \\n\\\\\\x00\\xfF", 0, 0},
    {"every form of a value", "set a $a\nset a =c0\nset a = c0\nset a [1, {\"b\": -2.5e1}]", 0, 0},
    {"a value without spaces before another argument", "progress 0.5 half of it", 0, 0},
    {"ids in a frame", "frame 95 01@ +", 0, 0},
    {"lines within lines", "try repeat 3 later print a b", 0, 0},
    {"the most a count can be", "sleep 9007199254740992", 0, 0},
    {"the least an int can be", "add a -9223372036854775808", 0, 0},
    {"nested values", "return [[[[[[[[1]]]]]]]]", 0, 0},
    {"pairs of surrogates", "return \"\\ud83d\\ude00\\u0000\"", 0, 0},

    {"a verb that nobody knows", "print a\nprnt b", 2, 1},
    {"a verb in capitals", "Print a", 1, 1},
    {"a line that begins with a space", " print a", 1, 1},
    {"`handler` outside a tool", "handler", 1, 1},
    {"an argument that is missing", "sleep", 1, 6},
    {"a second argument that is missing", "set abc", 1, 8},
    {"an argument that is empty", "sleep ", 1, 7},
    {"two spaces", "sleep  1", 1, 7},
    {"an argument too many", "sleep 1 2", 1, 9},
    {"an argument where there is none", "spin 1", 1, 6},
    {"columns are code points", "set \xc3\xa4\xe2\x82\xac x", 1, 8},
    {"a fault within lines within lines", "try repeat 3 prnt a", 1, 14},
    {"a line that is missing", "try", 1, 4},
    {"lines that hold each other too deep",
     "try try try try try try try try try try try try try try try try try try try try try try try "
     "try try try try try try try try try try print",
     1, 133},
    {"a leading zero", "sleep 01", 1, 7},
    {"a sign before a count", "sleep -1", 1, 7},
    {"minus zero", "add a -0", 1, 7},
    {"a count above 2^53", "sleep 9007199254740993", 1, 7},
    {"an int of more than 64 bits", "add a 9223372036854775808", 1, 7},
    {"a word that is no choice", "raw 3 a", 1, 5},
    {"a part of a choice", "flood std 1", 1, 7},
    {"an escape that is none", "print a\\t", 1, 7},
    {"half an escape", "print a\\x0", 1, 7},
    {"half an octet", "octets 0", 1, 8},
    {"no octets", "octets ", 1, 8},
    {"digits with a space in the middle", "octets 0 0", 1, 8},
    {"ids where there is no frame", "octets @", 1, 8},
    {"a variable without a name", "return $", 1, 8},
    {"JSON with something behind it", "return 1 2", 1, 8},
    {"JSON with a comma too many", "return [1,]", 1, 8},
    {"JSON with a key twice", "return {\"a\":1,\"a\":2}", 1, 8},
    {"JSON with a key that is no text", "return {1:2}", 1, 8},
    {"JSON with a leading zero", "return 01", 1, 8},
    {"JSON with a bare point", "return 1.", 1, 8},
    {"JSON with half a pair", "return \"\\ud83d\"", 1, 8},
    {"JSON with a control character", "return \"\t\"", 1, 8},
    {"JSON with an int of more than 64 bits", "return 18446744073709551616", 1, 8},
    {"JSON with a number above all", "return 1e999", 1, 8},
    {"JSON of another language", "return nil", 1, 8},
};

static void check_case(const program_case *of)
{
    conf_program program;
    conf_fault fault = {0};
    bool is_program = conf_program_read(brig_span_text(of->code), &program, &fault);

    CHECK(is_program == (of->line == 0), "%s: %s", of->name, is_program ? "read" : fault.text);
    if (!is_program)
        CHECK(fault.line == of->line && fault.column == of->column, "%s: %zu:%zu", of->name,
              fault.line, fault.column);
    conf_program_done(&program);
}

/* What is before the handler, and what is behind it. */
static void test_tools(void)
{
    conf_program program;
    conf_fault fault = {0};

    CHECK(conf_program_read_tool(brig_span_text("print a\nhandler\nspin"), &program, &fault),
          "a source with a handler");
    CHECK(program.first != NULL && program.first->next == NULL && program.handler != NULL,
          "both parts");
    conf_program_done(&program);
    CHECK(conf_program_read_tool(brig_span_text("print a\nspin"), &program, &fault), "without");
    CHECK(program.first == NULL && program.handler->next != NULL, "all of it is the handler");
    conf_program_done(&program);
    CHECK(!conf_program_read_tool(brig_span_text("handler\nhandler"), &program, &fault) &&
              fault.line == 2,
          "a second handler is no verb");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
    test_tools();
    return 0;
}
