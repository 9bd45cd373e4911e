# What a SecureSession does while code runs.

SecureSession$set("private", "run", function(tool, args, timeout, lines) {
  began <- Sys.time()
  private$executing <- TRUE
  private$tool_calls <- 0L
  private$refusal <- NULL
  on.exit(private$executing <- FALSE)
  outcome <- tryCatch(
    private$brig$call(tool, args = args, deadline = timeout, output = lines$take),
    brig_error = identity
  )
  output <- lines$end()
  elapsed <- sprintf("%.2fs", as.numeric(difftime(Sys.time(), began, units = "secs")))
  if (!is.null(private$refusal)) outcome <- refused(private$refusal, outcome)
  if (inherits(outcome, "condition")) private$fail(outcome, timeout, elapsed)
  private$say(sprintf("Execution complete (%s)", elapsed))
  private$record("execute_complete", elapsed = elapsed)
  value <- outcome$value
  if (is.null(value) && length(output) + length(outcome$plots) > 0L) value <- list()
  if (length(output) > 0L) attr(value, "output") <- output
  if (length(outcome$plots) > 0L) attr(value, "plots") <- outcome$plots
  value
})

# The code's failure, as an error of this package; a lost worker is replaced first.
SecureSession$set("private", "fail", function(failure, timeout, elapsed) {
  message <- failure$reason
  if (identical(failure$code, "deadline")) {
    limit <- private$deadline(timeout)
    message <- paste("Execution timed out after", if (limit == 1) "1 second" else paste(limit, "seconds"))
    private$say(message)
    private$record("execute_timeout", timeout_secs = limit)
  } else {
    private$say(sprintf("Execution error: %s (%s)", message, elapsed))
    private$record("execute_error", error = message, elapsed = elapsed)
  }
  if (!identical(failure$state, "kept")) {
    private$renew()
    message <- paste0(message, "\nThe session has started anew: all variables are gone.")
  }
  if (private$sanitize_errors) message <- sanitize_error_message(message)
  failure$message <- message
  class(failure) <- c("securer_error", class(failure))
  stop(failure)
})

# Seconds after which the code was interrupted: the caller's, or the server's if they are fewer.
SecureSession$set("private", "deadline", function(timeout) {
  limit <- tryCatch(private$brig$info()$limits$deadline_ms / 1000, error = function(e) NULL)
  min(timeout, limit)
})

# A tool's function, called by the code in the sandbox or by whoever calls $call().
SecureSession$set("private", "call_function", function(tool, args) {
  private$tool_calls <- private$tool_calls + 1L
  if (private$tool_calls > (private$max_tool_calls %||% Inf)) {
    private$refusal <- sprintf("Maximum tool calls (%d) exceeded", as.integer(private$max_tool_calls))
    private$brig$cancel()
    stop(private$refusal, call. = FALSE)
  }
  shown <- sprintf("%s=%s", names(args) %||% character(), vapply(args, short_text, ""))
  private$say(sprintf("Tool call: %s(%s)", tool$name, paste(shown, collapse = ", ")))
  private$record("tool_call", tool = tool$name, args = lapply(args, audit_value))
  began <- Sys.time()
  tell <- function(result, error = NULL) {
    elapsed <- as.numeric(difftime(Sys.time(), began, units = "secs"))
    summary <- if (is.null(error)) short_text(result)
    private$say(sprintf("Tool result: %s -> %s (%.2fs)", tool$name, summary %||% paste("error:", error), elapsed))
    private$record("tool_result",
      tool = tool$name, error = error, result_summary = summary, elapsed_secs = elapsed
    )
  }
  result <- tryCatch(
    {
      check_call(tool, args)
      do.call(tool$fn, args, quote = TRUE)
    },
    error = function(e) {
      message <- sanitize_error_message(conditionMessage(e))
      tell(error = message)
      stop(message, call. = FALSE)
    }
  )
  tell(result)
  result
})

SecureSession$set("private", "say", function(text) {
  if (private$verbose) message("[securer] ", text)
})

SecureSession$set("private", "record", function(event, ...) {
  if (!is.null(private$audit_entry)) private$audit_entry(event, ...)
})

# The failure of code that this session ended by itself, whatever the code made of it.
refused <- function(reason, outcome) {
  if (!inherits(outcome, "condition")) outcome <- simpleError(reason)
  outcome$reason <- reason
  outcome$code <- "budget"
  outcome$state <- outcome$state %||% "kept"
  outcome
}

short_text <- function(value) paste(as.character(audit_value(value)), collapse = " ")

check_count <- function(max_executions) {
  if (is.null(max_executions)) return(invisible())
  if (!is.numeric(max_executions) || length(max_executions) != 1L || is.na(max_executions) || max_executions <= 0) {
    cli::cli_abort("{.arg max_executions} must be a single positive number, not {.val {max_executions}}.", call = NULL)
  }
}

told <- new.env(parent = emptyenv())

tell_once <- function(text) {
  if (!is.null(told[[text]])) return(invisible())
  assign(text, TRUE, told)
  message("[securer] ", text)
}
