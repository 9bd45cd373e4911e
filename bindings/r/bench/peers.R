# SPDX-License-Identifier: MIT
# What a session, a call, a tool call and a large value cost: packages brig and securer (the one here)
# beside callr, which isolates nothing, and, if it is installed, the original securer. One run: in each
# round every peer is measured once, in a process of its own.
#   Rscript bindings/r/bench/peers.R [ROUNDS]
# SECURER_ORIGINAL_LIB names the library with the original; without it, it is left out.
arguments <- commandArgs(trailingOnly = TRUE)
rounds <- if (length(arguments) > 0L) as.integer(arguments[[1L]]) else 5L
for (package in c("callr", "microbenchmark")) {
  if (!requireNamespace(package, quietly = TRUE)) {
    message("skipped: package ", package, " is not installed")
    quit()
  }
}

# Each peer opens a session and gives functions; what it lacks is not measured.
peers <- list(
  brig = function() {
    session <- brig::brig_session(tools = list(brig::brig_tool("add", fn = function(a, b) a + b)))
    list(
      code = function() session$eval("1 + 1"), tool = function() session$eval("add(1, 2)"),
      bulk = function() session$eval("invisible(numbers)"), prepare = function() session$eval("numbers <- runif(1e6)"),
      close = function() session$close()
    )
  },
  securer = function() {
    tool <- securer::securer_tool("add", "Add", function(a, b) a + b, args = list(a = "numeric", b = "numeric"))
    session <- securer::SecureSession$new(tools = list(tool))
    list(
      code = function() session$execute("1 + 1"), tool = function() session$execute("add(1, 2)"),
      bulk = function() session$execute("numbers"), prepare = function() session$execute("numbers <- runif(1e6)"),
      close = function() session$close()
    )
  },
  callr = function() {
    session <- callr::r_session$new()
    list(
      code = function() session$run(function() 1 + 1), bulk = function() session$run(function() numbers),
      prepare = function() session$run(function() assign("numbers", stats::runif(1e6), globalenv())),
      close = function() session$close()
    )
  }
)
peers[["original securer"]] <- peers$securer

# In the peer's process: nanoseconds by what was measured.
measure <- function(open) {
  time <- function(call, times) {
    call()
    microbenchmark::microbenchmark(call(), times = times)$time
  }
  results <- list(start = microbenchmark::microbenchmark({
    session <- open()
    session$close()
  }, times = 3L)$time)
  session <- open()
  results$code <- time(session$code, 20L)
  if (!is.null(session$tool)) results$tool <- time(session$tool, 20L)
  session$prepare()
  results$bulk <- time(session$bulk, 5L)
  session$close()
  results
}

original <- Sys.getenv("SECURER_ORIGINAL_LIB")
libraries <- stats::setNames(rep(list(.libPaths()), length(peers)), names(peers))
libraries[["original securer"]] <- c(original, .libPaths())
has <- vapply(names(peers), function(peer) {
  if (peer == "original securer") nzchar(original) else requireNamespace(peer, quietly = TRUE)
}, NA)
if (any(!has)) message("left out: ", paste(names(peers)[!has], collapse = ", "))

times <- list()
for (round in seq_len(rounds)) {
  for (peer in names(peers)[has]) {
    results <- callr::r(measure, list(peers[[peer]]), libpath = libraries[[peer]])
    for (what in names(results)) times[[what]][[peer]] <- c(times[[what]][[peer]], results[[what]])
  }
}

titles <- c(start = "a session, until it is closed", code = "1 + 1", tool = "a tool call", bulk = "1e6 doubles")
cat(sprintf("%-30s %-17s %9s %9s %9s %9s\n", "milliseconds", "", "min", "median", "p90", "max"))
for (what in names(titles)) {
  for (peer in names(times[[what]])) {
    figures <- stats::quantile(times[[what]][[peer]] / 1e6, c(0, 0.5, 0.9, 1))
    cat(sprintf("%-30s %-17s %9.2f %9.2f %9.2f %9.2f\n", titles[[what]], peer, figures[[1]], figures[[2]], figures[[3]], figures[[4]]))
  }
}
