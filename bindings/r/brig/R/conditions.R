# How failures of the server, of the sandboxed code and of tools look in R.

# A condition from what C reports. Its classes name the error's code and class, so that callers can
# act on either: brig_error_runtime, brig_error_fix.
new_failure <- function(error, call = NULL) {
  code <- if (nzchar(error$code)) error$code else "connection_lost"
  kind <- if (nzchar(error$class)) error$class else "lost"
  structure(
    class = c(
      paste0("brig_error_", code),
      paste0("brig_error_class_", kind),
      "brig_error", "error", "condition"
    ),
    list(
      message = failure_message(error, code),
      call = call,
      reason = clean_text(error$message),
      code = code,
      state = if (nzchar(error$state)) error$state else NA_character_,
      generation = error$generation,
      data = error$data,
      result = NULL
    )
  )
}

failure_message <- function(error, code) {
  hint <- switch(error$state,
    lost = "\nThe session's state is lost: $reset() starts a new one.",
    ""
  )
  paste0(clean_text(error$message), " [", code, "]", hint)
}

raise <- function(failure) {
  if (!is.null(failure)) stop(new_failure(failure))
  invisible()
}

#' Fail in a tool with a message for the code
#'
#' A tool's function may end with any error; the code in the sandbox sees its message. Where messages
#' could tell what the code must not know, make the tool with `errors = "generic"` and use this
#' function for those that may be told.
#'
#' @param message One string.
#' @param code What kind of failure: `"tool"`, `"denied"` or `"bad_arguments"`.
#' @returns Never.
#' @examples
#' try(brig_tool_stop("no such city"))
#' @export
brig_tool_stop <- function(message, code = c("tool", "denied", "bad_arguments")) {
  check_string(message)
  stop(structure(
    class = c("brig_tool_failure", "error", "condition"),
    list(message = message, call = NULL, code = match.arg(code))
  ))
}
