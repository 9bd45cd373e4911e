# The process that start_provider() starts: Rscript provider.R SCRIPT LOG. Prints its port, answers one
# request after the other in the form of Anthropic's messages, and ends at GET /end, or when nobody
# has asked for so long that its user must be gone.
idle_seconds <- 600
arguments <- commandArgs(trailingOnly = TRUE)
script <- jsonlite::fromJSON(arguments[[1L]], simplifyVector = FALSE)

read_request <- function(link) {
  first <- readLines(link, n = 1L)
  length <- 0L
  repeat {
    header <- readLines(link, n = 1L)
    if (length(header) == 0L || !nzchar(header)) break
    if (grepl("^content-length:", header, ignore.case = TRUE)) length <- as.integer(sub("^[^:]*: *", "", header))
    if (grepl("^expect:", header, ignore.case = TRUE)) writeLines(c("HTTP/1.1 100 Continue", ""), link, sep = "\r\n")
  }
  body <- raw()
  while (length(body) < length) {
    piece <- readBin(link, "raw", length - length(body))
    if (length(piece) == 0L) break
    body <- c(body, piece)
  }
  list(first = first, body = rawToChar(body))
}

text_of <- function(content) {
  if (is.character(content)) return(content)
  paste(unlist(lapply(content, function(part) if (identical(part$type, "text")) part$text)), collapse = "\n")
}

tool_named <- function(tools, part) {
  for (tool in tools) if (grepl(part, paste(tool$name, tool$description), fixed = TRUE)) return(tool$name)
  stop("the chat has no tool: ", part)
}

calls_for <- function(request, text) {
  rule <- Find(function(rule) grepl(rule$asks, text, fixed = TRUE), script)
  lapply(seq_along(rule$calls), function(i) {
    call <- rule$calls[[i]]
    list(type = "tool_use", id = sprintf("call_%d", i), name = tool_named(request$tools, call$tool), input = call$input)
  })
}

answer <- function(request) {
  last <- request$messages[[length(request$messages)]]$content
  results <- Filter(function(part) is.list(part) && identical(part$type, "tool_result"), as.list(last))
  calls <- if (length(results) == 0L) calls_for(request, text_of(last)) else list()
  if (length(calls) > 0L) return(list(content = calls, stop_reason = "tool_use"))
  texts <- vapply(results, function(result) text_of(result$content), "")
  if (length(texts) == 0L) texts <- "I have no tool for that."
  list(content = list(list(type = "text", text = paste(texts, collapse = "\n"))), stop_reason = "end_turn")
}

json <- function(x) enc2utf8(as.character(jsonlite::toJSON(x, auto_unbox = TRUE, null = "null")))

# The same message as the events of a stream, each part in one piece.
stream_of <- function(message) {
  nothing <- stats::setNames(list(), character())
  begun <- replace(message, c("content", "stop_reason"), list(list(), NULL))
  parts <- lapply(seq_along(message$content), function(i) {
    part <- message$content[[i]]
    is_text <- identical(part$type, "text")
    empty <- if (is_text) list(type = "text", text = "") else replace(part, "input", list(nothing))
    delta <- if (is_text) list(type = "text_delta", text = part$text)
    else list(type = "input_json_delta", partial_json = json(part$input))
    list(
      list(type = "content_block_start", index = i - 1L, content_block = empty),
      list(type = "content_block_delta", index = i - 1L, delta = delta),
      list(type = "content_block_stop", index = i - 1L)
    )
  })
  events <- c(
    list(list(type = "message_start", message = begun)), do.call(c, parts),
    list(
      list(type = "message_delta", delta = list(stop_reason = message$stop_reason), usage = message$usage),
      list(type = "message_stop")
    )
  )
  paste(vapply(events, function(event) sprintf("event: %s\ndata: %s\n\n", event$type, json(event)), ""), collapse = "")
}

respond <- function(link, type, body) {
  bytes <- charToRaw(body)
  head <- c("HTTP/1.1 200 OK", paste("Content-Type:", type), paste("Content-Length:", length(bytes)), "Connection: close", "")
  writeBin(c(charToRaw(paste0(head, "\r\n", collapse = "")), bytes), link)
}

listen <- function() {
  for (port in sample(20000:60000, 100L)) {
    server <- tryCatch(serverSocket(port), error = function(e) NULL, warning = function(w) NULL)
    if (!is.null(server)) return(list(socket = server, port = port))
  }
  stop("no port is free")
}

server <- listen()
cat(server$port, "\n", sep = "")
flush(stdout())
repeat {
  link <- socketAccept(server$socket, blocking = TRUE, open = "r+b", timeout = idle_seconds)
  request <- read_request(link)
  if (startsWith(request$first, "GET /end")) break
  cat(request$body, "\n", sep = "", file = arguments[[2L]], append = TRUE)
  message <- list(
    id = "message", type = "message", role = "assistant", model = "scripted",
    usage = list(input_tokens = 1L, output_tokens = 1L)
  )
  request <- jsonlite::fromJSON(request$body, simplifyVector = FALSE)
  message <- c(message, answer(request))
  if (isTRUE(request$stream)) respond(link, "text/event-stream", stream_of(message))
  else respond(link, "application/json", json(message))
  close(link)
}
