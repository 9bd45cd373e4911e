# Tools: what the code may call.

#' The class of tools
#'
#' An S7 class with the properties `name`, `description`, `fn`, `args` and `handler`. Objects are made
#' with [securer_tool()]; `inherits(tool, "securer_tool")` is true for them.
#'
#' @param name,description,fn,args,handler See [securer_tool()].
#' @returns An object of the class.
#' @examples
#' tool <- securer_tool("add", "Add two numbers", function(a, b) a + b,
#'   args = list(a = "numeric", b = "numeric"))
#' S7::S7_inherits(tool, securer_tool_class)
#' @export
securer_tool_class <- new_class("securer_tool",
  # Without a package's name in it, the class has the name that inherits() is asked for.
  package = NULL,
  properties = list(
    name = class_character,
    description = class_character,
    fn = class_function,
    args = class_list,
    handler = new_property(NULL | class_function, default = NULL)
  )
)

S7::method(format, securer_tool_class) <- function(x, ...) {
  description <- prop(x, "description")
  if (nchar(description) > 60L) description <- paste0(substr(description, 1L, 57L), "...")
  count <- length(prop(x, "args"))
  paste0(
    "<securer_tool>\n  Name: ", prop(x, "name"), "\n  Description: ", description,
    "\n  Args: ", count, if (count == 1L) " arg" else " args",
    "\n  Runs: in ", if (is.null(prop(x, "handler"))) "this process" else "the sandbox"
  )
}

S7::method(print, securer_tool_class) <- function(x, ...) {
  cat(format(x, ...), "\n")
  invisible(x)
}

#' A tool that sandboxed code may call
#'
#' In the sandbox a tool is a function with the tool's name. `fn` runs in this process, with all that
#' it may do; `handler` runs in the sandbox, beside the code, and sees nothing of its environment here.
#'
#' @param name A name as R has them: letters, digits, `.` and `_`.
#' @param description For the language model.
#' @param fn A function that runs here.
#' @param args A named list of the arguments' types: `"numeric"`, `"character"`, `"logical"`,
#'   `"integer"`, `"list"`, `"data.frame"`, or `NULL` for anything. Values of `fn`'s arguments are
#'   checked here before it runs. An empty list: the tool takes no arguments.
#' @param handler In place of `fn`: a function that runs in the sandbox.
#' @returns An object of class [securer_tool_class].
#' @examples
#' securer_tool("population", "Inhabitants of a city",
#'   fn = function(city) c(Bergen = 291940, Oslo = 717710)[[city]],
#'   args = list(city = "character")
#' )
#' securer_tool("run_code", "Evaluate R code",
#'   handler = function(code) eval(parse(text = code)),
#'   args = list(code = "character")
#' )
#' @export
securer_tool <- function(name, description, fn, args = list(), handler = NULL) {
  if (!is.character(name) || length(name) != 1L || !nzchar(name)) {
    cli::cli_abort("{.arg name} must be a non-empty string, not {.cls {class(name)}}.", call = NULL)
  }
  if (!is.character(description) || length(description) != 1L) {
    cli::cli_abort("{.arg description} must be a character string, not {.cls {class(description)}}.", call = NULL)
  }
  if (missing(fn) == is.null(handler)) {
    cli::cli_abort("A tool has either {.arg fn}, which runs here, or {.arg handler}, which runs in the sandbox.", call = NULL)
  }
  if (!is.null(handler)) {
    if (!is.function(handler)) {
      cli::cli_abort("{.arg handler} must be a function, not {.cls {class(handler)}}.", call = NULL)
    }
    # Whoever calls @fn would run in this process what was meant for the sandbox.
    fn <- function(...) stop("this tool runs in the sandbox: call it there", call. = FALSE)
  }
  if (!is.function(fn)) cli::cli_abort("{.arg fn} must be a function, not {.cls {class(fn)}}.", call = NULL)
  if (!is.list(args)) cli::cli_abort("{.arg args} must be a list, not {.cls {class(args)}}.", call = NULL)
  if (!is_identifier(name)) {
    cli::cli_abort("Tool name must be a valid R identifier, not {.val {name}}.", call = NULL)
  }
  bad <- names(args)[!is_identifier(names(args))]
  if (length(bad) > 0L || length(args) != length(names(args))) {
    cli::cli_abort("Argument names must be valid R identifiers: {.val {bad}}.", call = NULL)
  }
  securer_tool_class(name = name, description = description, fn = fn, args = args, handler = handler)
}

