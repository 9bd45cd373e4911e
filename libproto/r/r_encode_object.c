/* SPDX-License-Identifier: MIT */
/* R's classes that have a kind on the wire, and opaque values on their way back (spec 9.5, 9.6). */
#include "r_encode.h"

#include <math.h>
#include <stdlib.h>

#include <brig/pack.h>

#include "r_text.h"

/* Seconds of a unit of difftime. */
static double unit_seconds(SEXP object)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"secs", 1}, {"mins", 60}, {"hours", 3600}, {"days", 86400}, {"weeks", 604800}};
    SEXP unit = Rf_getAttrib(object, Rf_install("units"));
    brig_span name = r_text_element(unit, 0);

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (brig_span_is(name, units[i].name))
            return units[i].seconds;
    return NAN;
}

static void begin_attributes(struct r_encoder *encoder, SEXP object, size_t more)
{
    brig_pack_map(encoder->to, r_encode_shape_count(object) + more);
    r_encode_shape(encoder, object);
}

/* Doubles times a factor, as an ext 1; integers become doubles. */
static void encode_scaled(struct r_encoder *encoder, SEXP numbers, double factor)
{
    SEXP doubles = PROTECT(Rf_coerceVector(numbers, REALSXP));
    size_t count = (size_t)XLENGTH(doubles);
    const double *from = REAL_RO(doubles);
    uint8_t *place = brig_pack_vector(encoder->to, BRIG_VECTOR_FLOAT64, count);

    for (size_t i = 0; place != NULL && i < count; i++) {
        double scaled = ISNAN(from[i]) ? from[i] : from[i] * factor;

        memcpy(place + i * sizeof(scaled), &scaled, sizeof(scaled));
    }
    UNPROTECT(1);
}

static bool codes_are_within(SEXP factor, SEXP levels)
{
    const int *codes = INTEGER_RO(factor);
    R_xlen_t level_count = XLENGTH(levels);

    for (R_xlen_t i = 0; i < XLENGTH(factor); i++)
        if (codes[i] != NA_INTEGER && (codes[i] < 1 || codes[i] > level_count))
            return false;
    for (R_xlen_t i = 0; i < level_count; i++)
        if (STRING_ELT(levels, i) == NA_STRING)
            return false;
    return Rf_any_duplicated(levels, FALSE) == 0;
}

/* Returns false if the object only pretends to be a factor. */
static bool encode_factor(struct r_encoder *encoder, SEXP object)
{
    SEXP levels = PROTECT(Rf_getAttrib(object, R_LevelsSymbol));
    bool is_factor =
        TYPEOF(object) == INTSXP && TYPEOF(levels) == STRSXP && codes_are_within(object, levels);

    if (is_factor) {
        size_t mark = brig_pack_annotated_begin(encoder->to, "factor");
        size_t count = (size_t)XLENGTH(object);
        const int *codes = INTEGER_RO(object);
        uint8_t *place = brig_pack_vector(encoder->to, BRIG_VECTOR_INT32, count);

        for (size_t i = 0; place != NULL && i < count; i++) {
            int32_t code = codes[i] == NA_INTEGER ? INT32_MIN : codes[i] - 1;

            memcpy(place + i * sizeof(code), &code, sizeof(code));
        }
        begin_attributes(encoder, object, 2);
        brig_pack_cstring(encoder->to, "levels");
        r_encode_vector(encoder, levels);
        brig_pack_key_bool(encoder->to, "ordered", Rf_inherits(object, "ordered"));
        brig_pack_annotated_end(encoder->to, mark);
    }
    UNPROTECT(1);
    return is_factor;
}

static bool encode_date(struct r_encoder *encoder, SEXP object)
{
    size_t mark;

    if (TYPEOF(object) != REALSXP && TYPEOF(object) != INTSXP)
        return false;
    mark = brig_pack_annotated_begin(encoder->to, "date");
    r_encode_vector(encoder, object);
    begin_attributes(encoder, object, 0);
    brig_pack_annotated_end(encoder->to, mark);
    return true;
}

static bool encode_datetime(struct r_encoder *encoder, SEXP object)
{
    brig_span zone = r_text_element(Rf_getAttrib(object, Rf_install("tzone")), 0);
    size_t mark;

    if (TYPEOF(object) != REALSXP && TYPEOF(object) != INTSXP)
        return false;
    mark = brig_pack_annotated_begin(encoder->to, "datetime");
    encode_scaled(encoder, object, 1);
    begin_attributes(encoder, object, 1);
    brig_pack_cstring(encoder->to, "tz");
    if (zone.len > 0)
        brig_pack_text(encoder->to, zone);
    else
        brig_pack_nil(encoder->to);
    brig_pack_annotated_end(encoder->to, mark);
    return true;
}

static bool encode_broken_down_time(struct r_encoder *encoder, SEXP object)
{
    SEXP convert = PROTECT(Rf_lang2(Rf_install("as.POSIXct.POSIXlt"), object));
    SEXP time = PROTECT(Rf_eval(convert, R_BaseEnv));
    bool is_time = encode_datetime(encoder, time);

    UNPROTECT(2);
    return is_time;
}

