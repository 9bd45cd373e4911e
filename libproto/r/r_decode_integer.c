/* SPDX-License-Identifier: MIT */
/* Integers that R may not have, and arrays that are vectors to R (spec 9.7). */
#include "r_decode_simple.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "r_text.h"

#define MAX_EXACT (INT64_C(1) << 53) /* integers up to here are doubles exactly */

enum { DECIMAL_BYTES = 24 };

static bool is_exact(int64_t number)
{
    return number >= -MAX_EXACT && number <= MAX_EXACT;
}

static SEXP decimal_string(int64_t number)
{
    char decimal[DECIMAL_BYTES];

    (void)snprintf(decimal, sizeof(decimal), "%" PRId64, number);
    return Rf_mkCharCE(decimal, CE_UTF8);
}

static SEXP with_class(SEXP value, const char *name)
{
    PROTECT(value);
    Rf_setAttrib(value, R_ClassSymbol, PROTECT(Rf_mkString(name)));
    UNPROTECT(2);
    return value;
}

SEXP r_decode_int(int64_t number)
{
    if (number > INT_MIN && number <= INT_MAX)
        return Rf_ScalarInteger((int)number);
    if (is_exact(number))
        return Rf_ScalarReal((double)number);
    return with_class(Rf_ScalarString(decimal_string(number)), "integer");
}

SEXP r_decode_uint(uint64_t number)
{
    char decimal[DECIMAL_BYTES];

    (void)snprintf(decimal, sizeof(decimal), "%" PRIu64, number);
    return with_class(Rf_mkString(decimal), "integer");
}

static SEXP int64_packed(const brig_value *vector)
{
    SEXP packed = Rf_allocVector(REALSXP, (R_xlen_t)vector->vector.count);

    if (vector->vector.elements.len > 0)
        memcpy(REAL(packed), vector->vector.elements.data, vector->vector.elements.len);
    return with_class(packed, "integer64");
}

static SEXP int64_doubles(const brig_value *vector)
{
    SEXP doubles = Rf_allocVector(REALSXP, (R_xlen_t)vector->vector.count);

    for (size_t i = 0; i < vector->vector.count; i++) {
        int64_t number = brig_vector_int64(vector, i);

        REAL(doubles)[i] = number == INT64_MIN ? NA_REAL : (double)number;
    }
    return doubles;
}

static SEXP int64_texts(const brig_value *vector)
{
    SEXP texts = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)vector->vector.count));

    for (size_t i = 0; i < vector->vector.count; i++) {
        int64_t number = brig_vector_int64(vector, i);

        SET_STRING_ELT(texts, (R_xlen_t)i,
                       number == INT64_MIN ? NA_STRING : decimal_string(number));
    }
    UNPROTECT(1);
    return with_class(texts, "integer");
}

SEXP r_decode_int64s(const brig_value *vector)
{
    if (R_existsVarInFrame(R_NamespaceRegistry, Rf_install("bit64")))
        return int64_packed(vector);
    for (size_t i = 0; i < vector->vector.count; i++) {
        int64_t number = brig_vector_int64(vector, i);

        if (number != INT64_MIN && !is_exact(number))
            return int64_texts(vector);
    }
    return int64_doubles(vector);
}

static SEXPTYPE type_of(const brig_value *item)
{
    switch (item->kind) {
    case BRIG_BOOL:
        return LGLSXP;
    case BRIG_TEXT:
        return STRSXP;
    case BRIG_FLOAT:
        return REALSXP;
    case BRIG_INT:
        if (item->integer > INT_MIN && item->integer <= INT_MAX)
            return INTSXP;
        return is_exact(item->integer) ? REALSXP : NILSXP;
    default:
        return NILSXP;
    }
}

/* The type that holds elements of both, NILSXP if none does. */
static SEXPTYPE join_types(SEXPTYPE a, SEXPTYPE b)
{
    bool are_numbers = (a == INTSXP || a == REALSXP) && (b == INTSXP || b == REALSXP);

    if (a == b)
        return a;
    return are_numbers ? REALSXP : NILSXP;
}

/* The vector type that holds every element, where nil is missing; NILSXP if none does. */
static SEXPTYPE common_type(const brig_value *array)
{
    SEXPTYPE common = NILSXP;
    bool is_first = true;

    for (size_t i = 0; i < array->array.count; i++) {
        const brig_value *item = &array->array.items[i];

        if (item->kind == BRIG_NIL)
            continue;
        common = is_first ? type_of(item) : join_types(common, type_of(item));
        if (common == NILSXP)
            return NILSXP;
        is_first = false;
    }
    return common;
}

static double double_of(const brig_value *item)
{
    if (item->kind == BRIG_NIL)
        return NA_REAL;
    return item->kind == BRIG_INT ? (double)item->integer : item->number;
}

static void set_text(struct r_decoder *decoder, SEXP texts, R_xlen_t i, const brig_value *item)
{
    SEXP text = item->kind == BRIG_NIL ? NA_STRING : r_text_new(item->bytes);

    if (text == R_NilValue)
        decoder->problem = "a text holds U+0000, which R cannot";
    else
        SET_STRING_ELT(texts, i, text);
}

SEXP r_decode_simplified(struct r_decoder *decoder, const brig_value *array)
{
    SEXPTYPE type = common_type(array);
    SEXP vector;

    if (type == NILSXP)
        return R_NilValue;
    vector = PROTECT(Rf_allocVector(type, (R_xlen_t)array->array.count));
    for (size_t i = 0; i < array->array.count; i++) {
        const brig_value *item = &array->array.items[i];

        if (type == STRSXP)
            set_text(decoder, vector, (R_xlen_t)i, item);
        else if (type == REALSXP)
            REAL(vector)[i] = double_of(item);
        else if (type == INTSXP)
            INTEGER(vector)[i] = item->kind == BRIG_NIL ? NA_INTEGER : (int)item->integer;
        else
            LOGICAL(vector)[i] = item->kind == BRIG_NIL ? NA_LOGICAL : item->boolean;
    }
    UNPROTECT(1);
    return vector;
}
