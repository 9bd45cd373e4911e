#' A session: R in a sandbox
#'
#' @description
#' Runs code in an R process of its own, behind walls that the kernel enforces; see
#' [brig::BrigSession] for what it is made of. The code can call the session's tools.
#'
#' A session that loses its worker (a limit killed it, it crashed, the code called `quit()`) starts anew
#' with its tools and without its variables; the error of the call says so.
#'
#' Errors of the code are conditions of class `securer_error` and of the classes that package brig gives
#' them, see [brig::brig_result].
#'
#' @examplesIf brig::brig_is_available()
#' session <- SecureSession$new(tools = list(
#'   securer_tool("add", "Add two numbers", function(a, b) a + b,
#'     args = list(a = "numeric", b = "numeric"))
#' ))
#' session$execute("x <- add(2, 3); cat('five\n'); x")
#' session$close()
#' @export
SecureSession <- R6::R6Class("SecureSession",
  cloneable = FALSE,
  public = list(
    #' @description Start a session.
    #' @param tools A list of [securer_tool()]s, or, deprecated, a named list of functions.
    #' @param sandbox The sandbox is always there; `FALSE` is answered by a message, once.
    #' @param limits A named list: `cpu` (seconds of one execution), `memory` (bytes), `fsize` (bytes),
    #'   `nproc`, `nofile`; `stack` (bytes) counts towards `memory`. They only tighten the server's. With
    #'   `sandbox = TRUE`, `NULL` means [default_limits()]; an empty list means the server's alone.
    #' @param verbose Tell by messages what happens?
    #' @param sandbox_strict Accepted, and always in force: without a sandbox there is no session.
    #' @param audit_log Path of a file to which one JSON object a line is appended for what happens.
    #' @param max_executions How often `$execute()` may be called; `NULL`: no limit.
    #' @param pre_execute_hook `function(code)`; if it returns `FALSE`, the code does not run.
    #' @param sanitize_errors Take paths, process ids and hosts out of errors' messages?
    initialize = function(tools = list(), sandbox = FALSE, limits = NULL, verbose = FALSE,
                          sandbox_strict = FALSE, audit_log = NULL, max_executions = NULL,
                          pre_execute_hook = NULL, sanitize_errors = FALSE) {
      if (!missing(sandbox) && isFALSE(sandbox)) tell_once(paste(
        "sandbox = FALSE has no effect: code always runs in the sandbox."
      ))
      check_count(max_executions)
      if (!is.null(pre_execute_hook) && !is.function(pre_execute_hook)) {
        cli::cli_abort("{.arg pre_execute_hook} must be a function, not {.cls {class(pre_execute_hook)}}.", call = NULL)
      }
      if (isTRUE(sandbox) && is.null(limits)) limits <- default_limits()
      private$known <- checked_tools(tools)
      private$limits <- limits
      private$verbose <- isTRUE(verbose)
      private$max_executions <- max_executions
      private$pre_execute_hook <- pre_execute_hook
      private$sanitize_errors <- isTRUE(sanitize_errors)
      if (!is.null(audit_log)) private$audit_entry <- new_audit(audit_log, basename(tempfile("sess_")))
      private$start()
    },

    #' @description Run code.
    #' @param code One string.
    #' @param timeout Seconds until the code is interrupted; at most the server's limit, which `NULL`
    #'   means.
    #' @param validate Parse the code here first?
    #' @param output_handler `function(line)` that gets lines of output as they come; its errors are
    #'   ignored.
    #' @param max_tool_calls How many calls of tools the code may make; `NULL`: the server's limit.
    #' @param max_code_length Longest code, in characters.
    #' @param max_output_lines Most lines to keep; `NULL`: all that the server's limit lets through.
    #' @returns The value of the code, as data. Its attribute `output` has the lines of its output, if
    #'   there are any; its attribute `plots` what it drew, see [brig::brig_save_plot()].
    execute = function(code, timeout = 30, validate = TRUE, output_handler = NULL, max_tool_calls = NULL,
                       max_code_length = 100000L, max_output_lines = NULL) {
      private$check_ready()
      private$check_code(code, validate, max_code_length)
      if (!is.null(output_handler) && !is.function(output_handler)) {
        cli::cli_abort(
          "{.arg output_handler} must be a function or {.val NULL}, not {.cls {class(output_handler)}}.",
          call = NULL
        )
      }
      private$execution_count <- private$execution_count + 1L
      private$max_tool_calls <- max_tool_calls
      private$record("execute_start", code = code)
      private$run(
        "securer.run", list(code = code), timeout, new_lines(output_handler, max_output_lines)
      )
    },

    #' @description Call one of the session's tools: a `handler` in the sandbox, an `fn` here.
    #' @param tool Its name.
    #' @param args A named list of arguments.
    #' @param timeout As in `$execute()`.
    #' @returns As `$execute()`.
    call = function(tool, args = list(), timeout = 30) {
      private$check_ready()
      found <- private$known[[tool]]
      if (is.null(found)) stop("Unknown tool: ", tool, call. = FALSE)
      private$max_tool_calls <- NULL
      if (is.null(found$handler)) return(private$call_function(found, args))
      check_call(found, args)
      private$record("tool_call", tool = tool, args = lapply(args, audit_value))
      private$run(wire_name(tool), args, timeout, new_lines())
    },

    #' @description Add a tool, or replace the one of the same name.
    #' @param tool A [securer_tool()].
    #' @returns The session, invisibly.
    define = function(tool) {
      private$check_ready()
      tool <- checked_tools(list(tool))
      private$brig$define(unname(lapply(tool, brig_tool_of, call = private$call_function)))
      private$known[names(tool)] <- tool
      private$fill_sandbox()
      invisible(self)
    },

    #' @description End the session. It is safe to close twice.
    #' @returns The session, invisibly.
    close = function() {
      if (!is.null(private$brig)) {
        private$record("session_close")
        private$say("Session closed")
        private$brig$close()
        private$brig <- NULL
      }
      invisible(self)
    },

    #' @description Can the session run code?
    #' @returns `TRUE` or `FALSE`.
    is_alive = function() !is.null(private$brig) && private$brig$is_alive(),

    #' @description One line about the session. The process ids of the sandbox mean nothing outside: `pid`
    #'   is always `NA`.
    #' @param ... Ignored.
    #' @returns One string.
    format = function(...) {
      sprintf(
        "<SecureSession> [%s] pid=NA sandbox=enabled tools=%d",
        if (self$is_alive()) "running" else "stopped", length(private$known)
      )
    },

    #' @description Print a few lines about the session.
    #' @param ... Ignored.
    #' @returns The session, invisibly.
    print = function(...) {
      status <- if (self$is_alive()) "running" else "stopped"
      cli::cli_text("{.cls SecureSession}")
      cli::cli_ul(c("Status: {status}", "Tool count: {length(private$known)}", "Sandbox: enabled"))
      invisible(self)
    },

    #' @description The session's tools.
    #' @returns A list, by name, of lists of `name` and `args`.
    tools = function() {
      if (length(private$known) == 0L) return(list())
      lapply(private$known, function(tool) tool[c("name", "args")])
    },

    #' @description Start anew: no variables, the same tools. It works on a closed session, too.
    #' @returns The session, invisibly.
    restart = function() {
      if (private$executing) {
        cli::cli_abort("Cannot restart while an execution is in progress.", call = NULL)
      }
      private$say("Restarting session")
      private$record("session_restart")
      private$renew()
      invisible(self)
    }
  ),
  private = list(
    brig = NULL, # a BrigSession; NULL when closed
    known = list(), # tools by name
    limits = NULL,
    verbose = FALSE,
    max_executions = NULL,
    pre_execute_hook = NULL,
    sanitize_errors = FALSE,
    audit_entry = NULL,
    waits = TRUE, # for the sandbox, when it starts; a pool's sessions start side by side
    is_filled = FALSE, # has the sandbox what start_in_sandbox() puts there?
    executing = FALSE,
    execution_count = 0L,
    max_tool_calls = NULL,
    tool_calls = 0L,
    refusal = NULL, # why this session itself ended the code

    start = function() {
      own <- unname(lapply(private$known, brig_tool_of, call = private$call_function))
      private$is_filled <- FALSE
      private$brig <- brig::brig_session(
        tools = c(sandbox_tools(), own), limits = brig_limits(private$limits), wait = private$waits
      )
      if (private$waits) private$fill_sandbox()
      private$say("Session started (sandbox=true)")
      private$record("session_start", sandbox = TRUE)
    },

    fill_sandbox = function() {
      private$brig$call("securer.start", tools = sandbox_table(private$known), form = "none")
      private$is_filled <- TRUE
    },

    # A new worker if the server still answers, otherwise a new server.
    renew = function() {
      private$is_filled <- FALSE
      alive <- !is.null(private$brig) && tryCatch(
        {
          private$brig$reset()
          TRUE
        },
        error = function(e) FALSE
      )
      if (alive) {
        private$fill_sandbox()
      } else {
        if (!is.null(private$brig)) private$brig$close()
        private$start()
      }
    },

    check_ready = function() {
      if (is.null(private$brig)) cli::cli_abort("Session is not running.", class = "securer_closed", call = NULL)
      if (private$executing) {
        cli::cli_abort(c(
          "{.cls SecureSession} does not support concurrent {.fn execute} calls.",
          i = "Wait for the current execution to complete."
        ), call = NULL)
      }
      if (!private$brig$is_alive()) {
        private$say("Session had ended; it starts anew")
        private$renew()
      }
      if (!private$is_filled) private$fill_sandbox()
    },

    check_code = function(code, validate, max_code_length) {
      if (!is.null(private$max_executions) && private$execution_count >= private$max_executions) {
        cli::cli_abort("Maximum executions ({.val {private$max_executions}}) reached for this session.", call = NULL)
      }
      if (!is.null(private$pre_execute_hook)) {
        answer <- tryCatch(private$pre_execute_hook(code), error = function(e) {
          cli::cli_abort("{.arg pre_execute_hook} error: {conditionMessage(e)}", call = NULL)
        })
        if (isFALSE(answer)) cli::cli_abort("Execution blocked by {.arg pre_execute_hook}.", call = NULL)
      }
      if (!is.character(code) || length(code) != 1L || is.na(code)) {
        stop("`code` must be a single character string", call. = FALSE)
      }
      if (!is.null(max_code_length) && nchar(code) > max_code_length) {
        cli::cli_abort("Code too long ({.val {nchar(code)}} chars, max {.val {as.integer(max_code_length)}}).", call = NULL)
      }
      if (!isTRUE(validate)) return(invisible())
      check <- validate_code(code)
      if (!check$valid) {
        cli::cli_abort(c("Code has a syntax error and was not executed:", x = "{check$error}"), call = NULL)
      }
    }
  )
)
