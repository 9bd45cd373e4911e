#' Sandboxed R code with tools, on Brig
#'
#' The interface of package securer 0.2, so that code written for it runs unchanged; what runs the code
#' is package brig. [SecureSession] is a session, [execute_r()] one for a single piece of code,
#' [SecureSessionPool] several that are ready, [securer_tool()] a function that the code may call, and
#' [as_ellmer_tool()] hands all of it to a chat of package ellmer.
#'
#' What differs, because the sandbox is another one:
#'
#' * Code always runs in the sandbox. `sandbox = FALSE` says so once, and `sandbox = TRUE` is an error
#'   where there is none, never a fallback.
#' * Values come back as data. What has no form as data, such as a fitted model or an environment, is a
#'   [brig::brig_opaque]: its classes and its printed text.
#' * A tool's `handler` runs in the sandbox, its `fn` in this process.
#' * After a timeout the variables are still there if the code could be interrupted. After the loss
#'   of the worker the session has started anew, and the error says so.
#' * No code runs longer than the server's own limit, `timeout = NULL` included: 60 seconds for the
#'   server that a session brings along.
#'
#' @keywords internal
#' @importFrom R6 R6Class
#' @import S7
"_PACKAGE"

`%||%` <- function(x, y) if (is.null(x)) y else x
