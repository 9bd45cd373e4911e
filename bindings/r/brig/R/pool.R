#' Sessions that are ready before they are needed
#'
#' @description
#' A pool keeps `size` sessions open. `$with()` lends one to a function and resets it afterwards, so
#' that no borrower finds anything of another.
#'
#' @examplesIf brig::brig_is_available()
#' pool <- brig_pool(2)
#' pool$eval("1 + 1")$value
#' pool$with(function(session) {
#'   session$eval("x <- 20")
#'   session$eval("x + 1")$value
#' })
#' pool$close()
#' @export
BrigPool <- R6::R6Class("BrigPool",
  cloneable = FALSE,
  public = list(
    #' @description Start the sessions; they get ready side by side.
    #' @param size How many.
    #' @param ... Arguments of `BrigSession$new()` for each.
    initialize = function(size = 2, ...) {
      check_number(size, min = 1)
      private$make <- function(wait) BrigSession$new(..., wait = wait)
      private$idle <- lapply(seq_len(size), function(i) private$make(FALSE))
    },

    #' @description Lend a session to a function.
    #' @param fn `function(session)`.
    #' @returns What `fn` returns.
    with = function(fn) {
      if (private$is_closed) cli::cli_abort("The pool is closed.", call = NULL)
      if (length(private$idle) == 0L) {
        cli::cli_abort("All sessions of the pool are lent: a larger {.arg size} would help.", call = NULL)
      }
      session <- private$idle[[1L]]
      private$idle <- private$idle[-1L]
      on.exit(private$take_back(session))
      fn(session)
    },

    #' @description Evaluate code in a fresh session.
    #' @param ... Arguments of `$eval()` of [BrigSession].
    #' @returns A [brig_result].
    eval = function(...) self$with(function(session) session$eval(...)),

    #' @description How many sessions are idle?
    #' @returns One integer.
    available = function() length(private$idle),

    #' @description End all sessions.
    #' @returns The pool, invisibly.
    close = function() {
      private$is_closed <- TRUE
      for (session in private$idle) session$close()
      private$idle <- list()
      invisible(self)
    },

    #' @description One line about the pool.
    #' @param ... Ignored.
    #' @returns The pool, invisibly.
    print = function(...) {
      cat(sprintf("<BrigPool> %d sessions idle%s\n", length(private$idle), if (private$is_closed) ", closed" else ""))
      invisible(self)
    }
  ),
  private = list(
    make = NULL,
    idle = list(),
    is_closed = FALSE,

    # A session that cannot be reset is replaced.
    take_back = function(session) {
      if (private$is_closed) return(session$close())
      fresh <- tryCatch(session$reset(), error = function(e) {
        session$close()
        private$make(FALSE)
      })
      private$idle <- c(private$idle, list(fresh))
    }
  )
)

#' @rdname BrigPool
#' @param size,... As in `BrigPool$new()`.
#' @returns `brig_pool()`: a `BrigPool`.
#' @export
brig_pool <- function(size = 2, ...) BrigPool$new(size, ...)
