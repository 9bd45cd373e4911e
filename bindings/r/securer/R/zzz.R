.onLoad <- function(libname, pkgname) {
  S7::methods_register()
}
