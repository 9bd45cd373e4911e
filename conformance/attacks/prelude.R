# SPDX-License-Identifier: MIT
# What every attack has at hand. Evaluated in the sandbox, before the attack, in the same session.

# The names of those arguments that did not fail, in one text; "" means that all were refused. An R
# warning is a refusal: R's file functions warn when the system call fails.
succeeded <- function(...) {
  expressions <- as.list(substitute(list(...)))[-1]
  frame <- parent.frame()
  is_done <- vapply(expressions, function(e) tryCatch(
    !identical(eval(e, frame), FALSE), error = function(e) FALSE, warning = function(w) FALSE), NA)
  paste(names(expressions)[is_done], collapse = " ")
}

stopifnot(identical(succeeded(a = 1, b = stop("no"), c = FALSE, d = NULL), "a d"))

# What a file says, or NULL; never a warning about its last line.
content <- function(path) readLines(path, n = 20L, warn = FALSE)

# Native code, from the one directory that is not mounted noexec.
native <- function(name, ...) {
  if (!is.loaded(name)) dyn.load("@PROBES@/attacks.so")
  .C(name, ...)
}

# "name outcome" for each probe of the kernel, one a line.
probes <- function(...) {
  outcome <- function(name) native("attack_probe", name, strrep(" ", 64))[[2]]
  cat(paste(c(...), vapply(c(...), outcome, "")), sep = "\n")
}

# The worker link, forged: messages as lists, maps as named lists, raw vectors as they are.
pack <- function(x) {
  head <- function(small, big, count, most) if (count <= most) as.raw(small + count) else
    c(as.raw(big), as.raw(count %/% 256), as.raw(count %% 256))
  if (is.raw(x)) return(x)
  if (is.null(x)) return(as.raw(0xc0))
  if (is.logical(x)) return(as.raw(if (x) 0xc3 else 0xc2))
  if (is.character(x)) {
    bytes <- charToRaw(x)
    if (length(bytes) < 32) return(c(as.raw(0xa0 + length(bytes)), bytes))
    return(c(head(0, 0xda, length(bytes), -1), bytes))
  }
  if (is.list(x)) {
    keys <- names(x)
    items <- lapply(seq_along(x), function(i) c(if (!is.null(keys)) pack(keys[i]), pack(x[[i]])))
    start <- if (is.null(keys)) head(0x90, 0xdc, length(x), 15) else head(0x80, 0xde, length(x), 15)
    return(c(start, unlist(items)))
  }
  if (x >= 0 && x < 128) return(as.raw(x))
  if (x >= 0 && x < 256) return(as.raw(c(0xcc, x)))
  if (x >= 0 && x < 65536) return(as.raw(c(0xcd, x %/% 256, x %% 256)))
  octets <- function(x) as.raw(x %/% 256^(3:0) %% 256)
  if (x >= 0 && x < 2^32) return(c(as.raw(0xce), octets(x)))
  if (x >= -32) return(as.raw(256 + x))
  stop("not packed: ", x)
}
map <- function(...) if (...length() == 0) as.raw(0x80) else list(...)
octets <- function(n) as.raw(n %/% 256^(3:0) %% 256)
framed <- function(bytes) c(octets(length(bytes)), bytes)
message_of <- function(...) framed(pack(list(...)))
# Message types of the protocol.
EVENT <- 1; CALL <- 2; RESULT <- 4; ERROR <- 6
say <- function(bytes, fd = 3L) native("attack_write", fd, bytes, length(bytes), 0L)[[4]]
# The server's number for this evaluation: brig.open was 1, this file 2.
NOW <- 3
invisible(NULL)
