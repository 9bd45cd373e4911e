# SPDX-License-Identifier: MIT
# Install from CRAN what the tests of the R packages need and Debian does not have, or not new enough.
needed <- c(ellmer = "0.3.0", S7 = "0.2.0")

has <- function(package) {
  tryCatch(utils::packageVersion(package) >= needed[[package]], error = function(e) FALSE)
}

missing <- Filter(Negate(has), names(needed))
if (length(missing) > 0L) {
  library <- .libPaths()[[1L]]
  if (file.access(library, 2L) != 0L) library <- Sys.getenv("R_LIBS_USER")
  dir.create(library, recursive = TRUE, showWarnings = FALSE)
  .libPaths(c(library, .libPaths()))
  repos <- getOption("repos")
  if (identical(repos[["CRAN"]], "@CRAN@")) repos <- "https://cloud.r-project.org"
  message("installing from CRAN: ", paste(missing, collapse = " "))
  utils::install.packages(missing, lib = library, repos = repos, quiet = TRUE, Ncpus = 2L)
  missing <- Filter(Negate(has), missing)
  if (length(missing) > 0L) stop("not installed: ", paste(missing, collapse = " "))
}
