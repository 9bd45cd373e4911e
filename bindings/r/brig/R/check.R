# Arguments, checked where they come in; the sentences name the argument.

check_string <- function(x, name = deparse(substitute(x)), null = FALSE) {
  if (null && is.null(x)) return(invisible())
  if (!is.character(x) || length(x) != 1L || is.na(x) || !nzchar(x)) {
    cli::cli_abort("{.arg {name}} must be one non-empty string.", call = NULL)
  }
  invisible()
}

# Numbers become integers of the wire, which are exact up to 2^53.
check_number <- function(x, name = deparse(substitute(x)), null = FALSE, min = 0) {
  if (null && is.null(x)) return(invisible())
  if (!is.numeric(x) || length(x) != 1L || !is.finite(x) || x < min || abs(x) > 2^53) {
    cli::cli_abort("{.arg {name}} must be one number from {min} to 2^53.", call = NULL)
  }
  invisible()
}

check_flag <- function(x, name = deparse(substitute(x))) {
  if (!is.logical(x) || length(x) != 1L || is.na(x)) {
    cli::cli_abort("{.arg {name}} must be TRUE or FALSE.", call = NULL)
  }
  invisible()
}

check_named <- function(x, name = deparse(substitute(x))) {
  x <- as.list(x)
  keys <- names(x)
  if (length(x) > 0L && (is.null(keys) || anyNA(keys) || any(!nzchar(keys)) || anyDuplicated(keys))) {
    cli::cli_abort("Every element of {.arg {name}} needs a name of its own.", call = NULL)
  }
  x
}

check_limits <- function(limits) {
  limits <- check_named(limits, "limits")
  for (name in names(limits)) check_number(limits[[name]], name)
  limits
}
