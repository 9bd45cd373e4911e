#' Sandboxed R as a tool of a chat
#'
#' `as_ellmer_tool()` makes a tool by which the model of an ellmer chat runs R code in a session.
#' `securer_as_ellmer_tool()` with a tool and a session makes a tool of that one; with any other
#' arguments it is the old name of `as_ellmer_tool()`.
#'
#' What the code printed, its value, and its plots as images are what the model gets; an error comes
#' without paths, process ids and hosts.
#'
#' @param session A [SecureSession]; `NULL`: a new one, which ends when the tool is collected. For
#'   `securer_as_ellmer_tool()`: also a [securer_tool()], and then the session is the second argument.
#' @param tools A list of [securer_tool()]s for a new session.
#' @param sandbox,limits As in `$new()` of [SecureSession], for a new session.
#' @param timeout Seconds for one call.
#' @returns An `ellmer::tool()`.
#' @examplesIf brig::brig_is_available() && requireNamespace("ellmer", quietly = TRUE)
#' session <- SecureSession$new(sandbox = TRUE)
#' run <- as_ellmer_tool(session)
#' run("mean(c(1, 5, 3, 7, 2))")
#'
#' square <- securer_tool("square", "The square of a number",
#'   handler = function(x) x^2, args = list(x = "numeric"))
#' securer_as_ellmer_tool(square, session)(3)
#' session$close()
#' @export
as_ellmer_tool <- function(session = NULL, tools = list(), sandbox = TRUE, limits = NULL, timeout = 30) {
  need_ellmer()
  if (is.null(session)) session <- SecureSession$new(tools = tools, sandbox = sandbox, limits = limits)
  ellmer::tool(
    function(code) model_answer(session, function() session$execute(code, timeout = timeout)),
    name = "execute_r_code",
    description = paste(
      "Execute R code in a secure sandbox: an R process without a network, and without files but its own.",
      "Variables stay for the next call. What is printed, the value of the last expression, and plots are returned."
    ),
    arguments = list(code = ellmer::type_string("R code."))
  )
}

#' @rdname as_ellmer_tool
#' @param tool Another way to name the tool.
#' @export
securer_as_ellmer_tool <- function(session = NULL, tools = list(), sandbox = TRUE, limits = NULL, timeout = 30,
                                   tool = NULL) {
  if (S7::S7_inherits(session, securer_tool_class)) {
    tool <- session
    session <- tools
  }
  if (is.null(tool)) {
    lifecycle::deprecate_warn("0.2.0", "securer_as_ellmer_tool()", "as_ellmer_tool()")
    return(as_ellmer_tool(session, tools, sandbox, limits, timeout))
  }
  if (!inherits(session, "SecureSession")) {
    cli::cli_abort("{.arg session} must be a {.cls SecureSession}.", call = NULL)
  }
  need_ellmer()
  session$define(tool)
  chat_tool(tool_record(tool), session, timeout)
}

need_ellmer <- function() {
  if (!requireNamespace("ellmer", quietly = TRUE)) cli::cli_abort("Package {.pkg ellmer} is required.", call = NULL)
}

# A chat's tool with the arguments of ours.
chat_tool <- function(tool, session, timeout) {
  if (is.null(tool$handler)) tell_once(sprintf(
    "The function of tool '%s' runs in this process: give it as `handler` to run it in the sandbox.", tool$name
  ))
  run <- function() {
    here <- environment()
    given <- Filter(function(name) !eval(call("missing", as.name(name)), here), as.character(names(tool$args)))
    args <- mget(given, envir = here)
    model_answer(session, function() session$call(tool$name, with_tables(args, tool$args), timeout))
  }
  formals(run) <- stats::setNames(rep(alist(x = ), length(tool$args)), names(tool$args))
  ellmer::tool(run,
    name = gsub("[^A-Za-z0-9_-]", "_", tool$name),
    description = tool$description,
    arguments = stats::setNames(lapply(tool$args, chat_type), names(tool$args))
  )
}

chat_type <- function(type) {
  switch(if (is.character(type) && length(type) == 1L) type else "",
    numeric = ellmer::type_number(),
    integer = ellmer::type_integer(),
    character = ellmer::type_string(),
    logical = ellmer::type_boolean(),
    list = ellmer::type_from_schema('{"type": "array", "items": {}}'),
    data.frame = ellmer::type_from_schema('{"type": "array", "items": {"type": "object"}, "description": "rows of a table"}'),
    ellmer::type_from_schema("{}")
  )
}

# Models write a table as its rows.
with_tables <- function(args, types) {
  for (name in names(args)) {
    if (identical(types[[name]], "data.frame") && !is.data.frame(args[[name]])) {
      rows <- lapply(args[[name]], function(row) as.data.frame(as.list(row), optional = TRUE))
      args[[name]] <- do.call(rbind, rows)
    }
  }
  args
}

# What the model is told: output, value and plots, or why there are none.
model_answer <- function(session, compute) {
  tryCatch(
    {
      value <- compute()
      output <- attr(value, "output")
      plots <- attr(value, "plots")
      text <- format_tool_result(without_notes(value))
      brig::brig_model_content(paste(c(output, text), collapse = "\n"), plots %||% list())
    },
    securer_closed = function(e) {
      ellmer::ContentToolResult(error = "SecureSession is no longer alive. Create a new tool with as_ellmer_tool().")
    },
    error = function(e) ellmer::ContentToolResult(error = sanitize_error_message(conditionMessage(e)))
  )
}

# The value that the code returned, without what $execute() wrote on it.
without_notes <- function(value) {
  attr(value, "output") <- NULL
  attr(value, "plots") <- NULL
  value
}
