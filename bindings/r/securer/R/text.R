# Texts for people and models: errors without particulars of the machine, values as they print.

# What stands in the place of paths, processes and hosts.
particulars <- list(
  c("(?s)(Traceback|Call stack|Stack trace):?\\s*\\n.*", ""),
  c("(/Users|/home|/tmp|/var|/etc|/opt|/root)/[^ '\",:)}\n]+", "[path]"),
  c("[A-Za-z]:\\\\[^ '\",:)}\n]+", "[path]"),
  c("(?i)(process\\s*)'\\d+'", "\\1'[pid]'"),
  c("(?i)(process\\s+)\\d{2,}", "\\1[pid]"),
  c("(?i)(PID)\\s*:?\\s*\\d+", "\\1 [pid]"),
  c("\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}(:\\d+)?", "[host]"),
  c("(?i)((?:connect|resolve|host|server|connection)\\s+(?:to\\s+)?['\"]?)[a-z0-9][-a-z0-9.]*\\.[a-z]{2,}(:\\d+)?", "\\1[host]")
)

sanitize_error_message <- function(message, max_length = 500L) {
  if (!is.character(message) || length(message) == 0L) return("Unknown error")
  message <- message[[1L]]
  for (rule in particulars) message <- gsub(rule[[1L]], rule[[2L]], message, perl = TRUE)
  if (nchar(message) > max_length) message <- paste0(substr(message, 1L, max_length - 3L), "...")
  message
}

# A value as a model reads it.
format_tool_result <- function(value) {
  if (is.null(value)) return("NULL")
  if (is.atomic(value) && length(value) == 1L && !is.object(value)) return(as.character(value))
  if (is.data.frame(value)) {
    lines <- utils::capture.output(print(value, max = max(50L, 31L * ncol(value))))
    return(head_of(lines, 30L, sprintf("... (%d rows total)", nrow(value))))
  }
  head_of(utils::capture.output(print(value)), 50L, "... (output truncated)")
}

head_of <- function(lines, count, note) {
  if (length(lines) > count) lines <- c(lines[seq_len(count)], note)
  paste(lines, collapse = "\n")
}

# Whole lines out of pieces that are cut anywhere. `on_line` gets each; at most `most` are kept.
new_lines <- function(on_line = NULL, most = NULL) {
  kept <- list()
  count <- 0L
  rest <- ""
  add <- function(lines) {
    if (!is.null(on_line)) for (line in lines) tryCatch(on_line(line), error = function(e) NULL)
    if (!is.null(most)) lines <- lines[seq_len(min(length(lines), max(0, most - count)))]
    if (length(lines) == 0L) return(invisible())
    kept[[length(kept) + 1L]] <<- lines
    count <<- count + length(lines)
  }
  list(
    take = function(kind, text) {
      if (kind == "plot" || kind == "violation") return(invisible())
      lines <- strsplit(paste0(rest, text), "\n", fixed = TRUE)[[1L]]
      rest <<- if (endsWith(text, "\n")) "" else lines[[length(lines)]]
      add(if (endsWith(text, "\n")) lines else lines[-length(lines)])
    },
    end = function() {
      if (nzchar(rest)) add(rest)
      rest <<- ""
      as.character(unlist(kept))
    }
  )
}
