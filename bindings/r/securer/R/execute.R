#' Run code in a session of its own
#'
#' `execute_r()` runs one piece of code in a new session; `with_secure_session()` lends a new session to a
#' function. Either way the session ends with the call.
#'
#' @param code One string of R code.
#' @param tools A list of [securer_tool()]s.
#' @param timeout,validate As in `$execute()` of [SecureSession].
#' @param sandbox,limits,verbose,sandbox_strict,audit_log As in `$new()` of [SecureSession].
#' @returns `execute_r()`: what `$execute()` of [SecureSession] returns. `with_secure_session()`: what `fn`
#'   returns.
#' @examplesIf brig::brig_is_available()
#' execute_r("mean(c(1, 5, 3, 7, 2))")
#' @export
execute_r <- function(code, tools = list(), timeout = 30, sandbox = TRUE, limits = NULL, verbose = FALSE,
                      validate = TRUE, sandbox_strict = FALSE, audit_log = NULL) {
  session <- SecureSession$new(
    tools = tools, sandbox = sandbox, limits = limits, verbose = verbose, sandbox_strict = sandbox_strict,
    audit_log = audit_log
  )
  on.exit(session$close())
  session$execute(code, timeout = timeout, validate = validate)
}

#' @rdname execute_r
#' @param fn `function(session)`.
#' @param ... More arguments of `SecureSession$new()`.
#' @examplesIf brig::brig_is_available()
#' with_secure_session(function(session) {
#'   session$execute("x <- 10")
#'   session$execute("x * 2")
#' })
#' @export
with_secure_session <- function(fn, tools = list(), sandbox = TRUE, ...) {
  session <- SecureSession$new(tools = tools, sandbox = sandbox, ...)
  on.exit(session$close())
  fn(session)
}
