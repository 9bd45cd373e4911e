# Limits: the original's names and units, and brig's.

#' Limits of a session
#'
#' @returns The limits that a session with `sandbox = TRUE` gets when `limits` is `NULL`: a list of `cpu`
#'   (seconds of processor time of one `$execute()`), `memory` (bytes, of the whole session), `fsize`
#'   (bytes, the largest file), `nproc` (processes and threads at once) and `nofile` (open files of one
#'   process).
#' @examples
#' default_limits()
#' @export
default_limits <- function() {
  list(cpu = 60, memory = 512 * 1024^2, fsize = 50 * 1024^2, nproc = 50, nofile = 256)
}

# `stack` has no counterpart: stacks are memory, and count towards `memory`. An R process does not start
# with fewer open files than `least`.
limit_rules <- list(
  cpu = list(name = "cpu_ms", factor = 1000, least = 1),
  memory = list(name = "memory_bytes", factor = 1, least = 1),
  fsize = list(name = "file_bytes", factor = 1, least = 1),
  nproc = list(name = "processes", factor = 1, least = 1),
  nofile = list(name = "open_files", factor = 1, least = 16)
)

validate_limits <- function(limits) {
  known <- c(names(limit_rules), "stack")
  unknown <- setdiff(names(limits), known)
  if (length(unknown) > 0L || length(names(limits)) != length(limits)) {
    stop(
      "Unknown limit name(s): ", paste(unknown, collapse = ", "), ". Valid names: ", paste(known, collapse = ", "),
      call. = FALSE
    )
  }
  for (name in names(limits)) {
    value <- limits[[name]]
    if (!is.numeric(value) || length(value) != 1L || !is.finite(value) || value <= 0) {
      stop("Limit '", name, "' must be a single positive number, got: ", deparse(value)[[1L]], call. = FALSE)
    }
  }
  invisible()
}

brig_limits <- function(limits) {
  validate_limits(limits)
  rules <- limit_rules[intersect(names(limits), names(limit_rules))]
  values <- Map(function(rule, value) max(rule$least, ceiling(value * rule$factor)), rules, limits[names(rules)])
  stats::setNames(values, vapply(rules, function(rule) rule$name, ""))
}
