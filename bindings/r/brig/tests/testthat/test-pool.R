test_that("a pool lends fresh sessions", {
  pool <- brig_pool(2)
  withr::defer(pool$close())
  expect_identical(pool$available(), 2L)
  expect_identical(pool$with(function(session) session$eval("x <- 1; x")$value), 1)
  expect_false(pool$eval("exists('x')")$value)
  expect_false(pool$eval("exists('x')")$value)
  expect_identical(pool$available(), 2L)
  expect_output(print(pool), "2 sessions")
})

test_that("a session that was lost is fresh again for the next", {
  pool <- brig_pool(1)
  withr::defer(pool$close())
  expect_error(pool$eval("quit()"), class = "brig_error_exited")
  expect_identical(pool$eval("1 + 1")$value, 2)
  expect_error(pool$with(function(session) pool$eval("1")), "lent")
})

test_that("a closed pool says so", {
  pool <- brig_pool(1)
  pool$close()
  expect_error(pool$eval("1"), "closed")
})

test_that("sessions come and go without a trace", {
  skip_if_not(dir.exists("/proc/self/fd"))
  descriptors <- function() length(list.files("/proc/self/fd"))
  brig_session()$close()
  gc() # sessions that other tests dropped go first
  before <- descriptors()
  for (i in 1:20) brig_session()$close()
  for (i in 1:5) brig_session(wait = FALSE)
  gc()
  expect_identical(descriptors(), before)
})
