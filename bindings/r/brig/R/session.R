#' A session: an R process in a sandbox
#'
#' @description
#' Starts when it is made and ends with `$close()`, or when it is collected. By default it brings a
#' server of its own along; give `address` to use one that listens. Each session has its own
#' variables, files and limits; nothing is shared between sessions.
#'
#' Ctrl-C while code runs interrupts the code in the sandbox and keeps the session.
#'
#' If the worker is lost (killed by a limit, crashed, `quit()`), the call ends with an error whose
#' `state` is `"lost"`, and later calls end with `brig_error_stale` until you call `$reset()`.
#'
#' @examplesIf brig::brig_is_available()
#' session <- BrigSession$new(tools = list(
#'   brig_tool("population", "Inhabitants of a city",
#'     fn = function(city) c(Bergen = 291940, Oslo = 717710)[[city]],
#'     args = list(city = "string")
#'   )
#' ))
#' session$eval("x <- population('Oslo')")
#' session$eval("x / 2")$value
#' try(session$eval("readLines('/etc/shadow')"))
#' session$close()
#' @export
BrigSession <- R6::R6Class("BrigSession",
  cloneable = FALSE,
  public = list(
    #' @description Start a session.
    #' @param tools A list of [brig_tool()]s.
    #' @param profile Name of the server's profile: `"standard"` (no programs), `"tools"` (programs
    #'   of a minimal system), `"strict"`, or one of its operator's.
    #' @param limits Tighter limits than the profile's, by name: `deadline_ms`, `cpu_ms`,
    #'   `memory_bytes`, `output_bytes` and so on; see `$info()$limits`.
    #' @param require What the sandbox must at least be, by effect, such as `list(level = "full")`;
    #'   otherwise the session is denied.
    #' @param env Environment variables that the profile lets a client set.
    #' @param seed One integer for reproducible random numbers; default: from the kernel.
    #' @param input `function(prompt)` that answers when code reads a line from standard input;
    #'   `NULL` from it, or no function, is the end of input.
    #' @param output Where output goes while code runs: `"console"`, `"none"`, or a
    #'   `function(kind, text)`. `kind` is `"stdout"`, `"stderr"`, `"message"`, `"warning"`, `"violation"`,
    #'   `"truncated"`, `"progress"`, or `"plot"`, for which `text` is a `brig_plot`.
    #' @param address For a listening server: `list(socket =, key_file =)`, and for the keyed suite
    #'   also `server_public_file`. Default: a private server.
    #' @param server Path of the program `brigd`; default: `BRIG_SERVER`, then where Brig was
    #'   installed, then `PATH`.
    #' @param wait Wait until the worker runs? Otherwise the first call does; see [brig_pool()].
    initialize = function(tools = list(), profile = NULL, limits = list(), require = list(),
                          env = list(), seed = NULL, input = NULL, output = "none", address = NULL,
                          server = NULL, wait = TRUE) {
      check_string(profile, "profile", null = TRUE)
      check_number(seed, "seed", null = TRUE, min = -2^53)
      check_string(server, "server", null = TRUE)
      check_flag(wait)
      private$show <- output_function(output)
      private$input <- if (is.null(input)) NULL else match.fun(input)
      private$add_tools(tools)
      request <- list(
        profile = profile, seed = seed, input = private$input, tools = lapply(unname(tools), declare_tool),
        limits = check_limits(limits),
        require = lapply(check_named(require, "require"), setting_text),
        env = lapply(check_named(env, "env"), setting_text)
      )
      private$handle <- .Call(C_new, paste0("R package brig ", utils::packageVersion("brig")))
      if (is.null(address)) raise(.Call(C_start, private$handle, server))
      else raise(.Call(C_connect, private$handle, address))
      private$opening <- private$begun(.Call(C_open, private$handle, request))
      if (wait) private$finish_opening()
    },

    #' @description Evaluate code.
    #' @param code R code, as one string or as lines.
    #' @param args A named list of values to bind to variables first.
    #' @param deadline Seconds until the code is interrupted; default: the session's limit.
    #' @param form `"full"`, `"plain"` (lists and scalars as JSON has them), `"text"` or `"none"`.
    #' @param output As in `$new()`, for this call.
    #' @returns A [brig_result], invisibly if the value is invisible.
    eval = function(code, args = list(), deadline = NULL, form = c("full", "plain", "text", "none"),
                    output = NULL) {
      if (!is.character(code) || anyNA(code)) {
        cli::cli_abort("{.arg code} must be text.", call = NULL)
      }
      private$run(
        list(code = enc2utf8(paste(code, collapse = "\n"))), args, deadline, match.arg(form), output
      )
    },

    #' @description Call a tool that lives in the sandbox.
    #' @param tool Its name.
    #' @param ... Its arguments, by name.
    #' @param args More arguments, as a list: those that are named like a parameter here.
    #' @param deadline,form,output As in `$eval()`.
    #' @returns A [brig_result].
    call = function(tool, ..., args = list(), deadline = NULL, form = c("full", "plain", "text", "none"),
                    output = NULL) {
      check_string(tool)
      private$run(list(tool = tool), c(list(...), args), deadline, match.arg(form), output)
    },

    #' @description Add tools, or replace those of the same name.
    #' @param ... [brig_tool()]s, or one list of them.
    #' @returns The session, invisibly.
    define = function(...) {
      tools <- list(...)
      if (length(tools) == 1L && !inherits(tools[[1L]], "brig_tool")) tools <- tools[[1L]]
      private$finish_opening()
      raise(.Call(C_define, private$handle, lapply(unname(tools), declare_tool)))
      private$add_tools(tools)
      invisible(self)
    },

    #' @description Write a file of the workspace, which is the code's working directory.
    #' @param path Relative to the workspace.
    #' @param data A raw vector, or lines of text.
    #' @param file In place of `data`: a file here to copy.
    #' @returns The session, invisibly.
    put = function(path, data = NULL, file = NULL) {
      check_string(path)
      if (is.null(data) == is.null(file)) {
        cli::cli_abort("Give either {.arg data} or {.arg file}.", call = NULL)
      }
      if (!is.null(file)) data <- readBin(file, "raw", file.size(file))
      if (is.character(data)) data <- charToRaw(enc2utf8(paste0(data, "\n", collapse = "")))
      if (!is.raw(data)) cli::cli_abort("{.arg data} must be raw or text.", call = NULL)
      private$finish_opening()
      raise(.Call(C_put, private$handle, path, data))
      invisible(self)
    },

    #' @description Read a file of the workspace.
    #' @param path Relative to the workspace.
    #' @param file Where to write it; default: nowhere.
    #' @param limit Largest file to take, in bytes.
    #' @returns A raw vector; with `file`, its path.
    get = function(path, file = NULL, limit = 67108864) {
      check_string(path)
      check_number(limit)
      private$finish_opening()
      data <- .Call(C_get, private$handle, path, limit)
      if (is.list(data)) raise(data)
      if (is.null(file)) return(data)
      writeBin(data, file)
      invisible(file)
    },

    #' @description List files of the workspace.
    #' @param path A directory in it; default: all.
    #' @returns A data frame of `path`, `type`, `size` in bytes and `modified`.
    list = function(path = NULL) {
      check_string(path, null = TRUE)
      answer <- private$ask("list", path)
      files <- answer$files
      field <- function(name, type) vapply(files, function(file) file[[name]], type)
      data.frame(
        path = clean_text(field("path", "")), type = field("type", ""), size = field("size", 0),
        modified = structure(field("modified_ms", 0) / 1000, class = c("POSIXct", "POSIXt"))
      )
    },

    #' @description Replace the worker by a new one: no variables, an empty workspace.
    #' @returns The session, invisibly.
    reset = function() {
      private$ask("reset")
      invisible(self)
    },

    #' @description Interrupt the code that runs, from an output function or a tool. Its call ends with
    #'   `brig_error_cancelled`.
    #' @returns The session, invisibly.
    cancel = function() {
      .Call(C_interrupt, private$handle)
      invisible(self)
    },

    #' @description What the session is: `engine`, `sandbox` (the walls in force), `limits`, `state`,
    #'   `generation`, `tools`.
    #' @returns A list.
    info = function() private$ask("info"),

    #' @description The session's tools.
    #' @returns A list of [brig_tool()]s.
    tools = function() unname(private$hosted),

    #' @description Does the session still answer?
    #' @returns `TRUE` or `FALSE`.
    is_alive = function() {
      if (is.null(private$handle) || !.Call(C_is_open, private$handle)) return(FALSE)
      tryCatch(
        {
          private$ask("ping")
          TRUE
        },
        error = function(e) FALSE
      )
    },

    #' @description End the session and everything in it. It is safe to close twice.
    #' @returns The session, invisibly.
    close = function() {
      if (!is.null(private$handle)) .Call(C_close, private$handle)
      invisible(self)
    },

    #' @description One line about the session.
    #' @param ... Ignored.
    #' @returns The session, invisibly.
    print = function(...) {
      if (is.null(private$handle) || !.Call(C_is_open, private$handle)) {
        cat("<BrigSession, closed>\n")
        return(invisible(self))
      }
      info <- self$info()
      cat(sprintf(
        "<BrigSession> %s %s, sandbox %s, generation %d, %s\n", info$engine$name, info$engine$version,
        info$sandbox$level, as.integer(info$generation), info$state
      ))
      if (length(private$hosted) > 0L) cat("tools:", paste(sort(names(private$hosted)), collapse = ", "), "\n")
      invisible(self)
    }
  ),
  private = list(
    handle = NULL,
    hosted = list(), # tools by name
    show = NULL,
    input = NULL,
    opening = NULL, # id of brig.open while it has not been answered
    is_running = FALSE,

    add_tools = function(tools) {
      for (tool in tools) private$hosted[[tool$name]] <- tool
    },

    # An id, or a failure.
    begun = function(answer) {
      if (is.list(answer)) raise(answer)
      answer
    },

    finish_opening = function() {
      id <- private$opening
      if (is.null(id)) return(invisible())
      end <- private$wait(id, function(item) NULL)
      private$opening <- NULL
      raise(end$error)
      invisible()
    },

    ask = function(procedure, path = NULL) {
      private$finish_opening()
      answer <- .Call(C_ask, private$handle, procedure, path)
      raise(answer$error)
      answer$value
    },

    run = function(request, args, deadline, form, output) {
      check_number(deadline, "deadline", null = TRUE, min = 0.001)
      private$finish_opening()
      request$args <- check_named(args, "args")
      request$form <- form
      request$deadline_ms <- if (is.null(deadline)) NULL else ceiling(1000 * deadline)
      collector <- new_collector(if (is.null(output)) private$show else output_function(output))
      id <- private$begun(.Call(C_run, private$handle, request))
      end <- private$wait(id, collector$take)
      if (!is.null(end$error)) {
        failure <- new_failure(end$error)
        failure$result <- collector$result(NULL, end$error$data)
        stop(failure)
      }
      if (!is.null(end$value[[2L]])) {
        stop(new_failure(list(
          status = "BRIG_OK", code = "value", class = "fix", state = "kept", generation = NA_real_,
          message = paste("R cannot hold the result:", end$value[[2L]]), data = NULL
        )))
      }
      result <- collector$result(end$value[[1L]], end$meta)
      if (result$visible) result else invisible(result)
    },

    # Serve the session until call `id` has ended. Whatever makes this stop early (an error in an
    # output function, an interrupt) first ends the call in the sandbox, and then goes on here.
    wait = function(id, on_event) {
      failure <- NULL
      end <- NULL
      give_up <- function(condition) {
        if (is.null(failure)) .Call(C_interrupt, private$handle)
        failure <<- condition
      }
      while (is.null(end)) {
        items <- tryCatch(.Call(C_step, private$handle, 1000L), interrupt = function(condition) {
          give_up(condition)
          list()
        })
        for (item in items) {
          if (identical(item$kind, "end")) {
            if (identical(item$id, id)) end <- item
          } else {
            tryCatch(
              private$serve(item, on_event),
              error = give_up, interrupt = give_up
            )
          }
        }
      }
      if (!is.null(failure)) private$resignal(failure)
      end
    },

    serve = function(item, on_event) {
      switch(item$kind,
        tool = private$answer(item, function(args) private$call_tool(item, args)),
        input = private$answer(item, function(args) private$input(clean_text(args$prompt))),
        on_event(item)
      )
    },

    resignal = function(condition) {
      if (!inherits(condition, "interrupt")) stop(condition)
      signalCondition(condition)
      invokeRestart("abort")
    },

    call_tool = function(item, args) {
      tool <- private$hosted[[item$name]]
      if (is.null(tool$fn)) brig_tool_stop("no such tool")
      do.call(tool$fn, shaped_args(tool, args), quote = TRUE)
    },

    # Exactly one answer, whatever the function does.
    answer = function(item, compute) {
      answered <- FALSE
      refuse <- function(code, message) {
        answered <<- TRUE
        .Call(C_fail, private$handle, item$call, code, enc2utf8(message))
      }
      on.exit(if (!answered) refuse("cancelled", "the host was interrupted"))
      failure <- tryCatch(
        {
          if (!is.null(item$args[[2L]])) brig_tool_stop(item$args[[2L]], "bad_arguments")
          value <- compute(item$args[[1L]])
          .Call(C_answer, private$handle, item$call, value)
          answered <- TRUE
          NULL
        },
        error = identity
      )
      if (is.null(failure)) return(invisible())
      if (inherits(failure, "brig_tool_failure")) refuse(failure$code, failure$message)
      else if (identical(private$hosted[[item$name]]$errors, "generic")) refuse("tool", "the tool failed")
      else refuse("tool", conditionMessage(failure))
      invisible()
    }
  )
)

#' @rdname BrigSession
#' @param ... For `brig_session()`: arguments of `BrigSession$new()`.
#' @returns `brig_session()`: a `BrigSession`.
#' @export
brig_session <- function(...) BrigSession$new(...)

setting_text <- function(value) {
  if (is.logical(value)) tolower(as.character(value)) else as.character(value)
}

output_function <- function(output) {
  if (is.function(output)) return(output)
  if (identical(output, "none")) return(NULL)
  if (identical(output, "console")) return(show_on_console)
  cli::cli_abort("{.arg output} must be {.val console}, {.val none} or a function.", call = NULL)
}

show_on_console <- function(kind, text) {
  switch(kind,
    stdout = cat(text),
    plot = print(text),
    cat(text, file = stderr())
  )
}
