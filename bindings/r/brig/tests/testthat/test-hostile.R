# Whatever the sandbox returns is data here: nothing of it runs, and printing it is safe.

native <- function(code) shared_session()$eval(code)$value

test_that("objects with code in them arrive as printed text", {
  cases <- c(
    "structure(list(), class = 'R6')",
    "structure(list(print = function(...) stop('ran')), class = c('R6', 'evil'))",
    "local({ e <- new.env(); makeActiveBinding('x', function() stop('ran'), e); e })",
    "local({ delayedAssign('p', stop('ran')); function() p })",
    "local({ delayedAssign('p', stop('ran')); environment() })",
    "structure(list(then = function(...) stop('ran')), class = c('promise', 'R6'))",
    "structure(list(print = function(...) stop('ran'), format = function(...) stop('ran')), class = 'R6')",
    "quote(stop('ran'))", "expression(stop('ran'))", "y ~ stop('ran')",
    "setClass('S', representation(a = 'numeric'))(a = 1)",
    "asS4(structure(1, class = 'evil'))"
  )
  for (code in cases) {
    value <- native(code)
    expect_true(inherits(value, "brig_opaque") || !is.object(value))
    expect_silent(utils::capture.output(print(value)))
  }
})

test_that("classes come from the fixed list only", {
  value <- native("structure(list(1), class = c('evil', 'data.frame'), row.names = 1:5, names = 'x')")
  expect_true(inherits(value, c("brig_opaque", "data.frame")))
  expect_silent(utils::capture.output(print(value)))
})

test_that("malformed tables and factors are not built", {
  cases <- c(
    "structure(list(a = 1:3, b = 1:2), class = 'data.frame', row.names = 1:3) -> x; invisible(x)",
    "x <- factor('a'); x[2] <- 'a'; attributes(x) <- NULL; x[1] <- 9L; attr(x, 'levels') <- 'a'; oldClass(x) <- 'factor'; invisible(x)",
    "x <- 5:6; attr(x, 'levels') <- c('a', 'a'); attr(x, 'class') <- c('evil', 'factor'); invisible(x)"
  )
  for (code in cases) {
    value <- native(code)
    expect_true(inherits(value, "brig_opaque") || !inherits(value, c("data.frame", "factor")))
    expect_silent(utils::capture.output(print(value)))
  }
})

test_that("text from the sandbox cannot steer the terminal by its way of printing", {
  value <- native("structure(list(), class = c('\\u001b]0;title\\u0007', 'R6'))")
  expect_no_match(paste(utils::capture.output(print(value)), collapse = "\n"), "\u001b")
})

test_that("names that look like code are names", {
  value <- native("setNames(list(1, 2), c('`stop(\"ran\")`', '__proto__\\n'))")
  expect_named(value, c("`stop(\"ran\")`", "__proto__\n"))
})

test_that("attributes do not come along, however many", {
  value <- native("x <- 1; attributes(x) <- setNames(rep(list(quote(stop('ran'))), 5000), paste0('a', 1:5000)); invisible(x)")
  expect_null(attributes(value))
})

test_that("a million names are names", {
  value <- native("invisible(setNames(1:1000000, rep(c('a', '`stop(\"ran\")`'), 500000)))")
  expect_identical(names(attributes(value)), "names")
  expect_length(names(value), 1000000L)
  expect_identical(names(value)[[2L]], "`stop(\"ran\")`")
})

test_that("what reaches a tool is data, too", {
  seen <- NULL
  session <- local_brig_session(tools = list(brig_tool("take", fn = function(x) {
    seen <<- x
    NULL
  })))
  cases <- c(
    "structure(list(print = function(...) stop('ran')), class = 'R6')", "quote(stop('ran'))",
    "local({ delayedAssign('p', stop('ran')); environment() })", "function() stop('ran')",
    "structure(list(a = 1:3, b = 1:2), class = 'data.frame', row.names = 1:3)",
    "structure(9L, levels = 'a', class = 'factor')"
  )
  for (code in cases) {
    session$eval(sprintf("take(%s)", code))
    expect_s3_class(seen, "brig_opaque")
    expect_silent(utils::capture.output(print(seen), print(format(seen))))
  }
})

test_that("time zones that are paths are dropped", {
  value <- native("structure(0, class = c('POSIXct', 'POSIXt'), tzone = '/etc/passwd')")
  expect_s3_class(value, "POSIXct")
  expect_null(attr(value, "tzone"))
})

test_that("bytes of the wire that lie are refused by the decoder", {
  encode <- function(x) .Call(brig:::C_encode, x)
  decode <- function(bytes) .Call(brig:::C_decode, bytes)
  factor_bytes <- encode(factor("a"))
  code_at <- which(factor_bytes == as.raw(0x02))
  for (at in seq_along(factor_bytes)) {
    for (byte in as.raw(c(0x00, 0x7f, 0xc1, 0xff))) {
      broken <- replace(factor_bytes, at, byte)
      result <- tryCatch(decode(broken)[[1L]], error = function(e) NULL)
      if (is.factor(result)) expect_true(all(is.na(result) | as.integer(result) %in% seq_along(levels(result))))
    }
  }
  expect_error(decode(as.raw(0xc1)), "not a value")
})

test_that("a session of the parent is left alone in a forked child", {
  skip_on_os("windows")
  session <- local_brig_session()
  said <- parallel::mccollect(parallel::mcparallel(tryCatch(session$eval("1"), error = conditionMessage)))[[1L]]
  expect_match(said, "forked")
  expect_identical(session$eval("1 + 1")$value, 2)
})
