population <- brig_tool("population", "Inhabitants of a city",
  fn = function(city) c(Bergen = 291940, Oslo = 717710)[[city]], args = list(city = "string")
)

test_that("a tool runs in the host, another in the sandbox", {
  session <- local_brig_session(tools = list(
    population, brig_tool("growth", handler = function(size, years = 1) size * 1.01^years)
  ))
  expect_identical(session$eval("population('Oslo')")$value, 717710)
  expect_equal(session$eval("growth(100)")$value, 101)
  expect_equal(session$call("growth", size = 100, years = 2)$value, 102.01)
  session$define(brig_tool("odd", handler = function(deadline, form) paste(deadline, form)))
  expect_identical(session$call("odd", args = list(deadline = 1, form = "x"))$value, "1 x")
  expect_setequal(vapply(session$tools(), function(tool) tool$name, ""), c("population", "growth", "odd"))
})

test_that("arguments are checked before the function sees them", {
  called <- FALSE
  session <- local_brig_session(tools = list(
    brig_tool("f", fn = function(n) called <<- TRUE, args = list(n = list(type = "integer", minimum = 1)))
  ))
  expect_error(session$eval("f('x')"), class = "brig_error_runtime")
  expect_error(session$eval("f(0L)"), class = "brig_error_runtime")
  expect_error(session$eval("f(1L, 2L)"), class = "brig_error_runtime")
  expect_false(called)
})

test_that("R values of every kind reach a tool and come back", {
  session <- local_brig_session(tools = list(brig_tool("same", fn = function(x) x)))
  expect_true(session$eval("identical(same(mtcars), mtcars)")$value)
  expect_true(session$eval("identical(same(factor('a')), factor('a'))")$value)
})

test_that("a list is a list where the tool takes any value, and a vector where it takes an array", {
  seen <- NULL
  keep <- function(x) {
    seen <<- x
    NULL
  }
  session <- local_brig_session(tools = list(
    brig_tool("any", fn = keep), brig_tool("array", fn = keep, args = list(x = "array")),
    brig_tool("object", fn = keep, args = list(x = list(type = "object", additionalProperties = list(type = "array"))))
  ))
  cases <- list(
    "any(list(1, 2))" = list(1, 2), "any(c(1, 2))" = c(1, 2), "any(list('a'))" = list("a"),
    "array(list(1, 2))" = c(1, 2), "array('a')" = "a", "array(list('a', NULL))" = c("a", NA),
    "array(list(1, 'a'))" = list(1, "a"), "array(list())" = list(), "array(list(list(1, 2), list(3)))" = list(c(1, 2), 3),
    "object(list(k = list(1, 2)))" = list(k = c(1, 2))
  )
  for (code in names(cases)) {
    session$eval(code)
    expect_identical(seen, cases[[code]], label = code)
  }
})

test_that("errors of a tool are the code's to catch; generic ones tell nothing", {
  session <- local_brig_session(tools = list(
    brig_tool("open_book", fn = function() stop("the reason")),
    brig_tool("closed_book", fn = function() stop("the secret"), errors = "generic"),
    brig_tool("chosen", fn = function() brig_tool_stop("may be told", "denied"), errors = "generic")
  ))
  message_of <- function(tool) {
    session$eval(sprintf("tryCatch(%s(), error = conditionMessage)", tool))$value
  }
  expect_match(message_of("open_book"), "the reason")
  expect_no_match(message_of("closed_book"), "secret")
  expect_match(message_of("chosen"), "may be told")
})

test_that("a tool whose value cannot travel fails, once", {
  deep <- Reduce(function(inner, i) list(inner), 1:100, 1)
  session <- local_brig_session(tools = list(
    brig_tool("deep", fn = function() deep),
    brig_tool("model", fn = function() lm(mpg ~ wt, mtcars))
  ))
  expect_error(session$eval("deep()"), "nested too deeply")
  expect_identical(session$eval("model()$class")$value, "lm")
})

test_that("many calls in one evaluation are answered", {
  count <- 0
  session <- local_brig_session(tools = list(brig_tool("tick", fn = function() count <<- count + 1)))
  session$eval("for (i in 1:500) tick()")
  expect_identical(count, 500)
  expect_identical(session$eval("unlist(concurrently(tick(), tick(), tick()))")$value, c(501, 502, 503))
})

test_that("tools can be added later", {
  session <- local_brig_session()
  session$define(population)
  expect_identical(session$eval("population('Bergen')")$value, 291940)
})

test_that("a tool may cancel the code that calls it", {
  session <- local_brig_session()
  session$define(brig_tool("enough", fn = function() {
    session$cancel()
    Sys.sleep(0.1)
    1
  }))
  expect_error(session$eval("x <- 5; repeat enough()"), class = "brig_error_cancelled")
  expect_identical(session$eval("x")$value, 5)
})

test_that("an error in an output function ends the code, keeps the session and is raised here", {
  session <- local_brig_session()
  expect_error(session$eval("repeat cat('x\\n')", output = function(kind, text) stop("mine")), "mine")
  expect_identical(session$eval("1 + 1")$value, 2)
})

test_that("an interrupt of the host ends the code and keeps the session", {
  session <- local_brig_session()
  session$eval("x <- 3")
  outcome <- tryCatch(
    {
      tools::pskill(Sys.getpid(), tools::SIGINT)
      session$eval("repeat {}")
      "ended"
    },
    interrupt = function(condition) "interrupted"
  )
  expect_identical(outcome, "interrupted")
  expect_identical(session$eval("x")$value, 3)
})

test_that("wrong declarations are refused here", {
  expect_error(brig_tool("1x", fn = identity), "not a name")
  expect_error(brig_tool("x"), "either")
  expect_error(brig_tool("x", fn = function(...) 1), "names")
  expect_output(print(population), "population\\(city\\), runs in the host")
})
