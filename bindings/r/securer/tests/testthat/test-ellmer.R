skip_if_not_installed("ellmer", "0.3.0")

test_that("as_ellmer_tool() runs code in a session and returns its value as text", {
  run <- as_ellmer_tool(local_session())
  expect_identical(attr(run, "name"), "execute_r_code")
  expect_identical(run("1 + 1"), "2")
  expect_identical(run("c(1, 2, 3)"), "[1] 1 2 3")
  expect_identical(run("cat('so far\n'); 2"), "so far\n2")
  expect_identical(run("invisible(42)"), "42")
})

test_that("as_ellmer_tool() without a session makes one, with tools", {
  run <- as_ellmer_tool(tools = list(add()))
  expect_identical(run("add(10, 20)"), "30")
})

test_that("errors come without particulars of the machine, and say when the session is gone", {
  session <- local_session()
  run <- as_ellmer_tool(session)
  expect_match(run("stop('cannot open /home/me/data.rds')")@error, "cannot open [path]", fixed = TRUE)
  expect_match(as_ellmer_tool(session, timeout = 1)("repeat {}")@error, "timed out after 1 second")
  session$close()
  expect_match(run("1")@error, "no longer alive")
})

test_that("plots are images", {
  run <- as_ellmer_tool(local_session())
  answer <- run("plot(1:3); 'drawn'")
  expect_identical(answer[[1L]]@text, "drawn")
  expect_match(class(answer[[2L]])[[1L]], "ContentImage")
})

test_that("securer_as_ellmer_tool() by its old meaning is deprecated", {
  withr::local_options(lifecycle_verbosity = "warning")
  expect_warning(run <- securer_as_ellmer_tool(local_session()), "deprecated")
  expect_identical(run("1 + 1"), "2")
})

test_that("a tool and a session make a chat's tool, in either order of naming", {
  session <- local_session()
  expect_silent(square <- securer_as_ellmer_tool(
    securer_tool("my.square", "Square", handler = function(x) x^2, args = list(x = "numeric")), session
  ))
  expect_identical(attr(square, "name"), "my_square")
  expect_identical(square(3), "9")
  expect_match(square("x")@error, "must be numeric")
  run <- securer_as_ellmer_tool(tool = run_code(), session = session)
  expect_identical(run(is_inside), "TRUE")
  expect_error(securer_as_ellmer_tool(run_code(), "no session"), "SecureSession")
})

test_that("a tool's `fn` runs in this process, and says so once", {
  session <- local_session()
  here <- securer_tool("where_am_i", "Process", function() Sys.getpid())
  expect_message(run <- securer_as_ellmer_tool(here, session), "runs in this process")
  expect_identical(run(), as.character(Sys.getpid()))
  expect_no_message(securer_as_ellmer_tool(here, session))
})

test_that("arguments of every type have a type for the model", {
  types <- list(a = "numeric", b = "integer", c = "character", d = "logical", e = "list", f = "data.frame", g = NULL)
  types["g"] <- list(NULL)
  tool <- securer_tool("all", "All", handler = function(a, b, c, d, e, f, g) 1, args = types)
  expect_named(attr(securer_as_ellmer_tool(tool, local_session()), "arguments")@properties, letters[1:7])
})

test_that("a table comes from the model as its rows", {
  tool <- securer_tool("total", "Total", handler = function(x) sum(x$n), args = list(x = "data.frame"))
  total <- securer_as_ellmer_tool(tool, local_session())
  expect_identical(total(list(list(n = 1, s = "a"), list(n = 2, s = "b"))), "3")
  expect_match(total(list(list(n = 1), list(m = 2)))@error, "names")
})

# What orchestr's agents do with these functions, without orchestr.
secure_chat <- function(tools, session, ...) {
  chat <- ellmer::chat_anthropic(..., echo = "none")
  chat$set_tools(lapply(tools, function(tool) {
    if (inherits(tool, "securer_tool")) securer_as_ellmer_tool(tool, session) else tool
  }))
  chat
}

test_that("a chat's model computes in the sandbox", {
  provider <- local_provider(list(list(
    asks = "mean", calls = list(list(tool = "run_code", input = list(code = "mean(c(1, 5, 3, 7, 2))")))
  )))
  session <- local_session(sandbox = TRUE)
  chat <- secure_chat(list(run_code()), session, system_prompt = "Use run_code.")
  expect_identical(as.character(chat$chat("Calculate the mean of c(1, 5, 3, 7, 2) in R.")), "3.6")
  expect_identical(provider$requests()[[1L]]$tools[[1L]]$input_schema$required, list("code"))
})

test_that("a chat's tools run where they belong: ellmer's here, ours in the sandbox", {
  withr::local_envvar(SECURER_TEST_SECRET = "host")
  local_provider(list(list(asks = "both", calls = list(
    list(tool = "secret", input = stats::setNames(list(), character())),
    list(tool = "run_code", input = list(code = "paste0('<', Sys.getenv('SECURER_TEST_SECRET'), '>')"))
  ))))
  secret <- ellmer::tool(function() Sys.getenv("SECURER_TEST_SECRET"), "The secret.", name = "secret")
  chat <- secure_chat(list(secret, run_code()), local_session(sandbox = TRUE))
  expect_identical(as.character(chat$chat("Do both.")), "host\n<>")
})

test_that("a model gets a plot as an image, and an error as an error", {
  provider <- local_provider(list(
    list(asks = "draw", calls = list(list(tool = "execute_r_code", input = list(code = "plot(1:3); 'drawn'")))),
    list(asks = "fail", calls = list(list(tool = "execute_r_code", input = list(code = "stop('no luck')"))))
  ))
  chat <- ellmer::chat_anthropic(echo = "none")
  chat$register_tool(as_ellmer_tool(local_session(sandbox = TRUE)))
  chat$chat("Please draw.")
  told <- as.character(jsonlite::toJSON(provider$requests()[[2L]], auto_unbox = TRUE))
  expect_match(told, '"text":"drawn"', fixed = TRUE)
  expect_match(told, '"media_type":"image/png"', fixed = TRUE)
  expect_match(as.character(suppressWarnings(chat$chat("Please fail."))), "no luck")
})
