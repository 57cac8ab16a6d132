// Adds without a reload, so that nothing chosen or typed is lost, takes dropped files, and keeps the
// token for this tab. Without this script the forms do the same work.
const TOKEN = "token";
const MEBIBYTE = 2 ** 20;

const form = document.getElementById("add");
const token = document.getElementById("token");
const copyOf = (id) => document.getElementById(id).content.cloneNode(true);

function remembered() {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}

function remember() {
  try {
    if (token?.value) sessionStorage.setItem(TOKEN, token.value);
  } catch {
    // blocked or full: it is typed again
  }
}

function showProblem(problem) {
  document.getElementById("problem-slot").replaceChildren(problem);
  problem.scrollIntoView?.({ block: "nearest" });
}

function endProgress() {
  form.removeAttribute("data-busy");
  form.querySelector(".progress").replaceChildren();
}

async function add() {
  const file = document.getElementById("file");
  if (file.files[0]?.size > file.dataset.most * MEBIBYTE) return showProblem(copyOf("too-large"));
  const progress = form.querySelector(".progress");
  let next = form.querySelector(".send button");
  document.getElementById("problem-slot").replaceChildren();
  progress.replaceChildren(copyOf("working"));
  progress.scrollIntoView({ block: "nearest" });
  form.setAttribute("data-busy", "");
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
    if (response.status !== 401) remember();
    if (response.ok && response.redirected) return location.assign(response.url);
    const part = new DOMParser().parseFromString(await response.text(), "text/html");
    showProblem(part.querySelector("[data-problem]"));
    if (response.status === 401) next = token;
  } catch {
    showProblem(copyOf("unreachable"));
  }
  endProgress();
  next.focus({ preventScroll: true });
}

document.documentElement.classList.add("scripted");
if (token) {
  token.value = remembered() ?? "";
  token.form.addEventListener("submit", remember);
}
if (form) start();

function start() {
  const drop = document.getElementById("drop");
  const file = document.getElementById("file");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.hasAttribute("data-busy")) add();
  });
  addEventListener("pageshow", endProgress); // Back may return to the page as it was left

  const isFile = (event) => event.dataTransfer.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault(); // or a file dropped beside would replace the page
    drop.setAttribute("data-over", "");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.removeAttribute("data-over");
  });
  addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    drop.removeAttribute("data-over");
    if (event.dataTransfer.files.length > 1) return showProblem(copyOf("several"));
    file.files = event.dataTransfer.files;
    file.focus();
  });
}
