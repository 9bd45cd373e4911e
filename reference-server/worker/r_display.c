/* SPDX-License-Identifier: MIT */
/* Pages of graphics, recorded while the code draws and shown when they are complete (spec 7.6). */
#include "r_display.h"

#include <math.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <brig/pack.h>

#include "r_channel.h"
#include "r_console.h"
#include "r_session.h"
#include "r_support.h"

/* Exported by libR, but in none of its installed headers. */
extern void Rf_KillAllDevices(void);

enum {
    MAX_DEVICES = 64, /* R has no more */
    MAX_PENDING = 64, /* pages of closed devices that wait to be drawn */
    PATH_BYTES = 4096,
    MIME_BYTES = 64,       /* of a payload beside the image itself */
    ENVELOPE_BYTES = 4096, /* of an EVENT beside its images */
    /* In pixels: for reading. */
    PAGE_WIDTH = 1200,
    PAGE_HEIGHT = 800,
    PAGE_DPI = 144,
};

/* A device of ours and what of it has been shown. */
struct device {
    pDevDesc dev;
    void (*close)(pDevDesc dev);
    SEXP shown; /* last element of the display list then; never followed, only compared */
};

static struct {
    struct device devices[MAX_DEVICES];
    SEXP pending; /* list of snapshots */
    size_t pending_count;
    uint64_t most;
    uint64_t most_bytes;
    const char *too_large; /* says which limit most_bytes comes from */
    uint64_t most_pixels;
    uint64_t count;
    bool has_warned;
    bool is_ending;
} display;

void r_display_set_limits(uint64_t displays, uint64_t display_bytes, uint64_t display_pixels)
{
    const uint64_t room_bytes = r_channel_most() - ENVELOPE_BYTES;

    display.most_pixels = display_pixels;
    display.most = displays;
    display.most_bytes = display_bytes < room_bytes ? display_bytes : room_bytes;
    display.too_large = display_bytes < room_bytes
                            ? "a plot is not shown: it is larger than the limit display_bytes"
                            : "a plot is not shown: it is larger than the limit message_bytes";
}

void r_display_begin(void)
{
    display.count = 0;
    display.has_warned = false;
}

/* Nothing is left out silently: once per call, a warning names the limit. */
static void warn_of_limit(const char *sentence)
{
    brig_buffer payload;

    if (display.has_warned)
        return;
    display.has_warned = true;
    brig_buffer_init(&payload, PATH_BYTES);
    brig_pack_map(&payload, 2);
    brig_pack_key_text(&payload, "message", sentence);
    brig_pack_cstring(&payload, "classes");
    brig_pack_array(&payload, 2);
    brig_pack_cstring(&payload, "warning");
    brig_pack_cstring(&payload, "condition");
    r_console_flush();
    r_channel_event("warning", brig_buffer_span(&payload));
    brig_buffer_done(&payload);
}

static struct device *find_device(pDevDesc dev)
{
    for (size_t i = 0; i < MAX_DEVICES; i++)
        if (display.devices[i].dev == dev)
            return &display.devices[i];
    return NULL;
}

/* Has something been drawn that nobody has seen? */
static bool is_fresh(const struct device *device, pGEDevDesc engine)
{
    return engine->displayList != R_NilValue && engine->DLlastElt != device->shown &&
           engine->displayListOn && engine->dirty;
}

typedef enum drawing {
    DRAWING_DONE,
    DRAWING_EMPTY, /* the record holds no page, only settings */
    DRAWING_TOO_LARGE,
} drawing;

/* A file that we have just written, to the end of a buffer. */
static drawing read_file(const char *path, brig_buffer *to)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = false;
    struct stat stat;

    if (fd < 0)
        return DRAWING_EMPTY;
    if (fstat(fd, &stat) == 0 && (uint64_t)stat.st_size <= display.most_bytes) {
        uint8_t *place = brig_buffer_reserve(to, (size_t)stat.st_size);

        is_read = place != NULL && read(fd, place, (size_t)stat.st_size) == stat.st_size;
        if (is_read)
            brig_buffer_grow(to, (size_t)stat.st_size);
    }
    (void)close(fd);
    return is_read ? DRAWING_DONE : DRAWING_TOO_LARGE;
}

