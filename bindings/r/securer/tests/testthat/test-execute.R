test_that("execute_r() runs code in a session of its own", {
  expect_identical(execute_r("1 + 1"), 2)
  expect_identical(execute_r("add(2, 3)", tools = list(add())), 5)
  expect_true(execute_r(is_inside, sandbox = TRUE))
  expect_error(execute_r("stop('boom')"), "boom")
  expect_error(execute_r("if (TRUE {"), "syntax error")
  expect_error(execute_r("if (TRUE {", validate = FALSE), class = "securer_error")
  expect_error(execute_r("repeat {}", timeout = 1), "timed out")
})

test_that("with_secure_session() ends the session however the function ends", {
  lent <- NULL
  keep <- function(session, then) {
    lent <<- session
    session$execute("x <- 10")
    then(session)
  }
  expect_identical(with_secure_session(function(session) keep(session, function(s) s$execute("x * 2"))), 20)
  expect_false(lent$is_alive())
  expect_error(with_secure_session(function(session) keep(session, function(s) stop("mine"))), "mine")
  expect_false(lent$is_alive())
  expect_identical(with_secure_session(function(session) session$execute("add(3, 4)"), tools = list(add()), max_executions = 1), 7)
})

test_that("validate_code() tells whether code is R, and what the sandbox may refuse", {
  for (code in c("1 + 1", "", "  \n ", "mean(c(1, 2))", "my_url(1); subsystem(2)")) {
    expect_identical(validate_code(code), list(valid = TRUE, error = NULL, warnings = character()))
  }
  for (code in c("if (TRUE {", "function(x) {")) {
    result <- validate_code(code)
    expect_false(result$valid)
    expect_match(result$error, "unexpected")
  }
  for (name in refused_calls) {
    expect_match(validate_code(paste0(name, " ('x')"))$warnings, paste0("`", name, "()`"), fixed = TRUE, all = FALSE)
  }
  expect_error(validate_code(NULL), "single")
  expect_error(validate_code(42), "single")
})

test_that("validate_code() runs nothing of the code", {
  file <- withr::local_tempfile()
  validate_code(sprintf("file.create(%s)", deparse(file)))
  expect_false(file.exists(file))
})

test_that("default_limits() has the names, and a session can have them", {
  expect_named(default_limits(), c("cpu", "memory", "fsize", "nproc", "nofile"))
  expect_true(all(unlist(default_limits()) > 0))
  expect_identical(execute_r("1", limits = default_limits()), 1)
})
