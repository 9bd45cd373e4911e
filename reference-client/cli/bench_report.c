/* SPDX-License-Identifier: MIT */
/* Figures of the benchmark: for people as lines or as a page, for programs as JSON. */
#include "bench_report.h"

#include <time.h>

#include <jansson.h>

#include "json_value.h"

/* How a figure of this size is written. */
struct scale {
    const char *unit;
    double divisor;
    int digits;
};

static struct scale scale_of(brig_unit unit, double median)
{
    switch (unit) {
    case BRIG_UNIT_NS:
        return median >= 1e6 ? (struct scale){"ms", 1e6, 2} : (struct scale){"µs", 1e3, 1};
    case BRIG_UNIT_BYTES:
        return (struct scale){"MB", 1e6, 2};
    case BRIG_UNIT_PER_SECOND:
        return (struct scale){"per second", 1, 0};
    default:
        return (struct scale){"sessions", 1, 0};
    }
}

static double ratio_of(brig_figure *figure)
{
    double floor = brig_samples_quantile(&figure->floor, 0.5);

    return floor > 0 ? brig_samples_quantile(&figure->samples, 0.5) / floor : 0;
}

static void print_figures(FILE *to, brig_figure *figure, struct scale scale)
{
    static const struct {
        const char *name;
        double fraction;
    } columns[] = {{"min", 0}, {"median", 0.5}, {"p90", 0.9}, {"max", 1}};

    (void)fprintf(to, "%s, %zu runs: ", scale.unit, figure->samples.count);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        (void)fprintf(to, "%s%s %.*f", i == 0 ? "" : ", ", columns[i].name, scale.digits,
                      brig_samples_quantile(&figure->samples, columns[i].fraction) / scale.divisor);
}

static void print_floor(FILE *to, brig_figure *figure, struct scale scale)
{
    (void)fprintf(to, "floor (%s): median %.*f %s; ratio %.3g", figure->floor_what, scale.digits,
                  brig_samples_quantile(&figure->floor, 0.5) / scale.divisor, scale.unit,
                  ratio_of(figure));
}

static void print_transfer(FILE *to, brig_figure *figure)
{
    (void)fprintf(to, "median %.0f MB/s, floor %.0f MB/s",
                  figure->bytes / brig_samples_quantile(&figure->samples, 0.5) * 1e3,
                  figure->bytes / brig_samples_quantile(&figure->floor, 0.5) * 1e3);
}

void brig_figure_print_text(brig_figure *figure)
{
    struct scale scale = scale_of(figure->unit, brig_samples_quantile(&figure->samples, 0.5));

    (void)printf("%s: %s\n      ", figure->name, figure->what);
    print_figures(stdout, figure, scale);
    (void)printf("\n      ");
    if (figure->bytes > 0) {
        print_transfer(stdout, figure);
        (void)printf("\n      ");
    }
    print_floor(stdout, figure, scale);
    (void)printf("\n");
    (void)fflush(stdout); /* a process forked later must not have it to print again */
}

void brig_figure_print_json(brig_figure *figure)
{
    static const char *const units[] = {[BRIG_UNIT_NS] = "ns",
                                        [BRIG_UNIT_BYTES] = "bytes",
                                        [BRIG_UNIT_PER_SECOND] = "per second",
                                        [BRIG_UNIT_COUNT] = "sessions"};
    brig_samples *samples = &figure->samples;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:{s:s, s:f}, s:f}", "name",
                  figure->name, "what", figure->what, "unit", units[figure->unit], "runs",
                  (json_int_t)samples->count, "min", brig_samples_quantile(samples, 0), "median",
                  brig_samples_quantile(samples, 0.5), "p90", brig_samples_quantile(samples, 0.9),
                  "max", brig_samples_quantile(samples, 1), "floor", "what", figure->floor_what,
                  "median", brig_samples_quantile(&figure->floor, 0.5), "ratio", ratio_of(figure));

    if (figure->bytes > 0)
        (void)json_object_set_new(object, "bytes", json_real(figure->bytes));
    brig_json_print(object);
    json_decref(object);
}

/* ---- the page ---- */

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>brig bench</title>\n"
    "<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    "svg{width:100%;height:3.6em}h2{margin:1.5em 0 0;font-size:1.1em}"
    "p{margin:0;color:#555;font-size:.9em}.m{fill:#1f6feb}.f{fill:#bbb}"
    ".r{stroke:#0b2e63;stroke-width:2}text{font-size:11px}</style></head><body>\n"
    "<h1>brig bench</h1>\n"
    "<p>Blue is the median of what was measured, with a line from the smallest to the largest; "
    "grey is the median of the floor of the same run. Read the ratios: machines differ.</p>\n";

enum { CHART_WIDTH = 600, BAR_HEIGHT = 16, SECOND_BAR = 24 };

FILE *brig_page_begin(const char *path)
{
    FILE *page = fopen(path, "we");
    time_t now = time(NULL);
    struct tm when;
    char text[64] = "";

    if (page == NULL)
        return NULL;
    if (gmtime_r(&now, &when) != NULL)
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &when);
    (void)fprintf(page, "%s<p>%s</p>\n", page_head, text);
    return page;
}

/* Names and sentences are this program's own; < and & are not among them. */
void brig_page_add(FILE *page, brig_figure *figure)
{
    double median = brig_samples_quantile(&figure->samples, 0.5);
    double floor = brig_samples_quantile(&figure->floor, 0.5);
    double most = brig_samples_quantile(&figure->samples, 1);
    double whole = most > floor ? most : floor;
    double unit = whole > 0 ? CHART_WIDTH / whole : 0;
    struct scale scale = scale_of(figure->unit, median);

    (void)fprintf(page, "<h2>%s</h2>\n<p>%s</p>\n", figure->name, figure->what);
    (void)fprintf(page,
                  "<svg viewBox=\"0 0 %d 44\" preserveAspectRatio=\"none\">"
                  "<rect class=\"m\" width=\"%.1f\" height=\"%d\"/>"
                  "<line class=\"r\" x1=\"%.1f\" x2=\"%.1f\" y1=\"8\" y2=\"8\"/>"
                  "<rect class=\"f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/></svg>\n<p>",
                  CHART_WIDTH, median * unit, BAR_HEIGHT,
                  brig_samples_quantile(&figure->samples, 0) * unit, most * unit, SECOND_BAR,
                  floor * unit, BAR_HEIGHT);
    print_figures(page, figure, scale);
    (void)fprintf(page, "<br>");
    if (figure->bytes > 0) {
        print_transfer(page, figure);
        (void)fprintf(page, "<br>");
    }
    print_floor(page, figure, scale);
    (void)fprintf(page, "</p>\n");
}

bool brig_page_end(FILE *page)
{
    bool is_written = fprintf(page, "</body></html>\n") > 0 && ferror(page) == 0;

    return fclose(page) == 0 && is_written;
}
