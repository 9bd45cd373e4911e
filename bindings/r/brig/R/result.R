#' What a call came to
#'
#' `$eval()` and `$call()` of a [BrigSession] return a list of class `brig_result`:
#'
#' * `value`: the value, as data; a `brig_opaque` if it has no form as data
#' * `visible`: would R have printed it?
#' * `text`: the console's output in its order, one string
#' * `messages`, `warnings`: character vectors
#' * `plots`: a list of `brig_plot`, see [brig_save_plot()]
#' * `violations`: what a wall refused, one string each
#' * `dropped`: bytes of output beyond the limit, by stream; not kept anywhere
#' * `usage`: `wall_ms`, `cpu_ms`, `memory_bytes`, `tool_calls`
#' * `generation`: of the worker that ran it
#'
#' Errors are conditions of class `brig_error` and of `brig_error_` with the code: `parse`, `runtime`,
#' `deadline`, `cancelled`, `memory`, `cpu`, `crashed`, `exited`, `stale`, `denied` and so on. Their
#' field `state` says whether the session's variables are `"kept"` or `"lost"`, `reason` is the message
#' without what is added to it here, `data` has particulars such as `traceback` or `line`, and `result`
#' what had been printed and drawn.
#'
#' @param x A `brig_result`.
#' @param ... Ignored.
#' @returns `print()`: `x`, invisibly.
#' @name brig_result
NULL

#' @rdname brig_result
#' @export
print.brig_result <- function(x, ...) {
  if (nzchar(x$text)) cat(x$text, if (!endsWith(x$text, "\n")) "\n", sep = "")
  else if (isTRUE(x$visible)) print(x$value)
  for (plot in x$plots) print(plot)
  invisible(x)
}

# Collects the events of one call. `show` is called with (kind, text) as they come, or NULL.
new_collector <- function(show) {
  streams <- list(stdout = new_stream(), stderr = new_stream())
  lines <- messages <- warnings <- violations <- character()
  plots <- list()
  dropped <- list()
  tell <- function(kind, text) {
    if (!nzchar(text)) return(invisible())
    lines[[length(lines) + 1L]] <<- text
    if (!is.null(show)) show(kind, text)
  }
  take <- function(item) {
    payload <- item$payload
    switch(item$kind,
      stdout = , stderr = tell(item$kind, streams[[item$kind]]$push(payload)),
      message = {
        text <- one_text(payload$message)
        messages[[length(messages) + 1L]] <<- sub("\n$", "", text)
        tell("message", text)
      },
      warning = {
        text <- one_text(payload$message)
        warnings[[length(warnings) + 1L]] <<- text
        tell("warning", paste0("Warning: ", text, "\n"))
      },
      violation = {
        text <- sprintf("%s refused: %s (%s)", one_text(payload$kind), one_text(payload$detail), one_text(payload$layer))
        violations[[length(violations) + 1L]] <<- text
        if (!is.null(show)) show("violation", paste0(text, "\n"))
      },
      truncated = {
        dropped[[payload$stream]] <<- payload$bytes
        tell("truncated", sprintf("[output of %s is cut here]\n", payload$stream))
      },
      progress = if (!is.null(show)) show("progress", progress_text(payload)),
      display = {
        plot <- structure(payload, class = "brig_plot")
        id <- item$meta$id %||% sprintf("plot %d", length(plots) + 1L)
        plots[[id]] <<- if (is.null(plots[[id]])) plot else utils::modifyList(plots[[id]], plot)
        if (!is.null(show)) show("plot", plot)
      }
    )
    invisible()
  }
  result <- function(value = NULL, meta = list()) {
    for (kind in names(streams)) tell(kind, streams[[kind]]$end())
    structure(
      class = "brig_result",
      list(
        value = value,
        visible = isTRUE(meta$visible),
        text = paste(lines, collapse = ""),
        messages = messages, warnings = warnings, plots = unname(plots), violations = violations,
        dropped = meta$dropped %||% dropped,
        usage = meta$usage, generation = meta$generation
      )
    )
  }
  list(take = take, result = result)
}

progress_text <- function(payload) {
  fraction <- payload$fraction
  if (!is.numeric(fraction) || length(fraction) != 1L) fraction <- NA_real_
  sprintf("%3.0f %% %s\n", 100 * fraction, one_text(payload$text))
}

# Payloads come from the sandbox: a field that should be a text may be anything.
one_text <- function(x) {
  if (is.character(x) && length(x) == 1L && !is.na(x)) clean_text(x) else ""
}

`%||%` <- function(x, y) if (is.null(x)) y else x

#' Plots that code has drawn
#'
#' @param plot One of the `plots` of a [brig_result].
#' @param file Where to write it. The name's end tells the form: `.png` or `.svg`.
#' @returns `file`, invisibly.
#' @examplesIf brig::brig_is_available()
#' session <- brig_session()
#' result <- session$eval("plot(1:3)")
#' brig_save_plot(result$plots[[1]], file.path(tempdir(), "plot.png"))
#' session$close()
#' @export
brig_save_plot <- function(plot, file) {
  stopifnot(inherits(plot, "brig_plot"))
  check_string(file)
  type <- switch(tolower(sub(".*[.]", "", file)), png = "image/png", svg = "image/svg+xml", NA)
  content <- if (is.na(type)) NULL else unclass(plot)[[type]]
  if (is.null(content)) {
    cli::cli_abort("The plot has the forms {.val {names(plot)}}, and {.path {file}} is none of them.", call = NULL)
  }
  if (is.character(content)) content <- charToRaw(enc2utf8(content))
  writeBin(content, file)
  invisible(file)
}

#' @export
print.brig_plot <- function(x, ...) {
  sizes <- vapply(unclass(x), function(form) if (is.raw(form)) length(form) else nchar(form, "bytes"), 0)
  cat(sprintf("<plot: %s>\n", paste0(names(sizes), " ", sizes, " bytes", collapse = ", ")))
  invisible(x)
}
