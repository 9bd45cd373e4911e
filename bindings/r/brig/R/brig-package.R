#' Run code of language models in a sandbox
#'
#' A [BrigSession] is an R process behind walls that the kernel enforces. `$eval()` runs code there;
#' tools made with [brig_tool()] are what that code can reach of the host, and all it can.
#' [brig_ellmer_tool()] hands a session to a chat of package ellmer, [brig_pool()] keeps sessions
#' ready, and [brig_doctor()] shows which walls stand on this machine.
#'
#' Values cross as data only: nothing that comes from a sandbox is ever evaluated, unserialized or
#' dispatched on here. Classes are made from a fixed list (factor, Date, POSIXct, difftime,
#' data.frame); everything else arrives as a `brig_opaque`, its printed form.
#'
#' @keywords internal
#' @useDynLib brig, .registration = TRUE
#' @importFrom R6 R6Class
"_PACKAGE"
