/* SPDX-License-Identifier: MIT */
/* The wire's values as R's (spec 9.7). The tree has been validated: codes, lengths and names fit. */
#include "r_decode.h"

#include <limits.h>

#include "r_decode_simple.h"
#include "r_text.h"

static SEXP refuse(struct r_decoder *decoder, const char *problem)
{
    decoder->problem = problem;
    return R_NilValue;
}

static SEXP text_element(struct r_decoder *decoder, brig_span text)
{
    SEXP string = text.data == NULL && text.len == 0 ? NA_STRING : r_text_new(text);

    if (string == R_NilValue) {
        (void)refuse(decoder, "a text holds U+0000, which R cannot");
        return NA_STRING;
    }
    return string;
}

/* A text that is there, also when its span is empty without data. */
static SEXP present_text(struct r_decoder *decoder, brig_span text)
{
    return text_element(decoder, text.len == 0 ? brig_span_text("") : text);
}

static SEXP text_scalar(struct r_decoder *decoder, brig_span text)
{
    return Rf_ScalarString(present_text(decoder, text));
}

static SEXP text_vector(struct r_decoder *decoder, const brig_value *value)
{
    brig_text_cursor cursor = brig_text_cursor_of(value);
    SEXP texts = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)value->vector.count));

    for (R_xlen_t i = 0; cursor.left > 0; i++) {
        brig_span text = brig_text_cursor_next(&cursor);

        SET_STRING_ELT(texts, i, text.data == NULL ? NA_STRING : present_text(decoder, text));
    }
    UNPROTECT(1);
    return texts;
}

static SEXP logical_vector(const brig_value *value)
{
    SEXP logicals = Rf_allocVector(LGLSXP, (R_xlen_t)value->vector.count);
    int *to = LOGICAL(logicals);

    for (size_t i = 0; i < value->vector.count; i++) {
        uint8_t logical = brig_vector_logical(value, i);

        to[i] = logical == 2 ? NA_LOGICAL : logical;
    }
    return logicals;
}

static SEXP word_vector(SEXPTYPE type, const brig_value *value, void *(*data)(SEXP))
{
    SEXP words = Rf_allocVector(type, (R_xlen_t)value->vector.count);

    if (value->vector.elements.len > 0)
        memcpy(data(words), value->vector.elements.data, value->vector.elements.len);
    return words;
}

static void *data_of(SEXP vector)
{
    return DATAPTR(vector);
}

static SEXP vector_value(struct r_decoder *decoder, const brig_value *value)
{
    switch (value->vector.type) {
    case BRIG_VECTOR_LOGICAL:
        return logical_vector(value);
    case BRIG_VECTOR_INT32:
        return word_vector(INTSXP, value, data_of);
    case BRIG_VECTOR_INT64:
        return r_decode_int64s(value);
    case BRIG_VECTOR_FLOAT64:
        return word_vector(REALSXP, value, data_of);
    case BRIG_VECTOR_COMPLEX:
        return word_vector(CPLXSXP, value, data_of);
    case BRIG_VECTOR_TEXT:
        return text_vector(decoder, value);
    }
    return refuse(decoder, "a vector has an unknown type");
}

static SEXP missing_value(brig_vector_type type)
{
    switch (type) {
    case BRIG_VECTOR_LOGICAL:
        return Rf_ScalarLogical(NA_LOGICAL);
    case BRIG_VECTOR_INT32:
    case BRIG_VECTOR_INT64:
        return Rf_ScalarInteger(NA_INTEGER);
    case BRIG_VECTOR_COMPLEX:
        return Rf_ScalarComplex((Rcomplex){NA_REAL, NA_REAL});
    case BRIG_VECTOR_TEXT:
        return Rf_ScalarString(NA_STRING);
    case BRIG_VECTOR_FLOAT64:
    default:
        return Rf_ScalarReal(NA_REAL);
    }
}

static SEXP list_value(struct r_decoder *decoder, const brig_value *value)
{
    SEXP list = decoder->simplify ? r_decode_simplified(decoder, value) : R_NilValue;

    if (list != R_NilValue)
        return list;
    PROTECT(list = Rf_allocVector(VECSXP, (R_xlen_t)value->array.count));
    for (size_t i = 0; i < value->array.count && decoder->problem == NULL; i++)
        SET_VECTOR_ELT(list, (R_xlen_t)i, r_decode(decoder, &value->array.items[i]));
    UNPROTECT(1);
    return list;
}

static SEXP map_value(struct r_decoder *decoder, const brig_value *value)
{
    R_xlen_t count = (R_xlen_t)value->map.count;
    SEXP list = PROTECT(Rf_allocVector(VECSXP, count));
    SEXP names = PROTECT(Rf_allocVector(STRSXP, count));

    for (R_xlen_t i = 0; i < count && decoder->problem == NULL; i++) {
        const brig_entry *entry = &value->map.entries[i];

        SET_STRING_ELT(names, i, present_text(decoder, entry->key.bytes));
        SET_VECTOR_ELT(list, i, r_decode(decoder, &entry->value));
    }
    Rf_setAttrib(list, R_NamesSymbol, names);
    UNPROTECT(2);
    return list;
}

static SEXP raw_value(brig_span bytes)
{
    SEXP raw = Rf_allocVector(RAWSXP, (R_xlen_t)bytes.len);

    if (bytes.len > 0)
        memcpy(RAW(raw), bytes.data, bytes.len);
    return raw;
}

static SEXP opaque_value(struct r_decoder *decoder, const brig_value *value)
{
    const char *names[] = {"class", "text", ""};
    const brig_value *classes = value->opaque.classes;
    SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
    SEXP texts = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)classes->array.count));

    for (size_t i = 0; i < classes->array.count; i++)
        SET_STRING_ELT(texts, (R_xlen_t)i, present_text(decoder, classes->array.items[i].bytes));
    SET_VECTOR_ELT(list, 0, texts);
    SET_VECTOR_ELT(list, 1, text_scalar(decoder, value->opaque.text));
    Rf_setAttrib(list, R_ClassSymbol, PROTECT(Rf_mkString("brig_opaque")));
    UNPROTECT(3);
    return list;
}

SEXP r_decode(struct r_decoder *decoder, const brig_value *value)
{
    switch (value->kind) {
    case BRIG_NIL:
        return R_NilValue;
    case BRIG_BOOL:
        return Rf_ScalarLogical(value->boolean);
    case BRIG_INT:
        return r_decode_int(value->integer);
    case BRIG_UINT:
        return r_decode_uint(value->unsigned_integer);
    case BRIG_FLOAT:
        return Rf_ScalarReal(value->number);
    case BRIG_TEXT:
        return text_scalar(decoder, value->bytes);
    case BRIG_BIN:
        return raw_value(value->bytes);
    case BRIG_ARRAY:
        return list_value(decoder, value);
    case BRIG_MAP:
        return map_value(decoder, value);
    case BRIG_VECTOR:
        return vector_value(decoder, value);
    case BRIG_MISSING:
        return missing_value(value->vector.type);
    case BRIG_ANNOTATED:
        return r_decode_annotated(decoder, value);
    case BRIG_OPAQUE:
        return opaque_value(decoder, value);
    case BRIG_EXT:
        break;
    }
    return refuse(decoder, "a value has a form that this engine does not know");
}
