# The audit log: a file of one JSON object a line.

longest_code <- 10000L

check_audit_path <- function(path) {
  if (!is.character(path) || length(path) != 1L || is.na(path) || !nzchar(path)) {
    stop("audit_log path must be a non-empty character string", call. = FALSE)
  }
  whole <- file.path(normalizePath(dirname(path), mustWork = FALSE), basename(path))
  if (grepl("^/dev/", whole)) stop("audit_log path must not point to a device file", call. = FALSE)
  # Asked of the name: a link that leads nowhere does not exist for file.exists().
  if (!Sys.readlink(path) %in% c("", NA)) stop("audit_log path must not be a symlink", call. = FALSE)
  invisible(path)
}

# A function(event, ...) that appends an entry. One that cannot be written is an error.
new_audit <- function(path, session_id) {
  check_audit_path(path)
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  if (!file.exists(path)) {
    if (!file.create(path)) stop("audit_log cannot be written: ", path, call. = FALSE)
    Sys.chmod(path, "0600")
  }
  function(event, ...) {
    entry <- list(
      timestamp = format(Sys.time(), "%Y-%m-%dT%H:%M:%OS3Z", tz = "UTC"), event = event,
      session_id = session_id, ...
    )
    if (is.character(entry$code) && nchar(entry$code) > longest_code) {
      entry$code <- paste0(substr(entry$code, 1L, longest_code), "... [truncated]")
    }
    entry <- Filter(Negate(is.null), entry)
    cat(jsonlite::toJSON(entry, auto_unbox = TRUE, digits = NA), "\n", sep = "", file = path, append = TRUE)
  }
}

# A value that came from the sandbox, or from a tool, as one short string or one number.
audit_value <- function(value) {
  if (is.atomic(value) && length(value) == 1L && !is.object(value) && !is.raw(value) && !is.complex(value)) {
    return(if (is.character(value)) substr(value, 1L, 500L) else unname(as.vector(value)))
  }
  tryCatch(
    substr(paste(deparse(value, nlines = 5L, control = "keepNA"), collapse = " "), 1L, 500L),
    error = function(e) "<cannot be shown>"
  )
}
