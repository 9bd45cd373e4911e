test_that("execute() returns the value, and the output as an attribute", {
  session <- local_session()
  expect_identical(session$execute("1 + 1"), 2)
  expect_identical(session$execute("x <- 10\ny <- 20\nx + y"), 30)
  result <- session$execute("cat('one\ntwo'); message('three'); TRUE")
  expect_true(result)
  expect_identical(attr(result, "output"), c("one", "twothree"))
  expect_identical(attr(session$execute("print(1:3)"), "output"), "[1] 1 2 3")
})

test_that("execute() sends lines to a handler as they come, and keeps as many as asked", {
  seen <- character()
  result <- local_session()$execute("for (i in 1:5) cat(i, '\n', sep = '')",
    output_handler = function(line) {
      seen[[length(seen) + 1L]] <<- line
      stop("ignored")
    }, max_output_lines = 2
  )
  expect_identical(seen, as.character(1:5))
  expect_identical(attr(result, "output"), c("1", "2"))
  expect_error(local_session()$execute("1", output_handler = "no function"), "output_handler")
})

test_that("execute() raises errors of the code with their class and state, and goes on", {
  session <- local_session()
  failure <- tryCatch(session$execute("x <- 1; stop('boom')"), error = identity)
  expect_s3_class(failure, c("securer_error", "brig_error_runtime"))
  expect_identical(conditionMessage(failure), "boom")
  expect_identical(failure$state, "kept")
  expect_identical(session$execute("x"), 1)
})

test_that("execute() parses the code first, unless told not to", {
  session <- local_session()
  expect_error(session$execute("if (TRUE {"), "syntax error")
  expect_error(session$execute("if (TRUE {", validate = FALSE), class = "securer_error")
  expect_error(session$execute(NA_character_), "single character string")
  expect_error(session$execute("123", max_code_length = 2), "too long")
})

test_that("a timeout ends the code, and the session goes on with its variables", {
  session <- local_session()
  session$execute("x <- 5")
  failure <- tryCatch(session$execute("while (TRUE) {}", timeout = 1), error = identity)
  expect_match(conditionMessage(failure), "timed out after 1 second")
  expect_identical(session$execute("x", timeout = NULL), 5)
})

test_that("the server's limit is the longest timeout, and the error says which it was", {
  session <- local_session()
  own <- session$.__enclos_env__$private
  own$brig$close()
  # It counts as filled: filling may take longer than this limit.
  own$brig <- brig::brig_session(limits = list(deadline_ms = 300), tools = sandbox_tools())
  expect_error(session$execute("repeat {}", timeout = NULL), "timed out after 0.3 seconds")
})

test_that("a lost worker is replaced: tools are there, variables are gone, and the error says so", {
  session <- local_session(tools = list(add()))
  session$execute("x <- 1")
  expect_error(session$execute("quit()"), "started anew")
  expect_true(session$is_alive())
  expect_false(session$execute("exists('x')"))
  expect_identical(session$execute("add(1, 1)"), 2)
})

test_that("a server that is gone is replaced with the next call", {
  session <- local_session(tools = list(add()))
  session$.__enclos_env__$private$brig$close()
  expect_identical(session$execute("add(2, 2)"), 4)
})

test_that("restart() forgets the variables, keeps the tools, and revives a closed session", {
  session <- local_session(tools = list(add()))
  session$execute("x <- 1")
  session$restart()
  expect_false(session$execute("exists('x')"))
  session$close()
  expect_false(session$is_alive())
  expect_error(session$execute("1"), "not running")
  session$restart()
  expect_identical(session$execute("add(1, 2)"), 3)
})

test_that("a session says what it is", {
  session <- local_session(tools = list(add()))
  expect_match(format(session), "[running] pid=NA sandbox=enabled tools=1", fixed = TRUE)
  expect_match(paste(capture.output(print(session), type = "message"), collapse = " "), "SecureSession.*running")
  expect_identical(session$tools(), list(add = list(name = "add", args = list(a = "numeric", b = "numeric"))))
  session$close()
  session$close()
  expect_match(format(session), "stopped")
  expect_identical(local_session()$tools(), list())
})

test_that("sandbox = FALSE runs in the sandbox, and says so once", {
  rm(list = ls(told), envir = told)
  expect_message(session <- SecureSession$new(sandbox = FALSE), "always runs in the sandbox")
  withr::defer(session$close())
  expect_true(session$execute(is_inside))
  expect_no_message(local_session(sandbox = FALSE))
})

