/* SPDX-License-Identifier: MIT */
/* R's vectors and lists, and what hangs on them, to the wire (spec 9.1 to 9.5). */
#include "r_encode.h"

#include <brig/pack.h>

#include "r_text.h"

enum { INT64_BYTES = 8 };

bool r_encode_enter(struct r_encoder *encoder)
{
    if (encoder->depth_left == 0) {
        encoder->is_refused = true;
        return false;
    }
    encoder->depth_left--;
    return true;
}

bool r_encode_is_int64(SEXP vector)
{
    return TYPEOF(vector) == REALSXP && Rf_inherits(vector, "integer64");
}

bool r_encode_names_are_keys(const struct r_encoder *encoder, SEXP names, R_xlen_t count)
{
    if (TYPEOF(names) != STRSXP || Rf_xlength(names) != count)
        return false;
    if ((size_t)count > encoder->keys_left)
        return false;
    for (R_xlen_t i = 0; i < count; i++)
        if (STRING_ELT(names, i) == NA_STRING || LENGTH(STRING_ELT(names, i)) == 0)
            return false;
    return Rf_any_duplicated(names, FALSE) == 0;
}

static int64_t int64_at(SEXP vector, R_xlen_t i)
{
    double packed = REAL_ELT(vector, i);
    int64_t number;

    memcpy(&number, &packed, sizeof(number));
    return number;
}

static void encode_missing(struct r_encoder *encoder, brig_vector_type type, bool is_plain)
{
    if (is_plain)
        brig_pack_nil(encoder->to);
    else
        brig_pack_missing(encoder->to, type);
}

static void encode_number(struct r_encoder *encoder, SEXP vector, R_xlen_t i, bool is_plain)
{
    double number = REAL_ELT(vector, i);

    if (r_encode_is_int64(vector)) {
        if (int64_at(vector, i) == INT64_MIN)
            encode_missing(encoder, BRIG_VECTOR_INT64, is_plain);
        else
            brig_pack_int(encoder->to, int64_at(vector, i));
    } else if (R_IsNA(number)) {
        encode_missing(encoder, BRIG_VECTOR_FLOAT64, is_plain);
    } else {
        brig_pack_float(encoder->to, number);
    }
}

static void encode_text(struct r_encoder *encoder, SEXP charsxp, bool is_plain)
{
    const void *mark = vmaxget();
    brig_span text = r_text(charsxp);

    if (text.data == NULL)
        encode_missing(encoder, BRIG_VECTOR_TEXT, is_plain);
    else
        brig_pack_text(encoder->to, text);
    vmaxset(mark);
}

/* Complex numbers have no form without ext but their text. */
static void encode_complex(struct r_encoder *encoder, SEXP vector, R_xlen_t i, bool is_plain)
{
    SEXP one = PROTECT(Rf_ScalarComplex(COMPLEX_ELT(vector, i)));

    if (is_plain)
        encode_text(encoder, STRING_ELT(PROTECT(Rf_coerceVector(one, STRSXP)), 0), is_plain);
    else
        r_encode_vector(encoder, PROTECT(one));
    UNPROTECT(2);
}

void r_encode_element(struct r_encoder *encoder, SEXP vector, R_xlen_t i, bool is_plain)
{
    switch (TYPEOF(vector)) {
    case LGLSXP:
        if (LOGICAL_ELT(vector, i) == NA_LOGICAL)
            encode_missing(encoder, BRIG_VECTOR_LOGICAL, is_plain);
        else
            brig_pack_bool(encoder->to, LOGICAL_ELT(vector, i) != 0);
        break;
    case INTSXP:
        if (INTEGER_ELT(vector, i) == NA_INTEGER)
            encode_missing(encoder, BRIG_VECTOR_INT32, is_plain);
        else
            brig_pack_int(encoder->to, INTEGER_ELT(vector, i));
        break;
    case REALSXP:
        encode_number(encoder, vector, i, is_plain);
        break;
    case CPLXSXP:
        encode_complex(encoder, vector, i, is_plain);
        break;
    case RAWSXP:
        brig_pack_uint(encoder->to, RAW_ELT(vector, i));
        break;
    case STRSXP:
        encode_text(encoder, STRING_ELT(vector, i), is_plain);
        break;
    default:
        encoder->is_refused = true;
        break;
    }
}

