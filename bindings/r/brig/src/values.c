/* SPDX-License-Identifier: MIT */
/* Values in both directions (spec 9.7), and the buffers that hold them. */
#include "brig_r.h"

#include <stdlib.h>

enum { OPAQUE_TEXT_BYTES = 16 * 1024, MAX_CLASSES = 64, VALUE_SPARE_BYTES = 64 * 1024 };

static void free_buffer(SEXP owner)
{
    brig_buffer *buffer = R_ExternalPtrAddr(owner);

    if (buffer == NULL)
        return;
    R_ClearExternalPtr(owner);
    brig_buffer_done(buffer);
    free(buffer);
}

SEXP r_buffer_new(size_t limit_bytes)
{
    SEXP owner = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
    brig_buffer *buffer = malloc(sizeof(*buffer));

    if (buffer == NULL)
        Rf_error("no memory for a value");
    brig_buffer_init(buffer, limit_bytes);
    R_SetExternalPtrAddr(owner, buffer);
    R_RegisterCFinalizerEx(owner, free_buffer, FALSE);
    UNPROTECT(1);
    return owner;
}

brig_buffer *r_buffer_of(SEXP owner)
{
    return R_ExternalPtrAddr(owner);
}

/* How an object prints is R's business: the package's function describe() says it. */
static void encode_opaque(struct r_encoder *encoder, SEXP object)
{
    SEXP space = PROTECT(R_FindNamespace(PROTECT(Rf_mkString("brig"))));
    SEXP call = PROTECT(Rf_lang2(Rf_install("describe"), object));
    SEXP parts = PROTECT(Rf_eval(call, space)); /* list(classes, text) */
    SEXP classes = VECTOR_ELT(parts, 0);
    brig_span names[MAX_CLASSES];
    size_t count = 0;

    for (; count < (size_t)Rf_xlength(classes) && count < MAX_CLASSES; count++)
        names[count] = r_text_element(classes, (R_xlen_t)count);
    brig_span text = r_text_element(VECTOR_ELT(parts, 1), 0);
    if (text.len > OPAQUE_TEXT_BYTES)
        encoder->is_refused = true;
    else
        brig_pack_opaque(encoder->to, names, count, text);
    UNPROTECT(4);
}

void r_buffer_append_value(brig_buffer *to, SEXP value)
{
    const void *mark = vmaxget();
    struct r_encoder encoder = r_encoder_to(to, encode_opaque);

    r_encode_full(&encoder, value);
    vmaxset(mark);
    if (encoder.is_refused)
        Rf_error("the value is nested too deeply, or has a part that cannot travel");
    if (to->fault != BRIG_OK)
        Rf_error("the value is too large for a message");
}

void r_buffer_append_map(brig_buffer *to, SEXP list)
{
    const struct r_encoder keys = r_encoder_to(to, encode_opaque);
    SEXP names = Rf_getAttrib(list, R_NamesSymbol);
    R_xlen_t count = Rf_xlength(list);

    if (count > 0 && !r_encode_names_are_keys(&keys, names, count))
        Rf_error("every argument needs a name of its own");
    brig_pack_map(to, (size_t)count);
    for (R_xlen_t i = 0; i < count; i++) {
        brig_pack_text(to, r_text_element(names, i));
        r_buffer_append_value(to, VECTOR_ELT(list, i));
    }
}

static SEXP decoded(struct r_decoder *decoder, const brig_value *value)
{
    SEXP result = PROTECT(Rf_allocVector(VECSXP, 2));

    if (value != NULL)
        SET_VECTOR_ELT(result, 0, r_decode(decoder, value));
    if (decoder->problem != NULL) {
        SET_VECTOR_ELT(result, 0, R_NilValue);
        SET_VECTOR_ELT(result, 1, Rf_mkString(decoder->problem));
    }
    UNPROTECT(1);
    return result;
}

SEXP r_value_of(const brig_value *value)
{
    struct r_decoder decoder = {.simplify = false};

    return decoded(&decoder, value);
}

SEXP r_record_of(const brig_value *value)
{
    struct r_decoder decoder = {.simplify = true};

    return VECTOR_ELT(decoded(&decoder, value), 0);
}

/* One value as the wire has it; how the package's R code writes a tool's schema. */
SEXP brig_r_encode(SEXP value)
{
    SEXP owner = PROTECT(r_buffer_new(BRIG_LIMIT_MAX_MESSAGE_BYTES - VALUE_SPARE_BYTES));
    brig_buffer *buffer = r_buffer_of(owner);
    SEXP bytes;

    r_buffer_append_value(buffer, value);
    bytes = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)buffer->len));
    memcpy(RAW(bytes), buffer->data, buffer->len);
    UNPROTECT(2);
    return bytes;
}

struct decoding {
    brig_tree *tree;
};

static SEXP decode_tree(void *data)
{
    const struct decoding *decoding = data;

    return r_value_of(brig_tree_root(decoding->tree));
}

static void free_tree(void *data)
{
    const struct decoding *decoding = data;

    brig_tree_free(decoding->tree);
}

/* Its inverse: list(value) or list(NULL, why). */
SEXP brig_r_decode(SEXP bytes)
{
    struct decoding decoding = {NULL};
    brig_status status =
        brig_tree_new((brig_span){RAW(bytes), (size_t)XLENGTH(bytes)}, &decoding.tree);

    if (status != BRIG_OK)
        Rf_error("not a value of the wire: %s", brig_status_text(status));
    return R_ExecWithCleanup(decode_tree, &decoding, free_tree, &decoding);
}
