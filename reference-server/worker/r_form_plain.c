/* SPDX-License-Identifier: MIT */
/* R values without any ext, for clients that want only JSON's shapes (spec 7.2, `plain`). */
#include "r_form.h"

#include <brig/pack.h>

#include "r_support.h"
#include "r_text.h"

enum { PRINTED_BYTES = 16 * 1024 };

static bool is_stopped(const struct r_encoder *encoder)
{
    return encoder->is_refused || encoder->to->fault != BRIG_OK;
}

static void plain_item(struct r_encoder *encoder, SEXP vector, R_xlen_t i)
{
    if (TYPEOF(vector) == VECSXP)
        r_form_plain(encoder, VECTOR_ELT(vector, i));
    else
        r_encode_element(encoder, vector, i, true);
}

/* Elements first, first + step, …: a row of a matrix is strided. */
static void plain_array(struct r_encoder *encoder, SEXP vector, R_xlen_t first, R_xlen_t step)
{
    R_xlen_t count = (XLENGTH(vector) - first + step - 1) / step;

    if (!r_encode_enter(encoder))
        return;
    brig_pack_array(encoder->to, (size_t)count);
    for (R_xlen_t i = 0; i < count && !is_stopped(encoder); i++)
        plain_item(encoder, vector, first + i * step);
    encoder->depth_left++;
}

static void plain_map(struct r_encoder *encoder, SEXP vector, SEXP keys)
{
    size_t key_count = (size_t)XLENGTH(vector);

    if (!r_encode_enter(encoder))
        return;
    encoder->keys_left -= key_count;
    brig_pack_map(encoder->to, key_count);
    for (R_xlen_t i = 0; i < XLENGTH(vector) && !is_stopped(encoder); i++) {
        r_encode_element(encoder, keys, i, true);
        plain_item(encoder, vector, i);
    }
    encoder->keys_left += key_count;
    encoder->depth_left++;
}

/* A matrix is an array of its rows. */
static void plain_matrix(struct r_encoder *encoder, SEXP matrix, SEXP dim)
{
    R_xlen_t rows = INTEGER_ELT(dim, 0);

    if (!r_encode_enter(encoder))
        return;
    brig_pack_array(encoder->to, (size_t)rows);
    for (R_xlen_t row = 0; row < rows && !is_stopped(encoder); row++)
        plain_array(encoder, matrix, row, rows);
    encoder->depth_left++;
}

static void plain_data(struct r_encoder *encoder, SEXP data, bool as_scalar)
{
    SEXP dim = PROTECT(Rf_getAttrib(data, R_DimSymbol));
    SEXP names = PROTECT(Rf_getAttrib(data, R_NamesSymbol));
    bool is_list = TYPEOF(data) == VECSXP;

    if (TYPEOF(data) == RAWSXP)
        r_encode_vector(encoder, data);
    else if (Rf_length(dim) == 2)
        plain_matrix(encoder, data, dim);
    else if (names != R_NilValue && r_encode_names_are_keys(encoder, names, XLENGTH(data)))
        plain_map(encoder, data, names);
    else if (as_scalar && !is_list && XLENGTH(data) == 1)
        r_encode_element(encoder, data, 0, true);
    else
        plain_array(encoder, data, 0, 1);
    UNPROTECT(2);
}

/* A column is an array also when the table has one row. */
static void plain_column(struct r_encoder *encoder, SEXP column)
{
    SEXP data = PROTECT(r_support_plain(column));

    if (Rf_isVectorAtomic(data) || TYPEOF(data) == VECSXP)
        plain_array(encoder, data, 0, 1);
    else
        r_form_plain(encoder, data);
    UNPROTECT(1);
}

static void plain_table(struct r_encoder *encoder, SEXP table)
{
    SEXP keys = PROTECT(Rf_getAttrib(table, R_NamesSymbol));
    size_t count = (size_t)XLENGTH(table);
    bool is_map = r_encode_names_are_keys(encoder, keys, XLENGTH(table));
    size_t key_count = is_map ? count : 0;

    if (r_encode_enter(encoder)) {
        encoder->keys_left -= key_count;
        if (is_map)
            brig_pack_map(encoder->to, count);
        else
            brig_pack_array(encoder->to, count);
        for (size_t i = 0; i < count && !is_stopped(encoder); i++) {
            if (is_map)
                r_encode_element(encoder, keys, (R_xlen_t)i, true);
            plain_column(encoder, VECTOR_ELT(table, (R_xlen_t)i));
        }
        encoder->keys_left += key_count;
        encoder->depth_left++;
    }
    UNPROTECT(1);
}

static void plain_printed(struct r_encoder *encoder, SEXP value)
{
    SEXP owner = PROTECT(r_support_buffer_new(PRINTED_BYTES));
    brig_buffer *text = r_support_buffer(owner);

    (void)r_form_printed(text, value, R_BRIEF_ENTRIES);
    brig_pack_text(encoder->to, brig_buffer_span(text));
    r_support_buffer_free(owner);
    UNPROTECT(1);
}

/* Classes first lose what JSON has no word for: factors and times become texts. */
void r_form_plain(struct r_encoder *encoder, SEXP value)
{
    SEXP data;

    if (is_stopped(encoder))
        return;
    data = PROTECT(OBJECT(value) || TYPEOF(value) == LISTSXP ? r_support_plain(value) : value);
    if (data == R_NilValue)
        brig_pack_nil(encoder->to);
    else if (Rf_inherits(data, "data.frame") && TYPEOF(data) == VECSXP)
        plain_table(encoder, data);
    else if (!IS_S4_OBJECT(data) && (Rf_isVectorAtomic(data) || TYPEOF(data) == VECSXP) &&
             (!OBJECT(data) || r_encode_is_int64(data)))
        plain_data(encoder, data, true);
    else
        plain_printed(encoder, data);
    UNPROTECT(1);
}
