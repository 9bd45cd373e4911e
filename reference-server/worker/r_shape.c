/* SPDX-License-Identifier: MIT */
/* Arguments of tools, shaped by the tool's schema (spec 11.3). */
#include "r_shape.h"

#include <math.h>

#include <brig/pack.h>

#include "r_form.h"
#include "r_support.h"

#define MAX_WHOLE 9007199254740992.0 /* 2^53 */

enum shape {
    SHAPE_INTEGER = 1 << 0,
    SHAPE_NUMBER = 1 << 1,
    SHAPE_ARRAY = 1 << 2,
    SHAPE_OBJECT = 1 << 3,
    SHAPE_VALUE = 1 << 4,
    SHAPE_OTHER = 1 << 5, /* null, boolean, string: R's own types tell them */
};

static unsigned shape_named(const brig_value *name)
{
    static const struct {
        const char *name;
        unsigned shape;
    } shapes[] = {{"integer", SHAPE_INTEGER},
                  {"number", SHAPE_NUMBER},
                  {"array", SHAPE_ARRAY},
                  {"object", SHAPE_OBJECT},
                  {"value", SHAPE_VALUE}};

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (brig_value_is_text(name, shapes[i].name))
            return shapes[i].shape;
    return SHAPE_OTHER;
}

/* The set of shapes that a schema allows; 0 if it says nothing. */
static unsigned shapes_of(const brig_value *schema)
{
    const brig_value *type = brig_value_get(schema, "type");
    unsigned shapes = 0;

    if (type == NULL)
        return 0;
    if (type->kind != BRIG_ARRAY)
        return shape_named(type);
    for (size_t i = 0; i < type->array.count; i++)
        shapes |= shape_named(&type->array.items[i]);
    return shapes;
}

static bool is_whole(double number)
{
    return fabs(number) <= MAX_WHOLE && trunc(number) == number;
}

/* A plain number: no class, one element. */
static bool is_number(SEXP value)
{
    return TYPEOF(value) == REALSXP && XLENGTH(value) == 1 && !OBJECT(value) &&
           !ISNAN(REAL_ELT(value, 0));
}

static bool is_vector(SEXP value)
{
    return (Rf_isVectorAtomic(value) || TYPEOF(value) == VECSXP) && TYPEOF(value) != RAWSXP &&
           !IS_S4_OBJECT(value);
}

static SEXP element(SEXP vector, R_xlen_t i)
{
    if (TYPEOF(vector) == VECSXP)
        return VECTOR_ELT(vector, i);
    switch (TYPEOF(vector)) {
    case LGLSXP:
        return Rf_ScalarLogical(LOGICAL_ELT(vector, i));
    case INTSXP:
        return Rf_ScalarInteger(INTEGER_ELT(vector, i));
    case REALSXP:
        return Rf_ScalarReal(REAL_ELT(vector, i));
    case STRSXP:
        return Rf_ScalarString(STRING_ELT(vector, i));
    default:
        return Rf_ScalarComplex(COMPLEX_ELT(vector, i));
    }
}

/* An element keeps what its vector was. */
static SEXP classed_element(SEXP vector, R_xlen_t i)
{
    SEXP one = element(vector, i);

    if (r_encode_is_int64(vector)) {
        PROTECT(one);
        Rf_setAttrib(one, R_ClassSymbol, Rf_getAttrib(vector, R_ClassSymbol));
        UNPROTECT(1);
    }
    return one;
}

static void shape_array(struct r_encoder *encoder, const brig_value *schema, SEXP value)
{
    const brig_value *items = brig_value_get(schema, "items");

    if (!r_encode_enter(encoder))
        return;
    brig_pack_array(encoder->to, (size_t)XLENGTH(value));
    for (R_xlen_t i = 0; i < XLENGTH(value) && encoder->to->fault == BRIG_OK; i++) {
        r_shape(encoder, items, PROTECT(classed_element(value, i)));
        UNPROTECT(1);
    }
    encoder->depth_left++;
}

static const brig_value *schema_of_key(const brig_value *schema, const char *key)
{
    const brig_value *known = brig_value_get(brig_value_get(schema, "properties"), key);
    const brig_value *others = brig_value_get(schema, "additionalProperties");

    if (known != NULL)
        return known;
    return others != NULL && others->kind == BRIG_MAP ? others : NULL;
}

static void shape_object(struct r_encoder *encoder, const brig_value *schema, SEXP value)
{
    SEXP keys = PROTECT(Rf_getAttrib(value, R_NamesSymbol));
    size_t count = (size_t)XLENGTH(value);

    if (r_encode_enter(encoder)) {
        encoder->keys_left -= count;
        brig_pack_map(encoder->to, count);
        for (R_xlen_t i = 0; i < XLENGTH(value) && encoder->to->fault == BRIG_OK; i++) {
            r_encode_element(encoder, keys, i, true);
            r_shape(encoder, schema_of_key(schema, CHAR(STRING_ELT(keys, i))),
                    PROTECT(classed_element(value, i)));
            UNPROTECT(1);
        }
        encoder->keys_left += count;
        encoder->depth_left++;
    }
    UNPROTECT(1);
}

static bool has_keys(const struct r_encoder *encoder, SEXP value)
{
    bool has;

    if (XLENGTH(value) == 0)
        return true;
    has = r_encode_names_are_keys(encoder, PROTECT(Rf_getAttrib(value, R_NamesSymbol)),
                                  XLENGTH(value));
    UNPROTECT(1);
    return has;
}

static void shape_data(struct r_encoder *encoder, const brig_value *schema, SEXP value)
{
    unsigned shapes = shapes_of(schema);
    bool has_number = (shapes & (SHAPE_INTEGER | SHAPE_NUMBER)) != 0;

    if (has_number && is_number(value) && is_whole(REAL_ELT(value, 0)))
        brig_pack_int(encoder->to, (int64_t)REAL_ELT(value, 0));
    else if ((shapes & SHAPE_OBJECT) != 0 && is_vector(value) && has_keys(encoder, value) &&
             (XLENGTH(value) > 0 || (shapes & SHAPE_ARRAY) == 0))
        shape_object(encoder, schema, value);
    else if ((shapes & SHAPE_ARRAY) != 0 && is_vector(value) &&
             (shapes == SHAPE_ARRAY || XLENGTH(value) != 1 || TYPEOF(value) == VECSXP))
        shape_array(encoder, schema, value);
    else
        r_form_plain(encoder, value);
}

void r_shape(struct r_encoder *encoder, const brig_value *schema, SEXP value)
{
    SEXP data;

    if (encoder->is_refused || encoder->to->fault != BRIG_OK)
        return;
    if ((shapes_of(schema) & SHAPE_VALUE) != 0) {
        r_encode_full(encoder, value);
        return;
    }
    if (value == R_NilValue) {
        brig_pack_nil(encoder->to);
        return;
    }
    data = PROTECT(OBJECT(value) || TYPEOF(value) == LISTSXP ? r_support_plain(value) : value);
    shape_data(encoder, schema, data);
    UNPROTECT(1);
}

void r_shape_arguments(struct r_encoder *encoder, const brig_value *params, SEXP arguments)
{
    if (!has_keys(encoder, arguments))
        Rf_error("the arguments of a tool need names, each once");
    shape_object(encoder, params, arguments);
}
