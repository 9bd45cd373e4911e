# A provider of language models on loopback that plays a script, for ellmer's own chat class and HTTP
# code. `script` is a list of rules, list(asks =, calls =): if the user's text matches `asks`, the
# answer is the calls, each a list of `tool` (a part of its name or description) and `input`. To the
# calls' results the answer is their text.
start_provider <- function(script, program = testthat::test_path("provider.R")) {
  file <- tempfile(fileext = ".json")
  log <- tempfile(fileext = ".jsonl")
  writeLines(jsonlite::toJSON(script, auto_unbox = TRUE), file)
  out <- pipe(paste(shQuote(file.path(R.home("bin"), "Rscript")), "--vanilla", shQuote(program), shQuote(file), shQuote(log)), "r")
  port <- readLines(out, n = 1L)
  list(
    url = sprintf("http://127.0.0.1:%s/v1", port),
    requests = function() lapply(readLines(log), jsonlite::fromJSON, simplifyVector = FALSE),
    stop = function() {
      link <- socketConnection("127.0.0.1", as.integer(port), open = "r+b", timeout = 60)
      writeLines(c("GET /end HTTP/1.1", ""), link, sep = "\r\n")
      close(link)
      close(out) # waits for its end
      unlink(c(file, log))
    }
  )
}

# Where ellmer's chat_anthropic() looks for its service, for one test.
local_provider <- function(script, frame = parent.frame()) {
  provider <- start_provider(script)
  withr::defer(provider$stop(), frame)
  withr::local_envvar(ANTHROPIC_BASE_URL = provider$url, ANTHROPIC_API_KEY = "none", .local_envir = frame)
  provider
}
