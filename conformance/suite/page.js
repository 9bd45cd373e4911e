// Narrows the list of cases; a link to a case opens it.
const search = document.querySelector(".filter input");
const buttons = [...document.querySelectorAll(".filter button")];
function narrow() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = buttons.filter((one) => one.ariaPressed === "true").map((one) => one.value);
  for (const section of document.querySelectorAll(".section")) {
    let shown = 0;
    for (const one of section.querySelectorAll(".case")) {
      const fits = words.every((word) => one.dataset.text.includes(word)) &&
        (wanted.length === 0 || wanted.some((verdict) => one.classList.contains(verdict)));
      one.hidden = !fits;
      shown += fits;
    }
    section.hidden = shown === 0;
  }
}
search.addEventListener("input", narrow);
for (const button of buttons) {
  button.addEventListener("click", () => {
    button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
    narrow();
  });
}
function open() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let one = target; one; one = one.parentElement) {
    if (one.tagName === "DETAILS") one.open = true;
  }
  if (target) target.scrollIntoView();
}
addEventListener("hashchange", open);
open();
