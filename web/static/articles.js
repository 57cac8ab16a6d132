// The list answers while one types and ticks: its parts come ready-made from the server. Without
// this script the form does the same work.
import { fetchPart } from "./part.js";

const TYPING = { q: 150, after: 700, before: 700 }; // milliseconds without another key
const NOT_ASKED = ["q", "after", "before", "site", "author", "sort", "page", "tick", "untick"];

const form = document.getElementById("choose");
let waiting = 0;
let latest = 0;

function address(submitter) {
  const fields = [...new FormData(form, submitter)].filter(
    ([name, value]) => value && !(name === "page" && value === "1") && !(name === "sort" && value === "newest"),
  );
  return fields.length ? `/articles?${new URLSearchParams(fields)}` : "/articles";
}

const ticks = () => [...form.querySelectorAll("input[name=article]:checked")].map((box) => box.value).join("\n");

async function show(submitter) {
  clearTimeout(waiting);
  const found = document.getElementById("found");
  const number = ++latest;
  const ticked = ticks();
  const asked = address(submitter);
  found.setAttribute("aria-busy", "true");
  const { part, ok, found: next } = await fetchPart(asked, "#found").catch(() => ({}));
  if (number !== latest) return; // another was asked for meanwhile
  if (ticked !== ticks()) return show(submitter);
  if (!part) return location.assign(asked); // what keeps it from coming is said by a page
  found.querySelector("[data-problem]")?.remove();
  if (!ok) { // a date that is half typed, say: the list stays
    found.removeAttribute("aria-busy");
    return found.prepend(next);
  }
  // what was ticked stays so in the history, "tick these" is done once
  history.replaceState(null, "", asked.replace(/\b(un)?tick=/, "page="));
  const busy = document.activeElement;
  const focused = found.contains(busy) ? busy.name && `[name="${busy.name}"][value="${CSS.escape(busy.value)}"]` : "";
  found.replaceWith(next);
  describe();
  if (focused !== "") (focused && next.querySelector(focused + ":not(:disabled)") || next).focus({ preventScroll: true });
  if (submitter?.name === "page") next.scrollIntoView({ block: "start" });
}

function describe() {
  const count = form.querySelectorAll("input[name=article]:checked").length;
  const button = document.getElementById("ask-ticked");
  button.disabled = !count;
  button.textContent = button.dataset[["none", "one"][count] ?? "several"].replace("#", count);
}

if (form) {
  document.documentElement.classList.add("scripted");
  form.addEventListener("input", (event) => {
    if (event.target.name === "article") return describe();
    clearTimeout(waiting);
    waiting = setTimeout(show, TYPING[event.target.name] ?? 0);
  });
  form.addEventListener("submit", (event) => {
    form.toggleAttribute("data-asks", Boolean(event.submitter?.hasAttribute("formaction")));
    if (form.hasAttribute("data-asks")) return;
    event.preventDefault();
    show(event.submitter?.name ? event.submitter : undefined);
  });
  form.addEventListener("formdata", ({ formData }) => {
    if (form.hasAttribute("data-asks")) for (const name of NOT_ASKED) formData.delete(name);
  });
  addEventListener("pageshow", () => {
    form.removeAttribute("data-asks"); // Back returns to the page as it was left
    describe();
  });
}
