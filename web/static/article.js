// Lets the server mark the range that the address names after "#", wherever it came from.
import { watchPassages } from "./passages.js";

const PLACE = /^#c(\d+-\d+)$/;

function showPlace() {
  const place = PLACE.exec(location.hash);
  const asked = new URLSearchParams(location.search).get("c");
  if (place && place[1] !== asked) {
    location.replace(`${location.pathname}?c=${place[1]}${location.hash}`);
  }
}

document.documentElement.classList.add("scripted");
addEventListener("hashchange", showPlace);
showPlace();
watchPassages(document.getElementById("main"));
