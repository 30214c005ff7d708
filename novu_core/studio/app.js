// The routes lie two folders above this file, whatever stands in front of them.
const api = new URL("../../", import.meta.url);
const answer = await fetch(new URL("studio/session", api));
const session = await answer.json();
document.getElementById("app").textContent = session.role === null ? "Log in" : `Role: ${session.role}`;
