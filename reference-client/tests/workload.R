# SPDX-License-Identifier: MIT
# What data analysis does with R, from end to end: behind the walls all of it must work. Each part
# checks its own result; a package that is not installed is a failure.
part <- function(name, works) {
    if (!isTRUE(works)) stop(name, ": not as outside of the sandbox")
    cat("ok:", name, "\n")
}
near <- function(x, y) isTRUE(all.equal(as.vector(x), y, tolerance = 1e-6))
drawn <- function(device, file) {
    device(file)
    plot(1:10, main = "a title", xlab = expression(alpha^2))
    hist(rnorm(100))
    dev.off()
    file.size(file) > 500
}

part("lm", near(coef(lm(mpg ~ wt, mtcars)), c(37.2851262, -5.3444716)))
part("glm", near(coef(glm(am ~ wt, binomial, mtcars))[2], -4.0239698))
part("nls", near(coef(nls(dist ~ a * speed^b, cars, start = list(a = 1, b = 1)))[2], 1.5492876))
part("aov", is.list(summary(aov(weight ~ group, PlantGrowth))))
part("t.test", near(t.test(extra ~ group, sleep)$p.value, 0.0793941))
part("loess", length(predict(loess(dist ~ speed, cars))) == 50L)
part("optim", optim(c(1, 1), function(p) sum((p - 3)^2))$convergence == 0L)
part("svd", near(svd(matrix(c(2, 0, 0, 1), 2))$d, c(2, 1)))
part("solve", near(solve(matrix(c(2, 0, 0, 4), 2), c(2, 4)), c(1, 1)))
part("fft", near(Mod(fft(1:4)), c(10, 2.828427, 2, 2.828427)))

write.csv(mtcars, "cars.csv")
part("csv", identical(dim(read.csv("cars.csv", row.names = 1)), dim(mtcars)))
saveRDS(mtcars, "cars.rds")
part("rds", identical(readRDS("cars.rds"), mtcars))
for (open in c("gzfile", "bzfile", "xzfile")) {
    connection <- get(open)("packed", "w")
    writeLines("a line", connection)
    close(connection)
    part(open, identical(readLines("packed"), "a line"))
}
save(mtcars, file = "cars.RData")
part("load", identical(load("cars.RData"), "mtcars"))
part("zip of raw bytes", identical(memDecompress(memCompress(charToRaw("abc"), "gzip"), "gzip"),
                                   charToRaw("abc")))
part("temporary files", file.create(tempfile()) && dir.create("a/b", recursive = TRUE) &&
         unlink("a", recursive = TRUE) == 0L)

part("png", drawn(png, "plot.png"))
part("jpeg", drawn(jpeg, "plot.jpg"))
part("svg", drawn(svg, "plot.svg"))
part("pdf", drawn(pdf, "plot.pdf"))
part("cairo_pdf", drawn(cairo_pdf, "plot2.pdf"))

part("mclapply", identical(unlist(parallel::mclapply(1:4, function(i) i^2, mc.cores = 2)),
                           c(1, 4, 9, 16)))
part("detectCores", is.numeric(parallel::detectCores()))
part("regex", identical(sub("(\\w+) (\\w+)", "\\2 \\1", "b a"), "a b") &&
         identical(gsub("(?<=a)b", "c", "ab", perl = TRUE), "ac"))
part("iconv", identical(iconv("\xe9", "latin1", "UTF-8"), "\u00e9"))
part("dates", identical(format(as.Date("2024-02-28") + 2, "%d %B %Y"), "01 March 2024"))
part("time zones", identical(format(as.POSIXct(0, origin = "1970-01-01", tz = "Europe/Berlin"),
                                    "%H:%M"), "01:00"))
part("sort and merge", nrow(merge(data.frame(a = 1:3), data.frame(a = 2:4))) == 2L)
part("apply", identical(unlist(Map(`+`, 1:2, 3:4)), c(4L, 6L)) &&
         nrow(aggregate(mpg ~ cyl, mtcars, mean)) == 3L)
part("S4", {
    setClass("point", representation(x = "numeric"))
    setGeneric("twice", function(object) standardGeneric("twice"))
    setMethod("twice", "point", function(object) object@x * 2)
    twice(new("point", x = 2)) == 4
})
part("reference classes", {
    counter <- setRefClass("counter", fields = list(n = "numeric"),
                           methods = list(add = function() n <<- n + 1))$new(n = 1)
    counter$add()
    counter$n == 2
})
part("random numbers", {
    set.seed(1)
    near(runif(1), 0.2655087)
})
part("compiler", compiler::cmpfun(function(x) x + 1)(1) == 2)
part("sessionInfo", is.character(sessionInfo()$R.version$language))
part("Sys.time", inherits(Sys.time(), "POSIXct") && nzchar(Sys.info()[["sysname"]]))
part("capture.output", length(capture.output(str(mtcars))) == 12L)

part("R6", {
    stack <- R6::R6Class("stack", public = list(n = 0, push = function() self$n <- self$n + 1))
    made <- stack$new()
    made$push()
    made$n == 1
})
part("tibble", nrow(tibble::as_tibble(mtcars)) == 32L &&
         length(capture.output(print(tibble::as_tibble(mtcars)))) > 10L)
part("data.table", {
    table <- data.table::as.data.table(mtcars)
    data.table::fwrite(table, "cars2.csv")
    nrow(data.table::fread("cars2.csv")) == 32L && nrow(table[, .N, by = "cyl"]) == 3L
})
part("ggplot2", {
    chart <- ggplot2::ggplot(mtcars, ggplot2::aes(wt, mpg)) + ggplot2::geom_point() +
        ggplot2::geom_smooth(method = "lm", formula = y ~ x)
    ggplot2::ggsave("chart.png", chart, width = 4, height = 3)
    file.size("chart.png") > 1000
})
cat("the workload has ended\n")
