# One session for the tests that leave it as it was; a lost one is a failure of its own.
shared <- new.env()
shared_session <- function() {
  if (is.null(shared$session)) {
    shared$session <- brig_session()
    withr_defer(shared$session$close())
  }
  shared$session
}
withr_defer <- function(expr) withr::defer(expr, testthat::teardown_env())

# A session for one test.
local_brig_session <- function(..., frame = parent.frame()) {
  session <- brig_session(...)
  withr::defer(session$close(), frame)
  session
}

value_of <- function(code, ...) shared_session()$eval(code, ...)$value
failure_of <- function(code, session = shared_session(), ...) {
  tryCatch(session$eval(code, ...), brig_error = identity)
}