static bool encode_duration(struct r_encoder *encoder, SEXP object)
{
    double seconds = unit_seconds(object);
    size_t mark;

    if ((TYPEOF(object) != REALSXP && TYPEOF(object) != INTSXP) || isnan(seconds))
        return false;
    mark = brig_pack_annotated_begin(encoder->to, "duration");
    encode_scaled(encoder, object, seconds);
    begin_attributes(encoder, object, 0);
    brig_pack_annotated_end(encoder->to, mark);
    return true;
}

/* -?(0|[1-9][0-9]*), or NA */
static bool is_decimal(SEXP charsxp)
{
    const char *at = CHAR(charsxp);

    if (charsxp == NA_STRING)
        return true;
    if (*at == '-')
        at++;
    if (*at == '\0' || (*at == '0' && at[1] != '\0'))
        return false;
    return at[strspn(at, "0123456789")] == '\0';
}

static bool encode_big_integer(struct r_encoder *encoder, SEXP object)
{
    size_t mark;

    if (TYPEOF(object) != STRSXP)
        return false;
    for (R_xlen_t i = 0; i < XLENGTH(object); i++)
        if (!is_decimal(STRING_ELT(object, i)))
            return false;
    mark = brig_pack_annotated_begin(encoder->to, "integer");
    if (XLENGTH(object) == 1 && STRING_ELT(object, 0) != NA_STRING)
        r_encode_element(encoder, object, 0, false);
    else /* a missing one has no decimal text of its own (spec 9.5) */
        r_encode_vector(encoder, object);
    begin_attributes(encoder, object, 0);
    brig_pack_annotated_end(encoder->to, mark);
    return true;
}

static bool encode_media(struct r_encoder *encoder, SEXP object)
{
    SEXP names = PROTECT(Rf_getAttrib(object, R_NamesSymbol));
    bool is_media =
        TYPEOF(object) == VECSXP && r_encode_names_are_keys(encoder, names, Rf_xlength(object));

    for (R_xlen_t i = 0; is_media && i < XLENGTH(object); i++) {
        SEXP form = VECTOR_ELT(object, i);

        is_media = TYPEOF(form) == RAWSXP || (TYPEOF(form) == STRSXP && XLENGTH(form) == 1);
    }
    is_media = is_media && r_encode_enter(encoder);
    if (is_media) {
        size_t mark = brig_pack_annotated_begin(encoder->to, "media");

        brig_pack_map(encoder->to, (size_t)XLENGTH(object));
        for (R_xlen_t i = 0; i < XLENGTH(object); i++) {
            brig_pack_text(encoder->to, r_text(STRING_ELT(names, i)));
            if (TYPEOF(VECTOR_ELT(object, i)) == RAWSXP)
                r_encode_vector(encoder, VECTOR_ELT(object, i));
            else
                brig_pack_text(encoder->to, r_text_element(VECTOR_ELT(object, i), 0));
        }
        brig_pack_map(encoder->to, 0);
        brig_pack_annotated_end(encoder->to, mark);
        encoder->depth_left++;
    }
    UNPROTECT(1);
    return is_media;
}

