# SPDX-License-Identifier: MIT
# Sessions that come and go: opened, used and closed, or left to the collector. Prints descriptors,
# resident memory, R's own objects and child processes before and after.
#   Rscript bindings/r/bench/cycles.R [COUNT]          a server for each session
#   Rscript bindings/r/bench/cycles.R COUNT listening  one server, which listens, for all
library(brig)
arguments <- commandArgs(trailingOnly = TRUE)
count <- if (length(arguments) > 0L) as.integer(arguments[[1L]]) else 100L
is_shared <- length(arguments) > 1L && arguments[[2L]] == "listening"

listen <- function() {
  key <- tempfile()
  socket <- tempfile(fileext = ".socket")
  old <- Sys.umask("077")
  writeLines(paste(sprintf("%02x", sample(0:255, 32L, replace = TRUE)), collapse = ""), key)
  Sys.umask(old)
  command <- sprintf("%s --listen unix:%s --key-file %s & echo $!", shQuote(Sys.getenv("BRIG_SERVER", "brigd")), socket, key)
  out <- pipe(command, "r")
  pid <- as.integer(readLines(out, n = 1L))
  while (!file.exists(socket) && dir.exists(file.path("/proc", pid))) Sys.sleep(0.05)
  list(address = list(socket = socket, key_file = key), stop = function() {
    tools::pskill(pid)
    close(out)
    unlink(key)
  })
}

children <- function() {
  stat <- unlist(lapply(Sys.glob("/proc/[0-9]*/stat"), function(file) tryCatch(suppressWarnings(readLines(file)), error = function(e) NULL)))
  sum(sub("^.*\\) . ([0-9]+) .*$", "\\1", stat) == Sys.getpid())
}

held <- function() {
  collected <- gc()
  status <- readLines("/proc/self/status")
  c(
    descriptors = length(list.files("/proc/self/fd")),
    resident_kib = as.integer(gsub("[^0-9]", "", grep("^VmRSS", status, value = TRUE))),
    r_cells = collected[["Ncells", "used"]], r_vector_cells = collected[["Vcells", "used"]], children = children()
  )
}

# Every tenth is not closed but dropped.
cycle <- function(i) {
  session <- brig_session(address = server$address)
  stopifnot(identical(session$eval("1 + 1")$value, 2))
  if (i %% 10L != 0L) session$close()
}

server <- if (is_shared) listen() else list(address = NULL, stop = function() NULL)
for (i in 1:20) cycle(i)
rows <- list("after 20" = held())
for (i in seq_len(count)) {
  cycle(i)
  if (i %% max(1L, count %/% 4L) == 0L) rows[[paste("after", i + 20L)]] <- held()
}
server$stop()
print(do.call(rbind, rows))
