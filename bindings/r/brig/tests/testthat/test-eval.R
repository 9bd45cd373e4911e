test_that("a value comes back as data, and its print as text", {
  result <- shared_session()$eval("mean(c(1, 5, 3, 7, 2))")
  expect_identical(result$value, 3.6)
  expect_identical(result$text, "[1] 3.6\n")
  expect_true(result$visible)
  expect_output(print(result), "[1] 3.6", fixed = TRUE)
})

test_that("an invisible value is invisible here, too", {
  expect_invisible(shared_session()$eval("invisible(2)"))
  expect_visible(shared_session()$eval("2"))
})

test_that("arguments become variables", {
  table <- data.frame(a = factor(c("u", NA)), b = as.Date("2020-01-01") + 0:1, c = c(NA, NaN))
  expect_identical(value_of("x", args = list(x = table)), table)
  expect_identical(value_of("sum(y)", args = list(y = 1:10)), 55L)
})

test_that("values of every kind travel both ways unchanged", {
  values <- list(
    NULL, TRUE, NA, 1L, NA_integer_, 2.5, NA_real_, Inf, "text", NA_character_, "\u00e4\u2603",
    c(a = 1, b = 2), matrix(1:6, 2, dimnames = list(NULL, c("x", "y", "z"))), as.raw(0:255),
    1i, list(1, "a", NULL), list(a = 1, b = list(c = TRUE)), factor(c("x", "y", "x")),
    as.Date("2024-02-29"), structure(0, class = c("POSIXct", "POSIXt"), tzone = "UTC"), data.frame(), list(), character(),
    list(1, 2), list("a"), list(TRUE, NULL), list(x = list(1L))
  )
  for (value in values) expect_identical(value_of("v", args = list(v = value)), value)
})

test_that("messages and warnings are told apart from the output", {
  result <- shared_session()$eval("cat('out\\n'); message('m'); warning('w'); 1")
  expect_identical(result$messages, "m")
  expect_identical(result$warnings, "w")
  expect_match(result$text, "out\n.*m\n.*Warning: w\n")
})

test_that("output comes while the code runs", {
  seen <- list()
  shared_session()$eval("cat('a\\n'); message('b'); cat('c')", output = function(kind, text) {
    seen[[length(seen) + 1L]] <<- c(kind, text)
  })
  expect_identical(seen, list(c("stdout", "a\n"), c("message", "b\n"), c("stdout", "c")))
})

test_that("control characters do not reach the terminal", {
  result <- shared_session()$eval("cat('\\u001b]52;c;aGk=\\u0007\\u202e')")
  expect_identical(result$text, "<U+001B>]52;c;aGk=<U+0007><U+202E>")
})

test_that("characters that are cut between two pieces are joined", {
  stream <- brig:::new_stream()
  bytes <- charToRaw("\u00e4\u2603\U1f600")
  pieces <- vapply(bytes, function(byte) stream$push(byte), "")
  expect_identical(paste(c(pieces, stream$end()), collapse = ""), "\u00e4\u2603\U1f600")
})

test_that("errors tell code, state and traceback", {
  failure <- failure_of("f <- function() stop('no'); f()")
  expect_s3_class(failure, c("brig_error_runtime", "brig_error_class_fix", "brig_error"))
  expect_identical(failure$state, "kept")
  expect_identical(failure$reason, "no")
  expect_identical(unlist(failure$data$traceback)[[1L]], "f()")
  expect_s3_class(failure_of("1 +"), "brig_error_parse")
  expect_identical(failure_of("cat('said'); stop('x')")$result$text, "said")
})

test_that("a deadline ends the code and keeps its variables", {
  session <- local_brig_session()
  failure <- failure_of("x <- 1; repeat {}", session, deadline = 0.3)
  expect_s3_class(failure, "brig_error_deadline")
  expect_identical(failure$state, "kept")
  expect_identical(session$eval("x")$value, 1)
})

test_that("a lost worker is explicit, and reset brings a new one", {
  session <- local_brig_session()
  session$eval("x <- 1")
  expect_identical(failure_of("quit(status = 3)", session)$state, "lost")
  expect_s3_class(failure_of("1", session), "brig_error_stale")
  session$reset()
  expect_false(session$eval("exists('x')")$value)
  expect_identical(session$info()$generation, 2L)
})

test_that("limits only tighten, and requirements are checked", {
  session <- local_brig_session(limits = list(output_bytes = 10), require = list(level = "full", exec = FALSE))
  expect_identical(session$info()$limits$output_bytes, 10L)
  result <- session$eval("cat(strrep('x', 100))")
  expect_identical(result$dropped$stdout, 90L)
  expect_error(brig_session(profile = "tools", require = list(exec = FALSE)), class = "brig_error_denied")
})

test_that("numbers that the wire cannot carry are refused here", {
  for (number in list(-1, NA_real_, Inf, 2^60, "1", c(1, 2))) {
    expect_error(brig_session(limits = list(cpu_ms = number)), "cpu_ms")
  }
  expect_error(brig_session(seed = Inf), "seed")
  expect_error(shared_session()$eval("1", deadline = NaN), "deadline")
})

test_that("a seed makes random numbers repeat", {
  draws <- replicate(2, {
    session <- brig_session(seed = 7)
    on.exit(session$close())
    session$eval("runif(1)")$value
  })
  expect_identical(draws[[1L]], draws[[2L]])
})

test_that("files go in and out", {
  session <- local_brig_session()
  session$put("a.csv", c("x,y", "1,2"))
  expect_identical(session$eval("sum(read.csv('a.csv'))")$value, 3L)
  session$eval("writeLines('out', 'b.txt')")
  expect_identical(rawToChar(session$get("b.txt")), "out\n")
  expect_setequal(session$list()$path, c("a.csv", "b.txt"))
  expect_error(session$get("../etc/passwd"), class = "brig_error")
})

test_that("plots arrive as PNG and SVG", {
  result <- shared_session()$eval("fit <- lm(mpg ~ wt, mtcars); plot(fit$residuals); fit")
  expect_match(result$text, "Coefficients")
  expect_s3_class(result$value, "brig_opaque")
  expect_length(result$plots, 1L)
  file <- withr::local_tempfile(fileext = ".png")
  brig_save_plot(result$plots[[1L]], file)
  expect_identical(readBin(file, "raw", 8L), as.raw(c(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)))
  expect_error(brig_save_plot(result$plots[[1L]], "x.gif"), "image/png")
})

test_that("the code can read lines if somebody answers", {
  session <- local_brig_session(input = function(prompt) paste0("<", prompt, ">"))
  expect_identical(session$eval("readline('who? ')")$value, "<who? >")
  expect_identical(value_of("readline('who? ')"), "")
})

test_that("a closed session says so", {
  session <- brig_session()
  expect_true(session$is_alive())
  session$close()
  session$close()
  expect_false(session$is_alive())
  expect_error(session$eval("1"), "closed")
  expect_output(print(session), "closed")
})
