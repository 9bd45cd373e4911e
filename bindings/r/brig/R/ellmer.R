#' A session as a tool of a chat
#'
#' Lets the model of an ellmer chat run R code in a sandbox. What the code prints comes back as text,
#' plots come back as images, and an error comes back with its message, its traceback and whether the
#' variables are still there, so that the model can act on it.
#'
#' @param session A [BrigSession].
#' @param name The tool's name for the model.
#' @param description For the model; default: how to use it, and the tools the code can call.
#' @param deadline Seconds for one call; default: the session's limit.
#' @param max_chars Longest text that is returned; more is cut in the middle, and says so.
#' @param on_lost What happens when the worker is lost: `"reset"` starts a new one and tells the model
#'   that all variables are gone; `"error"` leaves it to you.
#' @returns An `ellmer::tool()`, for `chat$register_tool()`.
#' @examplesIf brig::brig_is_available() && requireNamespace("ellmer", quietly = TRUE)
#' session <- brig_session()
#' tool <- brig_ellmer_tool(session)
#' tool("mean(c(1, 5, 3, 7, 2))")
#' session$close()
#' @export
brig_ellmer_tool <- function(session, name = "run_r_code", description = NULL, deadline = NULL,
                             max_chars = 20000, on_lost = c("reset", "error")) {
  if (!inherits(session, "BrigSession")) cli::cli_abort("{.arg session} must be a {.cls BrigSession}.", call = NULL)
  if (!requireNamespace("ellmer", quietly = TRUE)) {
    cli::cli_abort("Package {.pkg ellmer} is not installed.", call = NULL)
  }
  check_string(name)
  check_number(max_chars, min = 100)
  on_lost <- match.arg(on_lost)
  run <- function(code) {
    tryCatch(
      model_result(session$eval(code, deadline = deadline, form = "none"), max_chars),
      brig_error = function(failure) model_failure(failure, session, on_lost, max_chars)
    )
  }
  ellmer::tool(run,
    name = name,
    description = description %||% model_description(session),
    arguments = list(code = ellmer::type_string("R code. Variables stay for the next call."))
  )
}

model_description <- function(session) {
  tools <- session$tools()
  lines <- vapply(tools, function(tool) {
    sprintf("- %s(%s): %s", tool$name, paste(names(tool$args), collapse = ", "), tool$description)
  }, "")
  paste(c(
    "Run R code in a sandbox: no network, no files but those in the working directory.",
    "Printed values and plots are returned; variables stay between calls.",
    if (length(lines) > 0L) c("The code can call these functions:", unname(lines))
  ), collapse = "\n")
}

model_result <- function(result, max_chars) {
  text <- if (nzchar(result$text)) result$text else "(no output)"
  brig_model_content(text, result$plots, max_chars)
}

# What the model needs to go on: what went wrong, where, what had been printed, what is left.
model_failure <- function(failure, session, on_lost, max_chars) {
  parts <- c(
    failure$result$text,
    paste0("Error: ", conditionMessage(failure)),
    if (length(failure$data$traceback) > 0L) c("Traceback:", paste0("  ", clean_text(unlist(failure$data$traceback)))),
    if (!is.null(failure$data$line)) sprintf("At line %d.", as.integer(failure$data$line))
  )
  is_lost <- identical(failure$state, "lost") || identical(failure$code, "stale")
  if (is_lost && on_lost == "reset") {
    session$reset()
    parts <- c(parts, "A new session was started: all variables are gone.")
  }
  ellmer::ContentToolResult(error = shorten(paste(parts[nzchar(parts)], collapse = "\n"), max_chars))
}

#' Text and plots, for a chat
#'
#' What a tool of an ellmer chat may return: the text alone, or the text and the plots as images.
#'
#' @param text One string.
#' @param plots A list of plots, as in a [brig_result].
#' @param max_chars Longest text; more is cut in the middle, and says so.
#' @returns A string, or a list of ellmer's contents.
#' @examplesIf brig::brig_is_available() && requireNamespace("ellmer", quietly = TRUE)
#' session <- brig_session()
#' result <- session$eval("plot(1:3); 'drawn'")
#' brig_model_content(result$text, result$plots)
#' session$close()
#' @export
brig_model_content <- function(text, plots = list(), max_chars = 20000) {
  text <- shorten(text, max_chars)
  images <- lapply(plots, function(plot) {
    file <- tempfile(fileext = ".png")
    on.exit(unlink(file))
    brig_save_plot(plot, file)
    ellmer::content_image_file(file, resize = "none")
  })
  if (length(images) == 0L) text else c(list(ellmer::ContentText(text)), images)
}

shorten <- function(text, max_chars) {
  count <- nchar(text)
  if (count <= max_chars) return(text)
  end <- max_chars %/% 2
  paste0(
    substr(text, 1L, end), sprintf("\n[... %d characters are left out ...]\n", count - 2L * end),
    substr(text, count - end + 1L, count)
  )
}
