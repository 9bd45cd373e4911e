#' Sessions that are ready before they are needed
#'
#' @description
#' Keeps `size` [SecureSession]s open, and runs each piece of code in one that is idle. One that is dead
#' when its turn comes is replaced.
#'
#' @examplesIf brig::brig_is_available()
#' pool <- SecureSessionPool$new(size = 2, reset_between_uses = TRUE)
#' pool$execute("1 + 1")
#' pool$close()
#' @export
SecureSessionPool <- R6::R6Class("SecureSessionPool",
  cloneable = FALSE,
  public = list(
    #' @description Start the sessions; they get ready side by side.
    #' @param size How many, from 1 to 100.
    #' @param tools,sandbox,limits,verbose As in `$new()` of [SecureSession].
    #' @param reset_between_uses Start a session anew after each use? Otherwise code finds the variables
    #'   of code that ran before it.
    initialize = function(size = 4L, tools = list(), sandbox = TRUE, limits = NULL, verbose = FALSE,
                          reset_between_uses = FALSE) {
      size <- as.integer(size)
      if (length(size) != 1L || is.na(size) || size < 1L) {
        cli::cli_abort("{.arg size} must be at least {.val {1L}}, not {.val {size}}.", call = NULL)
      }
      if (size > 100L) cli::cli_abort("{.arg size} must not exceed {.val {100L}}, got {.val {size}}.", call = NULL)
      private$make <- function() {
        PooledSession$new(tools = tools, sandbox = sandbox, limits = limits, verbose = verbose)
      }
      private$resets <- isTRUE(reset_between_uses)
      private$sessions <- lapply(seq_len(size), function(i) private$make())
      private$busy <- rep(FALSE, size)
    },

    #' @description Run code in an idle session.
    #' @param code,timeout As in `$execute()` of [SecureSession].
    #' @param acquire_timeout Seconds to wait for an idle session; `NULL`: do not wait.
    #' @returns As `$execute()` of [SecureSession].
    execute = function(code, timeout = NULL, acquire_timeout = NULL) {
      if (private$closed) cli::cli_abort("Pool is closed.", call = NULL)
      index <- private$acquire()
      until <- Sys.time() + (acquire_timeout %||% 0)
      while (is.null(index) && Sys.time() < until) {
        Sys.sleep(0.05)
        index <- private$acquire()
      }
      if (is.null(index)) cli::cli_abort("All sessions are busy.", call = NULL)
      on.exit(private$release(index))
      private$sessions[[index]]$execute(code, timeout = timeout)
    },

    #' @description How many sessions are there?
    #' @returns One integer.
    size = function() length(private$sessions),

    #' @description How many sessions are idle?
    #' @returns One integer.
    available = function() sum(!private$busy),

    #' @description What the sessions are doing.
    #' @returns A list of `total`, `busy`, `idle` and `dead`.
    status = function() {
      alive <- vapply(private$sessions, function(session) session$is_alive(), NA)
      list(
        total = length(private$sessions), busy = sum(private$busy), idle = sum(!private$busy & alive), dead = sum(!alive)
      )
    },

    #' @description One line about the pool.
    #' @param ... Ignored.
    #' @returns One string.
    format = function(...) {
      if (private$closed) return("<SecureSessionPool> [closed]")
      sprintf("<SecureSessionPool> size=%d idle=%d busy=%d", self$size(), self$available(), sum(private$busy))
    },

    #' @description Print a few lines about the pool.
    #' @param ... Ignored.
    #' @returns The pool, invisibly.
    print = function(...) {
      cli::cli_text("{.cls SecureSessionPool}{if (private$closed) ' [closed]' else ''}")
      if (!private$closed) {
        cli::cli_ul(c("Pool size: {self$size()}", "Active: {sum(private$busy)}", "Idle: {self$available()}"))
      }
      invisible(self)
    },

    #' @description End all sessions.
    #' @returns The pool, invisibly.
    close = function() {
      for (session in private$sessions) session$close()
      private$sessions <- list()
      private$busy <- logical()
      private$closed <- TRUE
      invisible(self)
    }
  ),
  private = list(
    make = NULL,
    sessions = list(),
    busy = logical(),
    resets = FALSE,
    closed = FALSE,

    # The place of a session that was idle and is now busy; NULL if there is none.
    acquire = function() {
      index <- which(!private$busy)
      if (length(index) == 0L) return(NULL)
      index <- index[[1L]]
      if (!private$sessions[[index]]$is_alive()) private$sessions[[index]] <- private$make()
      private$busy[[index]] <- TRUE
      index
    },

    # A session that cannot start anew is replaced: the next user must find nothing of this one.
    release = function(index) {
      if (private$closed) return(invisible())
      session <- private$sessions[[index]]
      if (private$resets) tryCatch(session$restart(), error = function(e) {
        session$close()
        private$sessions[[index]] <- private$make()
      })
      private$busy[[index]] <- FALSE
    }
  )
)

# A session that does not wait for its sandbox when it is made.
PooledSession <- R6::R6Class("SecureSession", inherit = SecureSession, cloneable = FALSE, private = list(waits = FALSE))
