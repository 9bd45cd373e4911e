# SPDX-License-Identifier: MIT
# An agent of package orchestr with a tool that runs here and one that runs in a sandbox: "Mixing secure
# and regular tools" of its documentation, call for call.
library(orchestr)
library(ellmer)
library(securer)

weather_tool <- tool(
  function(city) paste0("Weather in ", city, ": sunny, 22C."),
  "Get weather for a city.",
  arguments = list(city = type_string("City name"))
)

calc_tool <- securer_tool(
  name = "calculate",
  description = "Run a calculation in R.",
  args = list(expr = "character"),
  handler = function(expr) eval(parse(text = expr))
)

hybrid_agent <- agent("hybrid",
  chat = chat_anthropic(
    system_prompt = "You can check weather and do calculations."
  ),
  tools = list(weather_tool, calc_tool),
  secure = TRUE
)

result <- hybrid_agent$invoke("What is 2^10? Also, what's the weather in London?")
cat(result, "\n")
hybrid_agent$close()