/* What came as ext 4 goes back as it came. */
static bool encode_returned_opaque(struct r_encoder *encoder, SEXP object)
{
    const void *mark = vmaxget();
    SEXP classes;
    size_t count;

    if (TYPEOF(object) != VECSXP || XLENGTH(object) != 2 ||
        TYPEOF(VECTOR_ELT(object, 0)) != STRSXP || TYPEOF(VECTOR_ELT(object, 1)) != STRSXP)
        return false;
    classes = VECTOR_ELT(object, 0);
    count = (size_t)XLENGTH(classes);
    brig_span *names = (brig_span *)R_alloc(count + 1, sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = r_text_element(classes, (R_xlen_t)i);
    brig_pack_opaque(encoder->to, names, count, r_text_element(VECTOR_ELT(object, 1), 0));
    vmaxset(mark);
    return true;
}

static R_xlen_t row_count(SEXP column)
{
    SEXP dim = Rf_getAttrib(column, R_DimSymbol);

    return Rf_length(dim) > 0 ? INTEGER_ELT(dim, 0) : Rf_xlength(column);
}

/* A column of a table is as long as the table; one of several columns or rows is no vector. */
static bool columns_fit(SEXP table, R_xlen_t rows)
{
    for (R_xlen_t i = 0; i < XLENGTH(table); i++) {
        SEXP column = VECTOR_ELT(table, i);
        SEXP dim = Rf_getAttrib(column, R_DimSymbol);
        bool is_table = Rf_inherits(column, "data.frame");
        bool is_wide = Rf_length(dim) > 1 && Rf_xlength(column) != rows;

        if (is_table || is_wide || IS_S4_OBJECT(column) || row_count(column) != rows)
            return false;
        if (!Rf_isVector(column) || TYPEOF(column) == EXPRSXP)
            return false;
    }
    return true;
}

static void encode_row_names(struct r_encoder *encoder, SEXP row_names, R_xlen_t rows)
{
    bool is_counted = TYPEOF(row_names) == INTSXP;

    for (R_xlen_t i = 0; is_counted && i < rows; i++)
        is_counted = INTEGER_ELT(row_names, i) == i + 1;
    if (is_counted || (TYPEOF(row_names) != STRSXP && TYPEOF(row_names) != INTSXP))
        return;
    brig_pack_cstring(encoder->to, "row_names");
    r_encode_vector(encoder, row_names);
}

static bool encode_table(struct r_encoder *encoder, SEXP object)
{
    SEXP names = PROTECT(Rf_getAttrib(object, R_NamesSymbol));
    SEXP row_names = PROTECT(Rf_getAttrib(object, R_RowNamesSymbol));
    R_xlen_t rows = Rf_xlength(row_names);
    bool is_table = TYPEOF(object) == VECSXP && Rf_xlength(names) == XLENGTH(object) &&
                    columns_fit(object, rows) && r_encode_enter(encoder);

    if (is_table) {
        size_t mark = brig_pack_annotated_begin(encoder->to, "table");
        size_t rest_mark;

        brig_pack_array(encoder->to, (size_t)XLENGTH(object));
        for (R_xlen_t i = 0; i < XLENGTH(object); i++)
            r_encode_column(encoder, VECTOR_ELT(object, i));
        /* Row names that only count are left out, which changes the number of entries. */
        rest_mark = encoder->to->len;
        brig_pack_map(encoder->to, 2);
        brig_pack_cstring(encoder->to, "names");
        r_encode_vector(encoder, names == R_NilValue ? Rf_allocVector(STRSXP, 0) : names);
        brig_pack_key_uint(encoder->to, "rows", (uint64_t)rows);
        size_t before = encoder->to->len;
        encode_row_names(encoder, row_names, rows);
        if (encoder->to->fault == BRIG_OK && encoder->to->len > before)
            encoder->to->data[rest_mark]++; /* fixmap 2 becomes fixmap 3 */
        brig_pack_annotated_end(encoder->to, mark);
        encoder->depth_left++;
    }
    UNPROTECT(2);
    return is_table;
}

/* Classes that change only how a value is printed: the value is its data. */
static bool is_dressed_data(SEXP object)
{
    static const char *const dresses[] = {"AsIs", "noquote",   "table",   "xtabs",
                                          "glue", "character", "numeric", "integer64"};
    SEXP classes = Rf_getAttrib(object, R_ClassSymbol);

    if (IS_S4_OBJECT(object) || (!Rf_isVectorAtomic(object) && TYPEOF(object) != VECSXP))
        return false;
    for (R_xlen_t i = 0; i < Rf_xlength(classes); i++) {
        bool is_known = false;

        for (size_t d = 0; d < sizeof(dresses) / sizeof(dresses[0]); d++)
            is_known = is_known || strcmp(CHAR(STRING_ELT(classes, i)), dresses[d]) == 0;
        if (!is_known)
            return false;
    }
    return true;
}

static const struct object_rule {
    const char *name;
    bool (*encode)(struct r_encoder *encoder, SEXP object);
} object_rules[] = {
    {"factor", encode_factor},
    {"Date", encode_date},
    {"POSIXct", encode_datetime},
    {"POSIXlt", encode_broken_down_time},
    {"difftime", encode_duration},
    {"data.frame", encode_table},
    {"integer", encode_big_integer},
    {"brig_media", encode_media},
    {"brig_opaque", encode_returned_opaque},
};

/* Returns false if no kind fits. */
static bool encode_known(struct r_encoder *encoder, SEXP object)
{
    bool is_known = false;

    if (IS_S4_OBJECT(object) || !OBJECT(object) || !r_encode_enter(encoder))
        return false;
    for (size_t i = 0; i < sizeof(object_rules) / sizeof(object_rules[0]) && !is_known; i++)
        is_known =
            Rf_inherits(object, object_rules[i].name) && object_rules[i].encode(encoder, object);
    encoder->depth_left++;
    return is_known;
}

void r_encode_object(struct r_encoder *encoder, SEXP object)
{
    if (encode_known(encoder, object) || encoder->is_refused)
        return;
    if (is_dressed_data(object))
        r_encode_data(encoder, object, true);
    else
        encoder->opaque(encoder, object);
}

/* A column with a class of its own is still a column: it travels as its data. */
void r_encode_column(struct r_encoder *encoder, SEXP column)
{
    SEXP data;

    if (encoder->is_refused || encoder->to->fault != BRIG_OK || encode_known(encoder, column))
        return;
    data = PROTECT(TYPEOF(column) == RAWSXP ? Rf_coerceVector(column, INTSXP) : column);
    r_encode_data(encoder, data, false);
    UNPROTECT(1);
}
