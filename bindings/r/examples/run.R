# SPDX-License-Identifier: MIT
# Runs the examples beside this file, each in a process of its own, and looks whether they print the
# answers:
#   Rscript bindings/r/examples/run.R
# They need packages orchestr, ellmer and securer (the one in bindings/r). A provider on loopback plays
# the model's part: chat_anthropic() is ellmer's own and finds it by ANTHROPIC_BASE_URL.
for (package in c("orchestr", "ellmer", "securer")) {
  if (!requireNamespace(package, quietly = TRUE)) {
    message("skipped: package ", package, " is not installed")
    quit()
  }
}
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[[1L]]))
tests <- file.path(here, "..", "securer", "tests", "testthat")
source(file.path(tests, "helper-provider.R"))

computes <- function(asks, code) {
  list(asks = asks, calls = list(list(tool = "run_code", input = list(code = code))))
}
provider <- start_provider(list(
  computes("the mean", "mean(c(1, 5, 3, 7, 2))"),
  computes("standard deviation", "sd(c(10, 20, 30, 40, 50))"),
  computes("correlation", "with(mtcars, cor(mpg, wt))"),
  list(asks = "2^10", calls = list(
    list(tool = "calculate", input = list(expr = "2^10")),
    list(tool = "Get weather", input = list(city = "London"))
  ))
), program = file.path(tests, "provider.R"))
Sys.setenv(ANTHROPIC_BASE_URL = provider$url, ANTHROPIC_API_KEY = "none")

expected <- list(
  secure_agent.R = c("^3\\.6 *$", "15\\.811", "-0\\.867"),
  hybrid_agent.R = c("^1024 *$", "^Weather in London: sunny, 22C\\. *$")
)
missing <- character()
for (script in names(expected)) {
  cat("== ", script, "\n", sep = "")
  said <- suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"), shQuote(file.path(here, script)), stdout = TRUE, stderr = TRUE
  ))
  cat(said, sep = "\n")
  is_said <- vapply(expected[[script]], function(pattern) any(grepl(pattern, said)), NA)
  if (!is.null(attr(said, "status"))) missing <- c(missing, paste(script, "ended with an error"))
  missing <- c(missing, sprintf("%s does not say %s", script, expected[[script]][!is_said]))
}
provider$stop()
if (length(missing) > 0L) stop(paste(missing, collapse = "\n"), call. = FALSE)