is_identifier <- function(x) grepl("^[A-Za-z.][A-Za-z0-9_.]*$", x)

# The tools of a session by name, each a list of name, description, fn, handler and args (NULL: whatever
# the function takes, as in the older form, a named list of functions).
checked_tools <- function(tools) {
  if (is_function_list(tools)) {
    .Deprecated(msg = "Tools as a named list of functions are deprecated: use securer_tool() objects instead.")
    bad <- names(tools)[!is_identifier(names(tools))]
    if (length(bad) > 0L) {
      cli::cli_abort("Legacy tool names must be valid R identifiers: {.val {bad}}.", call = NULL)
    }
    tools <- Map(function(name, fn) list(name = name, description = "", fn = fn), names(tools), tools)
  } else {
    tools <- lapply(tools, tool_record)
  }
  names <- vapply(tools, function(tool) tool$name, "")
  if (anyDuplicated(names)) {
    cli::cli_abort("Duplicate tool names: {.val {unique(names[duplicated(names)])}}.", call = NULL)
  }
  stats::setNames(tools, names)
}

is_function_list <- function(tools) {
  is.list(tools) && length(tools) > 0L && !is.null(names(tools)) &&
    all(vapply(tools, function(tool) is.function(tool) && !S7::S7_inherits(tool), NA))
}

tool_record <- function(tool) {
  if (!S7::S7_inherits(tool, securer_tool_class)) {
    cli::cli_abort("Each tool must be created with {.fn securer_tool}.", call = NULL)
  }
  props(tool, c("name", "description", "fn", "handler", "args"))
}

# Arguments of a call that hostile code, or a model, has chosen.
check_call <- function(tool, args) {
  for (name in intersect(names(args), names(tool$args))) {
    type <- tool$args[[name]]
    is_type <- if (is.character(type) && length(type) == 1L) type_checks[[type]]
    if (!is.null(is_type) && !is_type(args[[name]])) {
      stop(sprintf(
        "Tool '%s': argument '%s' must be %s, got %s", tool$name, name, type, class(args[[name]])[[1L]]
      ), call. = FALSE)
    }
  }
}

type_checks <- list2env(list(
  numeric = is.numeric, character = is.character, logical = is.logical,
  integer = is.integer, list = is.list, data.frame = is.data.frame
), parent = emptyenv())

# A tool as package brig has it; `call` is what runs `fn`, after its checks. On the wire names begin
# with a letter; how the code finds the others is start_sandbox()'s business.
brig_tool_of <- function(tool, call) {
  given <- if (is.null(tool$args)) names(formals(args(tool$fn))) else names(tool$args)
  if ("..." %in% given) {
    cli::cli_abort("Tool {.val {tool$name}} takes {.code ...}: list its arguments with {.fn securer_tool}.", call = NULL)
  }
  args <- stats::setNames(rep(list(list(type = "value", optional = TRUE)), length(given)), given)
  if (is.null(tool$handler)) {
    brig::brig_tool(wire_name(tool$name), tool$description, fn = function(...) call(tool, list(...)), args = args)
  } else {
    brig::brig_tool(wire_name(tool$name), tool$description, handler = tool$handler, args = args)
  }
}

wire_name <- function(name) if (startsWith(name, ".")) paste0("dot", name) else name
