# Text from the sandbox, made fit for a terminal.

# Bytes that are not UTF-8 become <xx>; control characters but tab and newline become visible:
# an escape sequence could move the cursor, set a title or write to the clipboard.
clean_text <- function(text) {
  text <- iconv(text, "UTF-8", "UTF-8", sub = "byte")
  if (!any(grepl("[\u0001-\u0008\u000b-\u001f\u007f\u0080-\u009f\u202a-\u202e\u2066-\u2069]", text))) return(text)
  vapply(text, escape_controls, "", USE.NAMES = FALSE)
}

escape_controls <- function(text) {
  if (is.na(text)) return(NA_character_)
  points <- utf8ToInt(text)
  hidden <- (points < 32L & points != 9L & points != 10L) | (points >= 127L & points < 160L) |
    (points >= 0x202aL & points <= 0x202eL) | (points >= 0x2066L & points <= 0x2069L)
  parts <- intToUtf8(points, multiple = TRUE)
  parts[hidden] <- sprintf("<U+%04X>", points[hidden])
  enc2utf8(paste(parts, collapse = ""))
}

# A stream of raw pieces that are cut anywhere: text() gives what is complete so far.
new_stream <- function() {
  kept <- raw()
  list(
    push = function(bytes) {
      kept <<- c(kept, bytes)
      whole <- complete_bytes(kept)
      done <- kept[seq_len(whole)]
      kept <<- kept[seq_along(kept) > whole]
      bytes_text(done)
    },
    end = function() {
      rest <- bytes_text(kept)
      kept <<- raw()
      rest
    }
  )
}

# How many bytes at the front do not end within a character.
complete_bytes <- function(bytes) {
  count <- length(bytes)
  for (back in seq_len(min(3L, count))) {
    byte <- as.integer(bytes[count - back + 1L])
    if (byte < 0x80L) return(count)
    if (byte >= 0xc0L) {
      wanted <- if (byte >= 0xf0L) 4L else if (byte >= 0xe0L) 3L else 2L
      return(if (back < wanted) count - back else count)
    }
  }
  count
}

# R's strings cannot hold U+0000, which console output can.
bytes_text <- function(bytes) {
  if (length(bytes) == 0L) return("")
  bytes[bytes == as.raw(0L)] <- as.raw(0x1aL)
  clean_text(iconv(list(bytes), "UTF-8", "UTF-8", sub = "byte"))
}
