library(testthat)
library(brig)

test_check("brig")
