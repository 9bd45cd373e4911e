# A session for one test.
local_session <- function(..., frame = parent.frame()) {
  session <- SecureSession$new(...)
  withr::defer(session$close(), frame)
  session
}

add <- function() {
  securer_tool("add", "Add two numbers", function(a, b) a + b, args = list(a = "numeric", b = "numeric"))
}

run_code <- function() {
  securer_tool("run_code",
    description = "Execute R code in a sandboxed environment.",
    args = list(code = "character"),
    handler = function(code) eval(parse(text = code))
  )
}

# True in the sandbox, false in this process: no other has a workspace there.
is_inside <- "!nzchar(Sys.getenv('SECURER_TEST_SECRET')) && getwd() == '/workspace'"
