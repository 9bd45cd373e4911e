# SPDX-License-Identifier: MIT
# The test suite of the original package, against this one:
#   Rscript original.R DIRECTORY [LIBRARY]
# DIRECTORY (or SECURER_ORIGINAL) is a checkout of the original; LIBRARY (or SECURER_ORIGINAL_LIB) is
# where the original is installed: with it, tests count only if they pass there, too. ORIGINAL.md
# lists those that do not pass here; a test that fails and is not listed, and a listed one that passes,
# make this end with status 1.
arguments <- commandArgs(trailingOnly = TRUE)
given <- function(i, variable) if (length(arguments) >= i) arguments[[i]] else Sys.getenv(variable)
origin <- given(1L, "SECURER_ORIGINAL")
library_of_original <- given(2L, "SECURER_ORIGINAL_LIB")
if (!dir.exists(file.path(origin, "tests", "testthat"))) {
  message("skipped: name a checkout of the original package, or set SECURER_ORIGINAL")
  quit()
}
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[[1L]]))

# A test uses only the public interface if it names nothing that the original keeps to itself.
exported <- sub("^export\\((.*)\\)$", "\\1", grep("^export\\(", readLines(file.path(origin, "NAMESPACE")), value = TRUE))
sources <- list.files(file.path(origin, "R"), full.names = TRUE)
defined <- unlist(lapply(sources, function(file) {
  unlist(lapply(parse(file, keep.source = FALSE), function(expression) {
    if (is.call(expression) && identical(expression[[1L]], quote(`<-`)) && is.name(expression[[2L]])) {
      as.character(expression[[2L]])
    }
  }))
}))
hidden <- c(setdiff(defined, exported), ".__enclos_env__")
files <- list.files(file.path(origin, "tests", "testthat"), "^test-", full.names = TRUE)
tests <- do.call(rbind, lapply(files, function(file) {
  calls <- Filter(function(call) is.call(call) && identical(call[[1L]], quote(test_that)), as.list(parse(file, keep.source = FALSE)))
  data.frame(
    file = basename(file), test = vapply(calls, function(call) call[[2L]], ""),
    public = vapply(calls, function(call) !any(all.names(call) %in% hidden), NA)
  )
}))

# Each run is a process of its own: both packages have one name.
run <- function(libraries) {
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  code <- sprintf(
    "options(lifecycle_verbosity = 'default'); r <- testthat::test_dir(%s, package = 'securer', load_package = 'installed', reporter = 'silent', stop_on_failure = FALSE); saveRDS(as.data.frame(r)[c('file', 'test', 'failed', 'skipped', 'error')], %s)",
    deparse(file.path(origin, "tests", "testthat")), deparse(file)
  )
  status <- system2(
    file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)), stdout = FALSE, stderr = FALSE,
    env = c("NOT_CRAN=true", paste0("R_LIBS=", paste(libraries, collapse = ":")))
  )
  if (status != 0L) stop("the tests did not run to their end")
  results <- readRDS(file)
  at <- match(paste(tests$file, tests$test), paste(results$file, results$test))
  results <- results[at, ]
  ifelse(is.na(at), "missing", ifelse(results$failed > 0L | results$error, "fails", ifelse(results$skipped, "skipped", "passes")))
}
tests$here <- run(.libPaths())
counted <- tests$public
cat(sprintf("%d tests, %d of them use only the public interface\n", nrow(tests), sum(counted)))
if (nzchar(library_of_original)) {
  tests$there <- run(c(library_of_original, .libPaths()))
  counted <- counted & tests$there == "passes"
  cat(sprintf("%d of these pass with the original\n", sum(counted)))
} else {
  counted <- counted & tests$here != "skipped"
  cat(sprintf("%d of these are not skipped on this system\n", sum(counted)))
}
cat(sprintf("%d of those pass here\n", sum(counted & tests$here == "passes")))
cat(sprintf("%d of the tests of internals pass here, too\n", sum(!tests$public & tests$here == "passes")))

failing <- tests[counted & tests$here != "passes", ]
listed <- sub("^### ", "", grep("^### ", readLines(file.path(here, "ORIGINAL.md")), value = TRUE))
for (test in setdiff(failing$test, listed)) cat("fails, and is not listed:", test, "\n")
for (test in setdiff(listed, failing$test)) cat("is listed, and passes or is not run:", test, "\n")
for (test in intersect(listed, failing$test)) cat("fails, as listed:", test, "\n")
quit(status = if (setequal(failing$test, listed)) 0L else 1L)
