#' Look at code before it runs
#'
#' Parses the code, and names calls that the sandbox may refuse. It is advice for whoever wrote the code:
#' what the code can do is decided by the sandbox alone.
#'
#' @param code One string.
#' @returns A list: `valid`, is it R?; `error`, the parser's message or `NULL`; `warnings`, a sentence for
#'   each kind of call that may be refused.
#' @examples
#' validate_code("1 +")$error
#' validate_code("system('ls')")$warnings
#' @export
validate_code <- function(code) {
  if (!is.character(code) || length(code) != 1L) {
    stop("`code` must be a single character string", call. = FALSE)
  }
  error <- tryCatch(
    {
      parse(text = code, keep.source = FALSE)
      NULL
    },
    error = conditionMessage
  )
  if (!is.null(error)) return(list(valid = FALSE, error = error, warnings = character()))
  found <- Filter(function(name) calls(code, name), refused_calls)
  list(
    valid = TRUE, error = NULL,
    warnings = sprintf("Code contains call to `%s()` which may be restricted by the sandbox", found)
  )
}

refused_calls <- c(
  "system", "system2", "shell", "pipe", "processx::run", "callr::r", # programs
  ".Internal", "Sys.setenv", "do.call", # ways around R's own
  ".Call", ".C", ".Fortran", ".External", "dyn.load", # native code
  "socketConnection", "url" # the network
)

# A name that stands alone: not the end of a longer one.
calls <- function(code, name) {
  pattern <- paste0("(?<![A-Za-z0-9_])", gsub(".", "\\.", name, fixed = TRUE), "\\s*\\(")
  grepl(pattern, code, perl = TRUE)
}
