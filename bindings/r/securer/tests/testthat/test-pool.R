local_pool <- function(..., frame = parent.frame()) {
  pool <- SecureSessionPool$new(...)
  withr::defer(pool$close(), frame)
  pool
}

test_that("a pool runs code in its sessions, with their tools", {
  pool <- local_pool(size = 2, tools = list(add()))
  expect_identical(pool$size(), 2L)
  expect_identical(pool$available(), 2L)
  expect_identical(pool$execute("add(3, 4)"), 7)
  expect_error(pool$execute("stop('boom')"), "boom")
  expect_error(pool$execute("repeat {}", timeout = 1), "timed out")
  expect_identical(pool$execute("42"), 42)
  expect_identical(pool$status(), list(total = 2L, busy = 0L, idle = 2L, dead = 0L))
  expect_match(format(pool), "size=2 idle=2 busy=0")
  expect_match(paste(capture.output(print(pool), type = "message"), collapse = " "), "Pool size: 2")
})

test_that("variables stay for the next user, or not", {
  kept <- local_pool(size = 1)
  kept$execute("x <- 42")
  expect_identical(kept$execute("x"), 42)
  fresh <- local_pool(size = 1, reset_between_uses = TRUE)
  fresh$execute("x <- 42")
  expect_error(fresh$execute("x"), "not found")
})

test_that("four sessions are the default; there are at least one and at most a hundred", {
  expect_identical(formals(SecureSessionPool$public_methods$initialize)$size, 4L)
  expect_error(SecureSessionPool$new(size = 0), "at least 1")
  expect_error(SecureSessionPool$new(size = 101), "must not exceed 100")
  expect_error(SecureSessionPool$new(size = NA), "at least 1")
})

test_that("a pool whose sessions are all busy says so, at once or after a while", {
  said <- list()
  pool <- local_pool(size = 1, tools = list(securer_tool("again", "Again", function() {
    for (wait in list(NULL, 0.1)) {
      said[[length(said) + 1L]] <<- tryCatch(pool$execute("1", acquire_timeout = wait), error = conditionMessage)
    }
    said[[3L]] <<- format(pool)
    0
  })))
  pool$execute("again()", acquire_timeout = 1)
  expect_identical(said, list("All sessions are busy.", "All sessions are busy.", "<SecureSessionPool> size=1 idle=0 busy=1"))
})

test_that("a dead session is replaced when its turn comes", {
  pool <- local_pool(size = 2)
  session <- pool$.__enclos_env__$private$sessions[[1L]]
  session$close()
  expect_identical(pool$status()$dead, 1L)
  expect_identical(pool$execute("1 + 1"), 2)
  expect_identical(pool$status()$dead, 0L)
})

test_that("a closed pool says so", {
  pool <- SecureSessionPool$new(size = 1)
  pool$close()
  expect_error(pool$execute("1"), "Pool is closed")
  expect_identical(pool$status(), list(total = 0L, busy = 0L, idle = 0L, dead = 0L))
  expect_match(format(pool), "closed")
})
