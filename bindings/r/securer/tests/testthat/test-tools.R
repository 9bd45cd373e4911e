test_that("securer_tool() makes an object with the tool's parts", {
  tool <- add()
  expect_true(S7::S7_inherits(tool, securer_tool_class))
  expect_s3_class(tool, "securer_tool")
  expect_identical(list(tool@name, tool@description, tool@args), list("add", "Add two numbers", list(a = "numeric", b = "numeric")))
  expect_identical(tool@fn(1, 2), 3)
  expect_output(print(tool), "Name: add.*2 args.*in this process")
})

test_that("securer_tool() with a handler makes a tool of the sandbox, whose @fn runs nothing here", {
  tool <- run_code()
  expect_s3_class(tool, "securer_tool")
  expect_error(tool@fn("1"), "in the sandbox")
  expect_output(print(tool), "in the sandbox")
})

test_that("securer_tool() refuses what is no tool", {
  for (name in list("", 123, NA_character_, "my tool", "1tool", "x; system('id')", "a$b", c("a", "b"))) {
    expect_error(securer_tool(name, "d", identity), "must be|has to|valid")
  }
  expect_error(securer_tool("x", 1, identity), "description")
  expect_error(securer_tool("x", "d", "no function"), "function")
  expect_error(securer_tool("x", "d", handler = "no function"), "function")
  expect_error(securer_tool("x", "d"), "either")
  expect_error(securer_tool("x", "d", identity, handler = identity), "either")
  expect_error(securer_tool("x", "d", identity, args = "a"), "list")
  expect_error(securer_tool("x", "d", identity, args = list("my arg" = "numeric")), "identifier")
  expect_error(securer_tool("x", "d", identity, args = list("numeric")), "identifier")
})

test_that("a session takes tools only, each name once", {
  expect_error(SecureSession$new(tools = list(add(), add())), "Duplicate")
  expect_error(SecureSession$new(tools = list(identity)), "securer_tool")
})

test_that("a tool's function runs here, a handler in the sandbox", {
  withr::local_envvar(SECURER_TEST_SECRET = "host")
  session <- local_session(tools = list(
    securer_tool("here", "Here", function() Sys.getenv("SECURER_TEST_SECRET")),
    securer_tool("there", "There", handler = function() Sys.getenv("SECURER_TEST_SECRET"))
  ))
  expect_identical(session$execute("here()"), "host")
  expect_identical(session$execute("there()"), "")
  expect_identical(session$call("here"), "host")
  expect_identical(session$call("there"), "")
  expect_error(session$call("nowhere"), "Unknown tool")
})

test_that("names of tools are those of R", {
  session <- local_session(tools = list(
    securer_tool(".hidden", "Hidden", function() 1), securer_tool("my.tool_v2", "Dots", function() 2)
  ))
  expect_identical(session$execute(".hidden() + my.tool_v2()"), 3)
})

test_that("arguments have the types that were declared", {
  seen <- list()
  types <- list(
    numeric = list("1L", "'x'"), character = list("'x'", "1"), logical = list("NA", "'x'"),
    integer = list("1L", "1.5"), list = list("list(1)", "1"), data.frame = list("mtcars", "list(1)")
  )
  session <- local_session(tools = lapply(names(types), function(type) {
    securer_tool(paste0("take.", type), type, function(x) class(x)[[1L]], args = list(x = type))
  }))
  for (type in names(types)) {
    call <- sprintf("take.%s(%%s)", type)
    expect_silent(session$execute(sprintf(call, types[[type]][[1L]])))
    expect_error(session$execute(sprintf(call, types[[type]][[2L]])), sprintf("Tool 'take.%s': argument 'x' must be %s, got", type, type))
  }
  free <- local_session(tools = list(securer_tool("free", "Free", function(x) class(x)[[1L]], args = list(x = NULL))))
  expect_identical(free$execute("free('a')"), "character")
})

test_that("arguments that were not declared never arrive", {
  session <- local_session(tools = list(add(), securer_tool("ping", "Ping", function() "pong")))
  expect_error(session$execute("add(1, 2, 3)"))
  expect_error(session$execute(".securer_call_tool('add', a = 1, b = 2, evil = 9)"), "Unexpected arguments.*'evil'")
  expect_error(session$execute(".securer_call_tool('ping', evil = 9)"), "Unexpected arguments.*'evil'")
  expect_identical(session$execute("ping()"), "pong")
})

test_that("tools can be called by name; there are no others", {
  session <- local_session(tools = list(add()))
  expect_identical(session$execute(".securer_call_tool('add', a = 1, b = 2)"), 3)
  for (name in c("'nobody'", "'x; system(\"id\")'", "1", "c('add', 'add')", "NULL")) {
    expect_error(session$execute(sprintf(".securer_call_tool(%s)", name)), "Unknown tool")
  }
})

test_that("names of tools are not assigned to by mistake", {
  session <- local_session(tools = list(add()))
  expect_error(session$execute("add <- function(...) 'mine'"), "locked binding")
  expect_error(session$execute(".securer_call_tool <- 1"), "locked binding")
})

test_that("values of every kind reach a tool and come back", {
  session <- local_session(tools = list(securer_tool("same", "Same", function(x) x, args = list(x = NULL))))
  expect_true(session$execute("identical(same(mtcars), mtcars) && identical(same(1:3), 1:3) && is.null(same(NULL))"))
})

test_that("the error of a tool is the code's to catch, without particulars of this machine", {
  session <- local_session(tools = list(securer_tool("bad", "Bad", function() stop("no /home/me/x here"))))
  expect_match(session$execute("tryCatch(bad(), error = conditionMessage)"), "no [path] here", fixed = TRUE)
})

test_that("more calls than allowed end the code, even if it catches the error", {
  count <- 0
  session <- local_session(tools = list(securer_tool("tick", "Tick", function() count <<- count + 1)))
  expect_error(session$execute("repeat try(tick())", max_tool_calls = 2), "Maximum tool calls (2) exceeded", fixed = TRUE)
  expect_identical(count, 2)
  expect_identical(session$execute("tick(); tick()", max_tool_calls = 2), 4)
})

test_that("a named list of functions is taken, and deprecated", {
  expect_warning(session <- SecureSession$new(tools = list(plus = function(a, b = 1) a + b)), "deprecated")
  withr::defer(session$close())
  expect_identical(session$execute(".securer_call_tool('plus', a = 10, b = 5)"), 15)
  expect_identical(session$execute("plus(10)"), 11)
  expect_identical(session$tools()[[1L]]$name, "plus")
  expect_null(session$tools()[[1L]]$args)
  expect_warning(expect_error(SecureSession$new(tools = list("../x" = identity)), "identifier"), "deprecated")
  expect_warning(expect_error(SecureSession$new(tools = list(any = function(...) 1)), "..."), "deprecated")
})

test_that("tools can be added to a session", {
  session <- local_session()
  session$define(add())
  session$define(run_code())
  session$restart()
  expect_identical(session$execute("add(run_code('20 + 1'), 21)"), 42)
  expect_named(session$tools(), c("add", "run_code"))
})