/* The bytes of R's own vectors are those of the wire on a little-endian machine. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "vectors are copied as they are: this engine needs a little-endian machine"
#endif

static void encode_words(struct r_encoder *encoder, brig_vector_type type, const void *words,
                         size_t count)
{
    static const size_t element_bytes[] = {[BRIG_VECTOR_INT32] = sizeof(int),
                                           [BRIG_VECTOR_INT64] = INT64_BYTES,
                                           [BRIG_VECTOR_FLOAT64] = sizeof(double),
                                           [BRIG_VECTOR_COMPLEX] = sizeof(Rcomplex)};
    uint8_t *place = brig_pack_vector(encoder->to, type, count);

    if (place != NULL && count > 0)
        memcpy(place, words, count * element_bytes[type]);
}

static void encode_logicals(struct r_encoder *encoder, SEXP vector)
{
    size_t count = (size_t)XLENGTH(vector);
    const int *logicals = LOGICAL_RO(vector);
    uint8_t *place = brig_pack_vector(encoder->to, BRIG_VECTOR_LOGICAL, count);

    for (size_t i = 0; place != NULL && i < count; i++)
        place[i] = logicals[i] == NA_LOGICAL ? 2 : logicals[i] != 0;
}

static void encode_texts(struct r_encoder *encoder, SEXP vector)
{
    const void *mark = vmaxget();
    size_t count = (size_t)XLENGTH(vector);

    /* Each text needs its length: do not even collect what cannot fit. */
    if (count > encoder->to->limit / sizeof(uint32_t)) {
        encoder->is_refused = true;
        return;
    }
    brig_span *texts = (brig_span *)R_alloc(count + 1, sizeof(*texts));
    for (size_t i = 0; i < count; i++)
        texts[i] = r_text(STRING_ELT(vector, (R_xlen_t)i));
    brig_pack_text_vector(encoder->to, texts, count);
    vmaxset(mark);
}

void r_encode_vector(struct r_encoder *encoder, SEXP vector)
{
    size_t count = (size_t)Rf_xlength(vector);

    switch (TYPEOF(vector)) {
    case LGLSXP:
        encode_logicals(encoder, vector);
        break;
    case INTSXP:
        encode_words(encoder, BRIG_VECTOR_INT32, INTEGER_RO(vector), count);
        break;
    case REALSXP:
        encode_words(encoder, r_encode_is_int64(vector) ? BRIG_VECTOR_INT64 : BRIG_VECTOR_FLOAT64,
                     REAL_RO(vector), count);
        break;
    case CPLXSXP:
        encode_words(encoder, BRIG_VECTOR_COMPLEX, COMPLEX_RO(vector), count);
        break;
    case RAWSXP:
        brig_pack_bin(encoder->to, (brig_span){RAW_RO(vector), count});
        break;
    case STRSXP:
        encode_texts(encoder, vector);
        break;
    default:
        encoder->is_refused = true;
        break;
    }
}

static bool is_atomic(SEXP value)
{
    switch (TYPEOF(value)) {
    case LGLSXP:
    case INTSXP:
    case REALSXP:
    case CPLXSXP:
    case STRSXP:
    case RAWSXP:
        return true;
    default:
        return false;
    }
}

static void encode_items(struct r_encoder *encoder, SEXP list, SEXP keys)
{
    R_xlen_t count = XLENGTH(list);
    size_t key_count = keys != R_NilValue ? (size_t)count : 0;

    if (!r_encode_enter(encoder))
        return;
    encoder->keys_left -= key_count;
    if (keys != R_NilValue)
        brig_pack_map(encoder->to, (size_t)count);
    else
        brig_pack_array(encoder->to, (size_t)count);
    for (R_xlen_t i = 0; i < count && encoder->to->fault == BRIG_OK && !encoder->is_refused; i++) {
        if (keys != R_NilValue)
            encode_text(encoder, STRING_ELT(keys, i), true);
        r_encode_full(encoder, VECTOR_ELT(list, i));
    }
    encoder->keys_left += key_count;
    encoder->depth_left++;
}