/* Draw the snapshot as one kind of image, as the end of `image`. */
static drawing draw(SEXP snapshot, bool is_vector, brig_buffer *image)
{
    char path[PATH_BYTES];
    drawing outcome;

    (void)snprintf(path, sizeof(path), "%s/.brig-page.%s", r_session_directory(),
                   is_vector ? "svg" : "png");
    (void)r_support_call("draw", snapshot, PROTECT(Rf_mkString(path)),
                         PROTECT(Rf_ScalarLogical(is_vector)), NULL);
    UNPROTECT(2);
    outcome = read_file(path, image);
    (void)unlink(path);
    return outcome;
}

static void send_display(const brig_buffer *png, const brig_buffer *svg)
{
    SEXP owner = PROTECT(r_support_buffer_new(png->len + svg->len + (size_t)2 * MIME_BYTES));
    brig_buffer *payload = r_support_buffer(owner);

    brig_pack_map(payload, svg->len > 0 ? 2 : 1);
    brig_pack_cstring(payload, "image/png");
    brig_pack_bin(payload, brig_buffer_span(png));
    if (svg->len > 0) {
        brig_pack_cstring(payload, "image/svg+xml");
        brig_pack_text(payload, brig_buffer_span(svg));
    }
    if (payload->fault == BRIG_OK) {
        r_console_flush();
        r_channel_event("display", brig_buffer_span(payload));
        r_channel_flush();
    }
    r_support_buffer_free(owner);
    UNPROTECT(1);
}

static void show(SEXP snapshot)
{
    SEXP png_owner = PROTECT(r_support_buffer_new(display.most_bytes));
    SEXP svg_owner = PROTECT(r_support_buffer_new(display.most_bytes));
    brig_buffer *png = r_support_buffer(png_owner);
    brig_buffer *svg = r_support_buffer(svg_owner);

    drawing outcome = draw(snapshot, false, png);

    if (outcome != DRAWING_EMPTY)
        display.count++;
    if (outcome == DRAWING_TOO_LARGE)
        warn_of_limit(display.too_large);
    if (outcome == DRAWING_DONE) {
        bool is_small = Rf_asLogical(r_support_call("is_small", snapshot, NULL)) == TRUE;

        /* The SVG is dropped where it is too much; the PNG says the same. */
        if (is_small && (draw(snapshot, true, svg) != DRAWING_DONE ||
                         png->len + svg->len + (size_t)2 * MIME_BYTES > display.most_bytes))
            brig_buffer_clear(svg);
        send_display(png, svg);
    }
    r_support_buffer_free(png_owner);
    r_support_buffer_free(svg_owner);
    UNPROTECT(2);
}

static bool may_show(void)
{
    if (!r_channel_takes_events())
        return false;
    if (display.count + display.pending_count < display.most)
        return true;
    warn_of_limit("a plot is not shown: the code has drawn more than the limit displays");
    return false;
}

static SEXP make_size(double width, double height)
{
    SEXP size = Rf_allocVector(REALSXP, 2);

    REAL(size)[0] = width;
    REAL(size)[1] = height;
    return size;
}

/* Not given is NA: the size for reading, or what of it the limit leaves. */
SEXP r_display_page_size(SEXP width, SEXP height)
{
    double most = (double)display.most_pixels;
    double scale = PAGE_WIDTH * PAGE_HEIGHT > most ? sqrt(most / (PAGE_WIDTH * PAGE_HEIGHT)) : 1;
    double wide = Rf_asReal(width) * PAGE_DPI;
    double high = Rf_asReal(height) * PAGE_DPI;

    wide = floor(ISNAN(wide) ? PAGE_WIDTH * scale : wide);
    high = floor(ISNAN(high) ? PAGE_HEIGHT * scale : high);
    if (wide < 1 || high < 1 || wide * high > most)
        Rf_error("a page of %.0f x %.0f pixels is beyond the limit display_pixels, %.0f", wide,
                 high, most);
    return make_size(wide, high);
}

