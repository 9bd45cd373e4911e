/* SPDX-License-Identifier: MIT */
/*
 * Values in R and back (spec 9.7), in a real R: what is decoded is inert data that R can hold, what is
 * encoded again is a valid value, and that is decoded to the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <brig/message.h>

#include "generate.h"
#include "r_decode.h"
#include "r_encode.h"

#define CSTACK_DEFNS
#include <Rembedded.h>
#include <Rinterface.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { OBJECT_BYTES = 1 << 20 };

/* One way there and back; R's errors jump over what is in it. */
struct trip {
    const brig_value *value;
    bool simplify;
    brig_buffer encoded;
    SEXP decoded; /* preserved; NULL: R cannot hold it */
    bool is_done;
    bool is_refused;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char program[] = "R";
    static char vanilla[] = "--vanilla";
    static char quiet[] = "--no-echo";
    char *arguments[] = {program, vanilla, quiet};

    (void)argc;
    (void)argv;
    CHECK(setenv("R_HOME", BRIG_R_HOME, 1) == 0 && setenv("LANG", "C.UTF-8", 1) == 0 &&
              setenv("TZ", "UTC", 1) == 0,
          "environment");
    R_SignalHandlers = 0; /* they are the fuzzer's */
    CHECK(Rf_initEmbeddedR(3, arguments) >= 0, "R does not start");
    R_CStackLimit = (uintptr_t)-1; /* the sanitizer's frames are larger than R thinks */
    return 0;
}

static void opaque(struct r_encoder *encoder, SEXP object)
{
    const brig_span classes[] = {brig_span_text("object")};

    (void)object;
    brig_pack_opaque(encoder->to, classes, 1, brig_span_text("<object>"));
}

static void travel(void *context)
{
    struct trip *trip = context;
    struct r_decoder decoder = {.simplify = trip->simplify};
    struct r_encoder encoder = r_encoder_to(&trip->encoded, opaque);
    SEXP decoded = PROTECT(r_decode(&decoder, trip->value));

    if (decoder.problem == NULL) {
        R_PreserveObject(decoded);
        trip->decoded = decoded;
        r_encode_full(&encoder, decoded);
        trip->is_refused = encoder.is_refused;
    }
    UNPROTECT(1);
    trip->is_done = true;
}

/* False: R cannot hold it, or it does not fit. */
static bool go(struct trip *trip, const brig_value *value, bool simplify)
{
    *trip = (struct trip){.value = value, .simplify = simplify};
    brig_buffer_init(&trip->encoded, OBJECT_BYTES);
    CHECK(R_ToplevelExec(travel, trip) == TRUE && trip->is_done, "R's error is not caught");
    return trip->decoded != NULL && !trip->is_refused && trip->encoded.fault == BRIG_OK;
}

static void done(struct trip *trip)
{
    if (trip->decoded != NULL)
        R_ReleaseObject(trip->decoded);
    brig_buffer_done(&trip->encoded);
}

/* For whoever looks into a failure. */
static void print_octets(const char *name, brig_span bytes)
{
    (void)fprintf(stderr, "%s:", name);
    for (size_t i = 0; i < bytes.len; i++)
        (void)fprintf(stderr, " %02x", bytes.data[i]);
    (void)fputc('\n', stderr);
}

/* The second way brings what the first one brought: nothing is lost any more. */
static void check_value(const brig_value *value, bool simplify)
{
    struct trip first;
    struct trip second;
    brig_tree *tree = NULL;

    if (go(&first, value, simplify)) {
        brig_status status = brig_tree_new(brig_buffer_span(&first.encoded), &tree);

        if (status != BRIG_OK) {
            print_octets("value", value->encoded);
            print_octets("from R", brig_buffer_span(&first.encoded));
        }
        CHECK(status == BRIG_OK, "R's value is no value: %s", brig_status_name(status));
        bool is_same =
            !go(&second, brig_tree_root(tree), false) ||
            brig_span_equal(brig_buffer_span(&first.encoded), brig_buffer_span(&second.encoded));
        if (!is_same) {
            print_octets("value", value->encoded);
            print_octets("from R", brig_buffer_span(&first.encoded));
            print_octets("again", brig_buffer_span(&second.encoded));
        }
        CHECK(is_same, "another value after another way");
        done(&second);
    }
    brig_tree_free(tree);
    done(&first);
}

/* The first octet: the rest is a value's encoding, or the script of one; simplified or not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct script script = {data, len};
    size_t choice = script_below(&script, 4);
    brig_span bytes = {script.at, script.left};
    brig_tree *tree = NULL;
    brig_buffer made;

    brig_buffer_init(&made, OBJECT_BYTES);
    if (choice >= 2) {
        generate_object(&script, &made, false);
        bytes = brig_buffer_span(&made);
    }
    if (made.fault == BRIG_OK && brig_tree_new(bytes, &tree) == BRIG_OK)
        check_value(brig_tree_root(tree), choice % 2 == 1);
    brig_tree_free(tree);
    brig_buffer_done(&made);
    return 0;
}
