// The article beside the chat: two tabs where they do not fit, and a history of what was shown.
import { copyOf } from "./asking.js";
import { fetchPart } from "./part.js";

export const wide = matchMedia("(min-width: 64rem)");
const beside = document.querySelector(".beside");
const tabs = beside.querySelector(".tabs");
const pane = document.getElementById("pane");
const panels = { chat: document.getElementById("chat"), pane };
const scrolled = { chat: 0, pane: 0 };
let shown = "chat";
let chosen = null; // the link to the place that the article shows
let wanted = null; // the address that the pane is to show

const tabOf = (name) => document.getElementById(`${name}-tab`);

function remember(changed) {
  history.replaceState({ ...history.state, ...changed }, "");
}

export const rememberPane = () => remember({ pane: pane.dataset.shown });

function describeTabs() {
  const apart = !wide.matches;
  const set = (element, name, value) =>
    value === null ? element.removeAttribute(name) : element.setAttribute(name, value);
  set(tabs, "role", apart ? "tablist" : null);
  for (const [name, panel] of Object.entries(panels)) {
    const tab = tabOf(name);
    set(tab, "role", apart ? "tab" : null);
    set(tab, "aria-controls", apart ? name : null);
    set(tab, "aria-selected", apart ? String(name === shown) : null);
    set(tab, "tabindex", apart && name !== shown ? "-1" : null);
    set(panel, "role", apart ? "tabpanel" : null);
    set(panel, "aria-labelledby", apart ? tab.id : null);
  }
  beside.dataset.tab = shown;
}

export function showTab(name) {
  if (name === shown) return;
  scrolled[shown] = scrollY;
  shown = name;
  describeTabs();
  if (wide.matches) return;
  if (scrolled[name] === null) showMark();
  else scrollTo({ top: scrolled[name], behavior: "instant" });
}

function showMark() {
  const mark = pane.querySelector("mark");
  if (!wide.matches) {
    if (shown !== "pane") scrolled.pane = null; // once it is opened
    else if (mark) mark.scrollIntoView({ block: "center", behavior: "instant" });
    else scrollTo({ top: 0, behavior: "instant" });
    return;
  }
  const top = mark ? mark.getBoundingClientRect().top - pane.getBoundingClientRect().top : 0;
  pane.scrollTo({ top: mark ? pane.scrollTop + top - pane.clientHeight / 3 : 0 });
}

// Shows an article's part in the pane; if it does not come, gives the problem to show.
export async function movePane(address) {
  wanted = address;
  if (address !== pane.dataset.shown) {
    const { ok, part, found } = await fetchPart(address, ".text").catch(() => ({}));
    if (wanted !== address) return null; // another place was chosen meanwhile
    if (!ok) return found ?? copyOf("pane-lost");
    pane.replaceChildren(...part.body.childNodes);
    pane.dataset.shown = address;
  }
  showMark();
  for (const link of document.querySelectorAll(".place")) {
    link.ariaCurrent = link.dataset.pane === address ? "true" : null;
  }
  return null;
}

// Shows a chosen quotation's place; gives the problem if it does not come, or whether Back returns to
// what was shown before.
export async function choosePlace(link) {
  const address = link.dataset.pane;
  remember({ pane: pane.dataset.shown, scroll: scrollY });
  const problem = await movePane(address);
  if (problem) return { problem };
  if (pane.dataset.shown !== address) return {}; // another place was chosen meanwhile
  chosen = link;
  if (history.state.pane === address && (wide.matches || shown === "pane")) return {}; // it was shown already
  history.pushState({ ...history.state, pane: address, tab: "pane" }, "");
  if (!wide.matches) {
    showTab("pane");
    pane.focus({ preventScroll: true });
    showMark();
  }
  return { returns: true };
}

async function goBack({ state }, tellProblem) {
  if (!state) return remember({ pane: pane.dataset.shown, tab: shown }); // a link within the page
  showTab(state.tab ?? "chat");
  const problem = state.pane && (await movePane(state.pane));
  if (problem) tellProblem(problem);
  if (wide.matches || shown !== "chat") return;
  if (chosen) chosen.focus(); // in sight, too: it may have been left while scrolling
  else scrollTo({ top: state.scroll, behavior: "instant" }); // the page was loaded since
}

function chooseTab(event) {
  const tab = event.target.closest("a");
  if (!tab || wide.matches) return;
  event.preventDefault();
  const name = tab.hash.slice(1);
  showTab(name);
  remember({ tab: name });
  tab.focus({ preventScroll: true });
}

function moveBetweenTabs(event) {
  if (wide.matches) return;
  const other = { chat: "pane", pane: "chat" };
  const next = { ArrowRight: other[shown], ArrowLeft: other[shown], Home: "chat", End: "pane" }[event.key];
  if (next) tabOf(next).click();
  else if (event.key === " ") event.target.click();
  else return;
  event.preventDefault();
}

// tellProblem is called where Back cannot bring an article.
export function startBeside(tellProblem) {
  history.scrollRestoration = "manual"; // each tab has its own place
  document.querySelector(".skip").addEventListener("click", () => showTab("chat"));
  tabs.addEventListener("click", chooseTab);
  tabs.addEventListener("keydown", moveBetweenTabs);
  wide.addEventListener("change", describeTabs);
  addEventListener("popstate", (event) => goBack(event, tellProblem));
  addEventListener("pagehide", () => remember({ scroll: scrollY }));
  shown = history.state?.tab ?? "chat";
  describeTabs();
}
