#' Which walls stand here?
#'
#' Runs `brig doctor`: it starts a sandbox, attacks it, and tells what stopped each attack.
#'
#' @param program Path of the program `brig`; default: beside `BRIG_SERVER`, then `PATH`.
#' @returns `brig_doctor()`: `TRUE` if all walls stand, invisibly; it prints the report.
#'   `brig_is_available()`: can a session be started at all?
#' @examples
#' brig_is_available()
#' if (brig_is_available()) brig_doctor()
#' @export
brig_doctor <- function(program = NULL) {
  if (is.null(program)) program <- find_brig()
  report <- suppressWarnings(system2(program, "doctor", stdout = TRUE, stderr = TRUE))
  cat(clean_text(report), sep = "\n")
  invisible(is.null(attr(report, "status")))
}

find_brig <- function() {
  server <- Sys.getenv("BRIG_SERVER")
  beside <- file.path(dirname(server), "brig")
  if (nzchar(server) && file.exists(beside)) return(beside)
  found <- Sys.which("brig")[[1L]]
  if (!nzchar(found)) {
    cli::cli_abort(c(
      "The program {.code brig} was not found.",
      i = "Install Brig, or set {.envvar BRIG_SERVER} to the path of {.code brigd}."
    ), call = NULL)
  }
  found
}

#' @rdname brig_doctor
#' @export
brig_is_available <- function() {
  session <- tryCatch(BrigSession$new(), error = function(e) NULL)
  if (is.null(session)) return(FALSE)
  session$close()
  TRUE
}