size_t r_encode_shape_count(SEXP value)
{
    SEXP dim = Rf_getAttrib(value, R_DimSymbol);

    if (dim == R_NilValue)
        return Rf_getAttrib(value, R_NamesSymbol) != R_NilValue ? 1 : 0;
    return Rf_getAttrib(value, R_DimNamesSymbol) != R_NilValue ? 2 : 1;
}

static void encode_dimnames(struct r_encoder *encoder, SEXP dimnames)
{
    SEXP keys = PROTECT(Rf_getAttrib(dimnames, R_NamesSymbol));
    R_xlen_t count = Rf_xlength(dimnames);
    bool is_map = r_encode_names_are_keys(encoder, keys, count);

    if (is_map)
        brig_pack_map(encoder->to, (size_t)count);
    else
        brig_pack_array(encoder->to, (size_t)count);
    for (R_xlen_t i = 0; i < count; i++) {
        SEXP names = VECTOR_ELT(dimnames, i);

        if (is_map)
            encode_text(encoder, STRING_ELT(keys, i), true);
        if (names == R_NilValue)
            brig_pack_nil(encoder->to);
        else
            r_encode_vector(encoder, names);
    }
    UNPROTECT(1);
}

void r_encode_shape(struct r_encoder *encoder, SEXP value)
{
    SEXP dim = PROTECT(Rf_getAttrib(value, R_DimSymbol));
    SEXP names = PROTECT(dim == R_NilValue ? Rf_getAttrib(value, R_NamesSymbol) : R_NilValue);
    SEXP dimnames = PROTECT(dim == R_NilValue ? R_NilValue : Rf_getAttrib(value, R_DimNamesSymbol));

    if (names != R_NilValue) {
        brig_pack_cstring(encoder->to, "names");
        r_encode_vector(encoder, names);
    }
    if (dim != R_NilValue) {
        brig_pack_cstring(encoder->to, "dim");
        r_encode_vector(encoder, dim);
    }
    if (dimnames != R_NilValue) {
        brig_pack_cstring(encoder->to, "dimnames");
        encode_dimnames(encoder, dimnames);
    }
    UNPROTECT(3);
}

static void encode_base(struct r_encoder *encoder, SEXP data)
{
    if (TYPEOF(data) == VECSXP)
        encode_items(encoder, data, R_NilValue);
    else
        r_encode_vector(encoder, data);
}

void r_encode_data(struct r_encoder *encoder, SEXP data, bool as_scalar)
{
    size_t attribute_count = r_encode_shape_count(data);
    SEXP names = PROTECT(Rf_getAttrib(data, R_NamesSymbol));
    bool is_map = as_scalar && TYPEOF(data) == VECSXP && attribute_count == 1 &&
                  names != R_NilValue && Rf_getAttrib(data, R_DimSymbol) == R_NilValue &&
                  r_encode_names_are_keys(encoder, names, XLENGTH(data));

    if (is_map) {
        encode_items(encoder, data, names);
    } else if (attribute_count == 0 || TYPEOF(data) == RAWSXP) {
        if (as_scalar && is_atomic(data) && XLENGTH(data) == 1 && TYPEOF(data) != CPLXSXP &&
            TYPEOF(data) != RAWSXP)
            r_encode_element(encoder, data, 0, false);
        else
            encode_base(encoder, data);
    } else if (r_encode_enter(encoder)) {
        size_t mark = brig_pack_annotated_begin(encoder->to, "plain");

        encode_base(encoder, data);
        brig_pack_map(encoder->to, attribute_count);
        r_encode_shape(encoder, data);
        brig_pack_annotated_end(encoder->to, mark);
        encoder->depth_left++;
    }
    UNPROTECT(1);
}

void r_encode_full(struct r_encoder *encoder, SEXP value)
{
    if (encoder->is_refused || encoder->to->fault != BRIG_OK)
        return;
    if (value == R_NilValue) {
        brig_pack_nil(encoder->to);
    } else if (!OBJECT(value) && !IS_S4_OBJECT(value) &&
               (is_atomic(value) || TYPEOF(value) == VECSXP)) {
        r_encode_data(encoder, value, true);
    } else if (!OBJECT(value) && TYPEOF(value) == LISTSXP) {
        r_encode_full(encoder, PROTECT(Rf_PairToVectorList(value)));
        UNPROTECT(1);
    } else {
        r_encode_object(encoder, value);
    }
}
