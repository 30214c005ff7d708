// Shows the HTML of a message, which strangers may have written: in a sandbox without an origin, under a policy of its
// own. What a policy does not stop is dropped before: a refresh by `meta` would lead the frame to another page.
const DROPPED = "script, meta, base, link, iframe, object, embed";
const FOLLOWED = /^\s*(https?:|mailto:|tel:)/i;
const FETCHED = /^\s*(https?:|data:|\/\/)/i;

addEventListener("message", (event) => {
  if (event.source !== parent || typeof event.data?.html !== "string") return;
  const found = new DOMParser().parseFromString(event.data.html, "text/html");
  for (const element of found.querySelectorAll(DROPPED)) element.remove();
  for (const element of found.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) if (/^on/i.test(name)) element.removeAttribute(name);
  }
  // What is attached, or lies beside a page that is none, is not here: its words stand in its place.
  for (const name of ["src", "background"]) {
    for (const element of found.querySelectorAll(`[${name}]`)) {
      if (!FETCHED.test(element.getAttribute(name))) element.removeAttribute(name);
    }
  }
  for (const link of found.querySelectorAll("a, area")) {
    if (!FOLLOWED.test(link.getAttribute("href"))) link.removeAttribute("href");
    link.setAttribute("target", "_blank"); // the frame itself is led nowhere
    link.setAttribute("rel", "noopener noreferrer");
  }
  document.body.innerHTML = [...found.querySelectorAll("style")].filter((style) => !found.body.contains(style))
    .map((style) => style.outerHTML).join("") + found.body.innerHTML;
  document.body.style.cssText = found.body.style.cssText;
  parent.postMessage({ height: document.documentElement.scrollHeight }, "*");
});
parent.postMessage({ ready: true }, "*");
