// Makes the owner's account by the one-time token after the `#`, which is never sent in an address.
"use strict";

(() => {
  const form = document.getElementById("form");
  const problem = document.getElementById("problem");
  const token = decodeURIComponent(location.hash.slice(1));
  const inRussian = document.documentElement.lang === "ru";

  const complain = (text) => {
    problem.textContent = text;
    problem.hidden = false;
  };

  if (!token) {
    complain(inRussian
      ? "В ссылке нет кода. Откройте ссылку, которую сервер напечатал при запуске."
      : "The link has no code. Open the link that the server printed when it started.");
  }

  fetch("/api/v1/auth/password-rules")
    .then((answer) => answer.json())
    .then((rules) => { document.getElementById("rules").textContent = (rules.rules || []).join(" "); })
    .catch(() => {});

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    problem.hidden = true;
    try {
      const answer = await fetch("/api/v1/setup", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token, username: form.username.value, password: form.password.value }),
      });
      if (answer.ok) {
        history.replaceState(null, "", "/setup");
        form.hidden = true;
        document.getElementById("done").hidden = false;
        return;
      }
      const body = await answer.json().catch(() => ({}));
      complain(body.message || `HTTP ${answer.status}`);
    } catch {
      complain(inRussian ? "Сервер не отвечает. Проверьте, что он запущен." : "The server does not answer. Check that it is running.");
    }
    button.disabled = false;
  });
})();
