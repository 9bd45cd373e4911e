# Values that have no portable form.

# For C: the class names and the printed form of an object that is no data.
describe <- function(object) {
  classes <- class(object)
  text <- tryCatch(
    utils::capture.output(print(object)),
    error = function(e) paste("an object that does not print:", conditionMessage(e))
  )
  text <- enc2utf8(paste(text, collapse = "\n"))
  if (nchar(text, "bytes") > 16000L) text <- paste0(substr(text, 1L, 4000L), "\n...")
  list(enc2utf8(classes), text)
}

#' Values that have no form as data
#'
#' What code returns and what is neither a vector, a list, a table nor a time, such as a fitted
#' model, a function or an environment, stays in the sandbox. Here it is a `brig_opaque`: the names
#' of its classes and its text as printed there. Keep working with it by further code.
#'
#' @param x A `brig_opaque`.
#' @param ... Ignored.
#' @returns `format()`: its printed text, one string a line.
#' @name brig_opaque
#' @examplesIf brig::brig_is_available()
#' session <- brig_session()
#' fit <- session$eval("lm(mpg ~ wt, mtcars)")$value
#' fit
#' fit$class
#' session$close()
NULL

#' @rdname brig_opaque
#' @export
format.brig_opaque <- function(x, ...) {
  strsplit(clean_text(x[["text"]]), "\n", fixed = TRUE)[[1L]]
}

#' @rdname brig_opaque
#' @export
print.brig_opaque <- function(x, ...) {
  cat(sprintf("<%s, in the sandbox>\n", clean_text(paste(x[["class"]], collapse = "/"))))
  cat(format(x), sep = "\n")
  invisible(x)
}
