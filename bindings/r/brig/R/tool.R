#' A tool that sandboxed code may call
#'
#' In the sandbox a tool is an R function with the tool's name. Either `fn` runs here, in the host,
#' with all that this process may do; or `handler` runs in the sandbox beside the code, and is
#' nothing but code that comes with the session.
#'
#' @param name Letters, digits, `_`, `.` and `-`; the first is a letter; at most 64.
#' @param description For the language model.
#' @param fn A function of the host. Its arguments arrive as data that fit `args`.
#' @param handler A function, or its source as one string, that is evaluated in the sandbox. It sees
#'   nothing of its environment here.
#' @param args The arguments: a named list. Each is a type name (`"number"`, `"integer"`,
#'   `"string"`, `"boolean"`, `"array"`, `"object"`, or `"value"` for every R value), or a JSON schema
#'   as a list. Default: the formals of the function, each a `"value"`, those with a default optional.
#' @param errors With `"message"` the code sees the message of an error in `fn`; with `"generic"` it
#'   sees only that the tool failed, unless the error was made by [brig_tool_stop()].
#' @param simplify Do lists of numbers or strings that `fn` returns become vectors in the sandbox?
#' @returns An object of class `brig_tool`, for [BrigSession].
#' @examples
#' brig_tool(
#'   "population", "Inhabitants of a city",
#'   fn = function(city) c(Bergen = 291940, Oslo = 717710)[[city]],
#'   args = list(city = "string")
#' )
#' brig_tool("square", "The square of a number", handler = function(x) x^2)
#' @export
brig_tool <- function(name, description = "", fn = NULL, handler = NULL, args = NULL,
                      errors = c("message", "generic"), simplify = TRUE) {
  check_string(name)
  if (!grepl("^[A-Za-z][A-Za-z0-9_.-]{0,63}$", name)) {
    cli::cli_abort("{.val {name}} is not a name for a tool.", call = NULL)
  }
  if (is.null(fn) == is.null(handler)) {
    cli::cli_abort("A tool has either {.arg fn}, which runs here, or {.arg handler}, which runs in the sandbox.", call = NULL)
  }
  check_flag(simplify)
  source <- if (is.null(handler)) NULL else handler_source(handler)
  if (!is.null(fn)) fn <- match.fun(fn)
  structure(
    class = "brig_tool",
    list(
      name = name,
      description = paste(description, collapse = "\n"),
      fn = fn,
      code = source,
      args = tool_args(args, if (is.null(fn)) handler else fn),
      errors = match.arg(errors),
      simplify = simplify
    )
  )
}

handler_source <- function(handler) {
  if (is.function(handler)) return(paste(deparse(handler, control = c("keepNA", "keepInteger", "digits17")), collapse = "\n"))
  check_string(handler, "handler")
  handler
}

tool_args <- function(args, fn) {
  if (!is.null(args)) return(lapply(check_named(args, "args"), arg_schema))
  if (!is.function(fn)) return(list())
  given <- formals(args(fn))
  if ("..." %in% names(given)) {
    cli::cli_abort("A tool's arguments have names: list them in {.arg args} in place of {.code ...}.", call = NULL)
  }
  lapply(given, function(default) {
    list(type = "value", optional = !identical(default, quote(expr = )))
  })
}

arg_schema <- function(schema) {
  aliases <- c(numeric = "number", double = "number", character = "string", logical = "boolean",
               list = "array", any = "value", data.frame = "value")
  if (is.character(schema) && length(schema) == 1L) schema <- list(type = schema)
  if (!is.list(schema)) cli::cli_abort("An argument is a type name or a JSON schema as a list.", call = NULL)
  if (is.character(schema$type) && length(schema$type) == 1L && schema$type %in% names(aliases)) {
    schema$type <- aliases[[schema$type]]
  }
  schema
}

# The object schema of all arguments, with data of the wire's own types only.
tool_schema <- function(tool) {
  optional <- vapply(tool$args, function(arg) isTRUE(arg$optional) || isFALSE(arg$required), NA)
  properties <- lapply(tool$args, function(arg) schema_data(arg[setdiff(names(arg), c("optional", if (is.logical(arg$required)) "required"))]))
  schema <- list(type = "object", properties = named_list(properties), additionalProperties = FALSE)
  if (!all(optional)) schema$required <- as.list(names(tool$args)[!optional])
  schema
}

# list() is an array on the wire; an empty map has a (zero-length) names attribute.
named_list <- function(x) {
  if (length(x) == 0L) structure(list(), names = character()) else x
}

# In a schema a vector is an array, except where the keyword takes one value.
schema_data <- function(schema) {
  arrays <- c("required", "enum", "examples")
  for (key in names(schema)) {
    part <- schema[[key]]
    if (key %in% arrays) schema[[key]] <- as.list(unname(part))
    else if (key == "properties") schema[[key]] <- named_list(lapply(part, schema_data))
    else if (is.list(part) && !is.null(names(part))) schema[[key]] <- schema_data(part)
    else if (length(part) > 1L) schema[[key]] <- as.list(unname(part))
  }
  named_list(schema)
}

# Arguments as a function of R wants them: where the schema has JSON's types, arrays of numbers, of texts
# or of booleans are vectors. A "value" is what the code passed: its lists are lists.
shaped_args <- function(tool, args) {
  for (name in names(args)) {
    if (!identical(tool$args[[name]]$type, "value")) args[name] <- list(shaped(args[[name]]))
  }
  args
}

shaped <- function(x) {
  if (!is.list(x) || is.object(x)) return(x)
  x <- lapply(x, shaped)
  kinds <- vapply(x, kind_of_scalar, "")
  known <- unique(kinds[kinds != "missing"])
  if (!is.null(names(x)) || length(known) != 1L || known == "other") return(x)
  x[kinds == "missing"] <- NA
  unlist(x)
}

kind_of_scalar <- function(x) {
  if (is.null(x)) return("missing")
  if (length(x) != 1L || is.object(x) || !is.null(attributes(x))) return("other")
  if (is.numeric(x)) "number" else if (is.character(x)) "text" else if (is.logical(x)) "boolean" else "other"
}

declare_tool <- function(tool) {
  if (!inherits(tool, "brig_tool")) {
    cli::cli_abort("A session's tools are made with {.fn brig_tool}.", call = NULL)
  }
  list(
    name = tool$name, description = tool$description, code = tool$code, simplify = tool$simplify,
    schema = .Call(C_encode, tool_schema(tool))
  )
}

#' @export
print.brig_tool <- function(x, ...) {
  where <- if (is.null(x$fn)) "runs in the sandbox" else "runs in the host"
  cat(sprintf("<brig_tool> %s(%s), %s\n", x$name, paste(names(x$args), collapse = ", "), where))
  if (nzchar(x$description)) cat(x$description, "\n", sep = "")
  invisible(x)
}
