// Lets a request be tried where it is described; the answer is shown as the text that came.
document.documentElement.classList.add("scripted");

async function send(form) {
  const shown = form.querySelector("pre code");
  try {
    const response = await fetch(form.dataset.path, {
      method: form.dataset.method,
      headers: { "Content-Type": "application/json" },
      body: form.querySelector("textarea").value,
    });
    const text = await response.text();
    shown.textContent = `${response.status}\n${text && JSON.stringify(JSON.parse(text), null, 2)}`;
  } catch (error) {
    shown.textContent = String(error);
  }
}

for (const form of document.querySelectorAll(".try")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
