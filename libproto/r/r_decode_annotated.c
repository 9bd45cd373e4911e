/* SPDX-License-Identifier: MIT */
/* ext 3 as R's classes, from the fixed list of spec 9.5; other kinds stay data. */
#include "r_decode_simple.h"

/* No dot, so no way upwards. */
static const char zone_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

static void set_class(SEXP value, const char *first, const char *second)
{
    SEXP classes = PROTECT(Rf_allocVector(STRSXP, second == NULL ? 1 : 2));

    SET_STRING_ELT(classes, 0, Rf_mkChar(first));
    if (second != NULL)
        SET_STRING_ELT(classes, 1, Rf_mkChar(second));
    Rf_setAttrib(value, R_ClassSymbol, classes);
    UNPROTECT(1);
}

/* A text list of the attributes: a text vector, or an array of texts. R_NilValue if absent. */
static SEXP text_list(struct r_decoder *decoder, const brig_value *list)
{
    struct r_decoder simple = {.simplify = true};
    SEXP texts;

    if (list == NULL || list->kind == BRIG_NIL)
        return R_NilValue;
    texts = PROTECT(r_decode(&simple, list));
    if (simple.problem != NULL)
        decoder->problem = simple.problem;
    if (TYPEOF(texts) == VECSXP)
        texts = Rf_allocVector(STRSXP, 0);
    UNPROTECT(1);
    return texts;
}

static SEXP dimnames_list(struct r_decoder *decoder, const brig_value *dimnames)
{
    bool is_map = dimnames->kind == BRIG_MAP;
    R_xlen_t count = (R_xlen_t)(is_map ? dimnames->map.count : dimnames->array.count);
    SEXP list = PROTECT(Rf_allocVector(VECSXP, count));
    SEXP names = PROTECT(is_map ? Rf_allocVector(STRSXP, count) : R_NilValue);

    for (R_xlen_t i = 0; i < count; i++) {
        SET_VECTOR_ELT(list, i,
                       text_list(decoder, is_map ? &dimnames->map.entries[i].value
                                                 : &dimnames->array.items[i]));
        if (is_map) {
            SEXP key = PROTECT(r_decode(decoder, &dimnames->map.entries[i].key));

            if (decoder->problem == NULL)
                SET_STRING_ELT(names, i, STRING_ELT(key, 0));
            UNPROTECT(1);
        }
    }
    if (is_map)
        Rf_setAttrib(list, R_NamesSymbol, names);
    UNPROTECT(2);
    return list;
}

static SEXP dim_vector(const brig_value *dim)
{
    struct r_decoder simple = {.simplify = true};
    SEXP extents = PROTECT(r_decode(&simple, dim));
    SEXP integers = Rf_coerceVector(extents, INTSXP);

    UNPROTECT(1);
    return integers;
}

static void set_shape(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    const brig_value *dim = brig_value_get(attributes, "dim");
    const brig_value *dimnames = brig_value_get(attributes, "dimnames");
    SEXP names = PROTECT(text_list(decoder, brig_value_get(attributes, "names")));

    if (names != R_NilValue)
        Rf_setAttrib(value, R_NamesSymbol, names);
    if (dim != NULL) {
        Rf_setAttrib(value, R_DimSymbol, PROTECT(dim_vector(dim)));
        UNPROTECT(1);
    }
    if (dim != NULL && dimnames != NULL) {
        Rf_setAttrib(value, R_DimNamesSymbol, PROTECT(dimnames_list(decoder, dimnames)));
        UNPROTECT(1);
    }
    UNPROTECT(1);
}

static void make_plain(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    set_shape(decoder, value, attributes);
}

static void make_factor(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    SEXP levels = PROTECT(text_list(decoder, brig_value_get(attributes, "levels")));
    int *codes = INTEGER(value);

    for (R_xlen_t i = 0; i < XLENGTH(value); i++)
        if (codes[i] != NA_INTEGER)
            codes[i]++;
    set_shape(decoder, value, attributes);
    Rf_setAttrib(value, R_LevelsSymbol, levels);
    if (brig_value_get_bool(attributes, "ordered", false))
        set_class(value, "ordered", "factor");
    else
        set_class(value, "factor", NULL);
    UNPROTECT(1);
}

static void make_date(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    set_shape(decoder, value, attributes);
    set_class(value, "Date", NULL);
}

