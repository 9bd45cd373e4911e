# What a session puts into its sandbox. These functions run there, from their source: they see base R
# and nothing of this package.

# The value of the code, without R's printing of what is visible.
run_in_sandbox <- function(code) eval(parse(text = code), globalenv())

# Tools are functions of the global environment, whose names cannot be assigned to by mistake, and can
# be called by name. `tools` has the name of each, its name on the wire, and its arguments if known.
# Nothing of this is a wall: what a call may do is decided where it arrives.
start_in_sandbox <- function(tools) {
  find <- function(wire) get(wire, as.environment("tools:brig"), inherits = FALSE)
  call_tool <- function(tool_name, ...) {
    args <- list(...)
    tool <- if (is.character(tool_name) && length(tool_name) == 1L) tools[[tool_name]]
    if (is.null(tool)) stop("Unknown tool: ", format(tool_name), call. = FALSE)
    extra <- setdiff(names(args), unlist(tool$args))
    if (tool$is_closed && length(extra) > 0L) {
      stop(sprintf("Unexpected arguments for tool '%s': '%s'", tool_name, paste(extra, collapse = "', '")), call. = FALSE)
    }
    do.call(find(tool$wire), args, quote = TRUE)
  }
  keep <- function(name, value) {
    if (exists(name, globalenv(), inherits = FALSE)) rm(list = name, envir = globalenv())
    assign(name, value, globalenv())
    lockBinding(name, globalenv())
  }
  keep(".securer_call_tool", call_tool)
  # R has read them; they name nothing of the host, and code for the original expects none.
  Sys.unsetenv(c("R_LIBS", "R_LIBS_USER"))
  for (tool in tools) keep(tool$name, find(tool$wire))
  invisible()
}

sandbox_tools <- function() {
  list(
    brig::brig_tool("securer.run", handler = run_in_sandbox, args = list(code = "string")),
    brig::brig_tool("securer.start", handler = start_in_sandbox, args = list(tools = "value"))
  )
}

# `tools` for start_in_sandbox(), as data.
sandbox_table <- function(tools) {
  lapply(tools, function(tool) {
    list(
      name = tool$name, wire = wire_name(tool$name), args = as.list(names(tool$args)),
      is_closed = !is.null(tool$args)
    )
  })
}
