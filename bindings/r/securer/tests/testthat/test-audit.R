entries_of <- function(path) lapply(readLines(path), jsonlite::fromJSON)
events_of <- function(path) vapply(entries_of(path), function(entry) entry$event, "")

test_that("the audit log has an entry for all that happens", {
  path <- withr::local_tempfile(fileext = ".jsonl")
  session <- SecureSession$new(tools = list(add()), audit_log = path)
  session$execute("add(2, 3)")
  try(session$execute("stop('boom')"), silent = TRUE)
  try(session$execute("repeat {}", timeout = 1), silent = TRUE)
  session$restart()
  session$close()
  expect_identical(events_of(path), c(
    "session_start", "execute_start", "tool_call", "tool_result", "execute_complete", "execute_start",
    "execute_error", "execute_start", "execute_timeout", "session_restart", "session_close"
  ))
  entries <- entries_of(path)
  expect_identical(entries[[2L]]$code, "add(2, 3)")
  expect_identical(entries[[3L]]$args, list(a = 2L, b = 3L))
  expect_identical(entries[[4L]]$result_summary, "5")
  expect_identical(entries[[7L]]$error, "boom")
  expect_identical(entries[[9L]]$timeout_secs, 1L)
  expect_length(unique(vapply(entries, function(entry) entry$session_id, "")), 1L)
  expect_match(vapply(entries, function(entry) entry$timestamp, ""), "^\\d{4}-\\d\\d-\\d\\dT.*Z$")
  expect_identical(format(file.mode(path)), "600")
})

test_that("execute_r() hands the audit log on", {
  path <- withr::local_tempfile(fileext = ".jsonl")
  execute_r("1 + 1", audit_log = path)
  expect_identical(events_of(path), c("session_start", "execute_start", "execute_complete", "session_close"))
})

test_that("long code is cut in the log, and what code says cannot make a line of its own", {
  path <- withr::local_tempfile(fileext = ".jsonl")
  session <- local_session(audit_log = path)
  session$execute(paste(rep("1", 15000), collapse = "\n"))
  try(session$execute("stop('a\n{\"event\":\"forged\"}')"), silent = TRUE)
  expect_match(entries_of(path)[[2L]]$code, "truncated")
  expect_false("forged" %in% events_of(path))
})

test_that("arguments that are no data are logged as text", {
  path <- withr::local_tempfile(fileext = ".jsonl")
  session <- local_session(audit_log = path, tools = list(securer_tool("take", "Take", function(x) lm, args = list(x = NULL))))
  session$execute("take(function() 1); take(mtcars); take(1i); take(as.raw(1)); take(NULL)")
  expect_length(entries_of(path), 13L)
})

test_that("the log is a plain file, or there is no session", {
  directory <- withr::local_tempdir()
  target <- file.path(directory, "real.jsonl")
  link <- file.path(directory, "link.jsonl")
  file.symlink(target, link)
  expect_error(SecureSession$new(audit_log = link), "symlink")
  file.create(target)
  expect_error(SecureSession$new(audit_log = link), "symlink")
  for (path in c("/dev/null", "/dev/stderr", "/dev/../dev/null")) {
    expect_error(SecureSession$new(audit_log = path), "device file")
  }
  for (path in list("", NA_character_, 1, c("a", "b"))) expect_error(SecureSession$new(audit_log = path), "non-empty")
})