/* R opens a file of this name when it prints the time: it must not be led out of its database. */
static bool is_zone_name(SEXP zone)
{
    const char *name;

    if (TYPEOF(zone) != STRSXP || XLENGTH(zone) < 1 || STRING_ELT(zone, 0) == NA_STRING)
        return false;
    name = CHAR(STRING_ELT(zone, 0));
    return strspn(name, zone_characters) == strlen(name) && name[0] != '/';
}

static void make_datetime(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    SEXP zone = PROTECT(text_list(decoder, brig_value_get(attributes, "tz")));

    set_shape(decoder, value, attributes);
    if (is_zone_name(zone))
        Rf_setAttrib(value, Rf_install("tzone"), zone);
    set_class(value, "POSIXct", "POSIXt");
    UNPROTECT(1);
}

static void make_duration(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    set_shape(decoder, value, attributes);
    Rf_setAttrib(value, Rf_install("units"), PROTECT(Rf_mkString("secs")));
    set_class(value, "difftime", NULL);
    UNPROTECT(1);
}

static void make_integer(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    set_shape(decoder, value, attributes);
    set_class(value, "integer", NULL);
}

static void make_media(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    (void)decoder;
    (void)attributes;
    set_class(value, "brig_media", NULL);
}

/* c(NA, -rows) is how R writes row names that only count. */
static SEXP counted_rows(uint64_t rows)
{
    SEXP compact = Rf_allocVector(INTSXP, 2);

    INTEGER(compact)[0] = NA_INTEGER;
    INTEGER(compact)[1] = -(int)rows;
    return compact;
}

static void make_table(struct r_decoder *decoder, SEXP value, const brig_value *attributes)
{
    const brig_value *row_names = brig_value_get(attributes, "row_names");
    uint64_t rows = brig_value_get_uint(attributes, "rows", 0);
    SEXP names = PROTECT(text_list(decoder, brig_value_get(attributes, "names")));
    SEXP labels;

    if (rows > INT32_MAX) {
        decoder->problem = "a table has more rows than R can count";
        UNPROTECT(1);
        return;
    }
    labels = PROTECT(row_names == NULL ? counted_rows(rows) : text_list(decoder, row_names));
    Rf_setAttrib(value, R_NamesSymbol, names);
    Rf_setAttrib(value, R_RowNamesSymbol, labels);
    set_class(value, "data.frame", NULL);
    UNPROTECT(2);
}

static void (*const makers[BRIG_ANNOTATION_COUNT])(struct r_decoder *decoder, SEXP value,
                                                   const brig_value *attributes) = {
    [BRIG_ANNOTATION_PLAIN] = make_plain,       [BRIG_ANNOTATION_TABLE] = make_table,
    [BRIG_ANNOTATION_FACTOR] = make_factor,     [BRIG_ANNOTATION_DATE] = make_date,
    [BRIG_ANNOTATION_DATETIME] = make_datetime, [BRIG_ANNOTATION_DURATION] = make_duration,
    [BRIG_ANNOTATION_INTEGER] = make_integer,   [BRIG_ANNOTATION_MEDIA] = make_media,
};

/* A kind of a later version: its three parts, as a list. */
static SEXP unknown_annotated(struct r_decoder *decoder, const brig_value *value)
{
    const char *names[] = {"kind", "base", "attributes", ""};
    SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));

    SET_VECTOR_ELT(list, 0, r_decode(decoder, value->annotated.name));
    SET_VECTOR_ELT(list, 1, r_decode(decoder, value->annotated.base));
    SET_VECTOR_ELT(list, 2, r_decode(decoder, value->annotated.attributes));
    UNPROTECT(1);
    return list;
}

SEXP r_decode_annotated(struct r_decoder *decoder, const brig_value *value)
{
    brig_annotation kind = value->annotated.kind;
    struct r_decoder exact = {.simplify = false};
    SEXP base;

    if (kind >= BRIG_ANNOTATION_COUNT)
        return unknown_annotated(decoder, value);
    base = PROTECT(r_decode(&exact, value->annotated.base));
    if (exact.problem != NULL)
        decoder->problem = exact.problem;
    /* A number of another form than the kind wants has been refused with the tree. */
    if (kind == BRIG_ANNOTATION_INTEGER && TYPEOF(base) != STRSXP)
        decoder->problem = "an integer is not a decimal text";
    if (decoder->problem == NULL && base != R_NilValue)
        makers[kind](decoder, base, value->annotated.attributes);
    UNPROTECT(1);
    return base;
}