/* What a device shows, with the size that it must be drawn in again. */
static SEXP take_snapshot(pGEDevDesc engine)
{
    SEXP snapshot = PROTECT(GEcreateSnapshot(engine));
    pDevDesc dev = engine->dev;

    Rf_setAttrib(snapshot, Rf_install("page_size"),
                 make_size(fabs(dev->right - dev->left), fabs(dev->top - dev->bottom)));
    UNPROTECT(1);
    return snapshot;
}

/* Show what is new on a device, unless that is beyond the limit. */
static void show_device(struct device *device, pGEDevDesc engine)
{
    SEXP snapshot;

    if (!is_fresh(device, engine))
        return;
    device->shown = engine->DLlastElt;
    if (!may_show())
        return;
    snapshot = PROTECT(take_snapshot(engine));
    show(snapshot);
    UNPROTECT(1);
}

/* A device is being closed, so nothing can be drawn now: keep its page for later. */
static void on_close(pDevDesc dev)
{
    struct device *device = find_device(dev);
    pGEDevDesc engine = Rf_desc2GEDesc(dev);
    void (*close)(pDevDesc) = device->close;

    if (!display.is_ending && is_fresh(device, engine) && display.pending_count < MAX_PENDING &&
        may_show())
        SET_VECTOR_ELT(display.pending, (R_xlen_t)display.pending_count++, take_snapshot(engine));
    *device = (struct device){0};
    close(dev);
}

SEXP r_display_adopt(void)
{
    pDevDesc dev = GEcurrentDevice()->dev;
    struct device *device = find_device(NULL);

    if (device == NULL)
        Rf_error("too many graphics devices");
    *device = (struct device){.dev = dev, .close = dev->close, .shown = R_NilValue};
    dev->close = on_close;
    return R_NilValue;
}

SEXP r_display_is_adopted(void)
{
    bool is_ours = Rf_NoDevices() == 0 && find_device(GEcurrentDevice()->dev) != NULL;

    return Rf_ScalarLogical(is_ours);
}

static void show_pending(void)
{
    size_t count = display.pending_count;

    display.pending_count = 0;
    for (size_t i = 0; i < count; i++) {
        SEXP snapshot = PROTECT(VECTOR_ELT(display.pending, (R_xlen_t)i));

        SET_VECTOR_ELT(display.pending, (R_xlen_t)i, R_NilValue);
        show(snapshot);
        UNPROTECT(1);
    }
}

SEXP r_display_page_ends(void)
{
    pGEDevDesc engine = GEcurrentDevice();
    struct device *device = find_device(engine->dev);

    show_pending();
    if (device != NULL) {
        show_device(device, engine);
        device->shown = R_NilValue;
    }
    return R_NilValue;
}

void r_display_flush(void)
{
    show_pending();
    for (size_t i = 0; i < MAX_DEVICES; i++)
        if (display.devices[i].dev != NULL)
            show_device(&display.devices[i], Rf_desc2GEDesc(display.devices[i].dev));
}

SEXP r_display_replay(SEXP snapshot)
{
    GEplaySnapshot(snapshot, GEcurrentDevice());
    return R_NilValue;
}

void r_display_end(void)
{
    display.is_ending = true;
    Rf_KillAllDevices();
}

void r_display_start(void)
{
    display.pending = Rf_allocVector(VECSXP, MAX_PENDING);
    R_PreserveObject(display.pending);
    (void)r_support_call("watch_pages", NULL);
}

void r_display_warm_up(void)
{
    (void)r_support_call("warm_up", NULL);
}
