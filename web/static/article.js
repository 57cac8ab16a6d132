// Lets the server mark the range that the address names after "#", wherever it came from.
const PLACE = /^#c(\d+-\d+)$/;

function showPlace() {
  const place = PLACE.exec(location.hash);
  const asked = new URLSearchParams(location.search).get("c");
  if (place && place[1] !== asked) {
    location.replace(`${location.pathname}?c=${place[1]}${location.hash}`);
  }
}

addEventListener("hashchange", showPlace);
showPlace();
