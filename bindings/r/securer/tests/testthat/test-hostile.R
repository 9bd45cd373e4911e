# Whatever the sandbox returns is data here: nothing of it runs, and printing it is safe.

quiet_text <- function(value) {
  text <- NULL
  expect_silent(text <- utils::capture.output(print(value), utils::str(value), format(value)))
  expect_no_match(paste(text, collapse = "\n"), "\u001b")
  paste(text, collapse = "\n")
}

test_that("objects that bring code along arrive as their printed form", {
  session <- local_session(sandbox = TRUE)
  cases <- list(
    "an R6 object with a print closure" = "structure(list(print = function(...) stop('ran')), class = c('R6', 'evil'))",
    "an environment with a promise" = "local({ delayedAssign('p', stop('ran')); environment() })",
    "an active binding" = "local({ e <- new.env(); makeActiveBinding('x', function() stop('ran'), e); e })",
    "a promise of package promises" = "structure(list(then = function(...) stop('ran')), class = c('promise', 'environment'))",
    "a closure" = "function() stop('ran')",
    "a call" = "quote(stop('ran'))",
    "a formula" = "y ~ stop('ran')",
    "an S4 object" = "setClass('S', representation(a = 'function'))(a = function() stop('ran'))",
    "a table with unequal columns" = "structure(list(a = 1:3, b = 1:2), class = 'data.frame', row.names = 1:3)",
    "a factor with bad codes" = "structure(9L, levels = 'a', class = 'factor')",
    "a class that steers a terminal" = "structure(list(), class = c('\\u001b]0;x\\u0007', 'R6'))"
  )
  for (name in names(cases)) {
    value <- session$execute(cases[[name]])
    expect_s3_class(value, "brig_opaque")
    expect_type(value$text, "character")
    expect_type(quiet_text(value), "character")
  }
})

test_that("names that look like code are names, and attributes stay behind", {
  session <- local_session(sandbox = TRUE)
  value <- session$execute("setNames(list(1, 2), c('`stop(\"ran\")`', '__proto__'))")
  expect_named(value, c("`stop(\"ran\")`", "__proto__"))
  quiet_text(value)
  value <- session$execute("x <- 1; for (i in 1:1000) attr(x, paste0('a', i)) <- function() stop('ran'); x")
  expect_identical(value, 1)
})

test_that("attributes that execute() writes cannot be forged", {
  session <- local_session(sandbox = TRUE)
  expect_null(attr(session$execute("structure(1, output = 'forged', plots = list('forged'))"), "output"))
  expect_null(attr(session$execute("structure(1, plots = list('forged'))"), "plots"))
})

test_that("an error of the code cannot run anything either", {
  session <- local_session(sandbox = TRUE)
  failure <- tryCatch(
    session$execute("stop(structure(list(message = '\\u001b]0;x\\u0007', call = quote(stop('ran'))), class = c('evil', 'error', 'condition')))"),
    error = identity
  )
  expect_s3_class(failure, "securer_error")
  expect_false(inherits(failure, "evil"))
  expect_no_match(conditionMessage(failure), "\u001b")
  quiet_text(failure)
})

test_that("what reaches a tool's function is data", {
  seen <- NULL
  session <- local_session(tools = list(securer_tool("take", "Take", function(x) seen <<- x, args = list(x = NULL))))
  session$execute("take(structure(list(print = function(...) stop('ran')), class = 'R6'))")
  expect_s3_class(seen, "brig_opaque")
  session$execute("take(quote(stop('ran')))")
  expect_s3_class(seen, "brig_opaque")
})

test_that("text for a model is made without running anything", {
  skip_if_not_installed("ellmer", "0.3.0")
  run <- as_ellmer_tool(local_session(sandbox = TRUE))
  expect_match(run("structure(list(print = function(...) stop('ran')), class = 'R6')"), "in the sandbox")
  expect_match(run("as.list(1:200)"), "output truncated")
  expect_match(run("data.frame(x = 1:100)"), "100 rows total")
})