test_that("sandbox = TRUE is an error where there is no sandbox", {
  withr::local_envvar(BRIG_SERVER = "/nonexistent/brigd")
  for (sandbox in c(TRUE, FALSE)) expect_error(SecureSession$new(sandbox = sandbox, sandbox_strict = FALSE))
})

test_that("the code gets nothing of this process's environment", {
  withr::local_envvar(SECURER_TEST_SECRET = "leaked", R_LIBS_USER = "/tmp/evil")
  session <- local_session()
  expect_identical(session$execute("Sys.getenv(c('SECURER_TEST_SECRET', 'R_LIBS', 'R_LIBS_USER'), names = FALSE)"), c("", "", ""))
  expect_true(session$execute("nzchar(Sys.getenv('PATH'))"))
})

test_that("limits are the server's, tightened", {
  limits_of <- function(session) session$.__enclos_env__$private$brig$info()$limits
  plain <- limits_of(local_session())
  expect_identical(limits_of(local_session(sandbox = TRUE))$memory_bytes, 536870912L)
  expect_identical(limits_of(local_session(sandbox = TRUE, limits = list())), plain)
  expect_identical(limits_of(local_session(limits = list(cpu = 1e6, stack = 1)))$cpu_ms, plain$cpu_ms)
  expect_error(local_session(limits = list(bogus = 1)), "Unknown limit")
  for (bad in list(0, -1, "ten", c(1, 2), NA_real_)) expect_error(local_session(limits = list(cpu = bad)), "positive number")
  session <- local_session(limits = list(fsize = 1024))
  expect_lte(session$execute("file <- tempfile(); try(writeBin(raw(8192), file)); file.size(file)"), 1024)
})

test_that("executions are counted, asked about, and never nested", {
  session <- local_session(max_executions = 2, pre_execute_hook = function(code) !grepl("system", code))
  expect_error(session$execute("system('whoami')"), "Execution blocked")
  session$execute("1")
  session$execute("1")
  expect_error(session$execute("1"), "Maximum executions (2) reached", fixed = TRUE)
  expect_error(local_session(max_executions = -1), "positive")
  expect_error(local_session(pre_execute_hook = "f"), "function")
  expect_error(local_session(pre_execute_hook = function(code) stop("mine"))$execute("1"), "pre_execute_hook.* error: mine")
  nested <- local_session(tools = list(securer_tool("again", "Again", function() nested$execute("1"))))
  expect_error(nested$execute("again()"), "does not support concurrent")
})

test_that("errors are sanitized on demand", {
  code <- "stop('cannot open /home/me/data.rds of process 12345 at 10.0.0.1:80')"
  expect_error(local_session(sanitize_errors = TRUE)$execute(code), "cannot open [path] of process [pid] at [host]", fixed = TRUE)
  expect_error(local_session()$execute(code), "/home/me/data.rds of process 12345")
  expect_identical(sanitize_error_message(NULL), "Unknown error")
  expect_identical(nchar(sanitize_error_message(strrep("x", 600))), 500L)
})

test_that("verbose sessions tell what happens, others nothing", {
  expect_message(session <- SecureSession$new(tools = list(add()), verbose = TRUE), "[securer] Session started", fixed = TRUE)
  expect_message(session$execute("add(1, 2)"), "Tool call: add(a=1, b=2)", fixed = TRUE)
  expect_message(session$execute("add(1, 2)"), "Tool result: add -> 3", fixed = TRUE)
  expect_message(session$execute("1"), "Execution complete")
  expect_message(try(session$execute("stop('x')"), silent = TRUE), "Execution error: x")
  expect_message(session$close(), "Session closed")
  expect_silent(local_session()$execute("1"))
})

test_that("plots come along", {
  fit <- local_session()$execute("fit <- lm(mpg ~ wt, mtcars); plot(fit$residuals); fit")
  expect_s3_class(fit, "brig_opaque")
  expect_match(format(fit), "Coefficients", all = FALSE)
  file <- withr::local_tempfile(fileext = ".png")
  brig::brig_save_plot(attr(fit, "plots")[[1L]], file)
  expect_identical(readBin(file, "raw", 4L), as.raw(c(0x89, 0x50, 0x4e, 0x47)))
})
