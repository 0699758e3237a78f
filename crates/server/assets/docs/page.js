// Shows the page in the reader's language: every element with data-ru has both texts.
"use strict";

const russian = (navigator.languages || [navigator.language]).some((tag) => /^ru\b/i.test(tag));

if (russian) {
  document.documentElement.lang = "ru";
  for (const element of document.querySelectorAll("[data-ru]")) {
    element.textContent = element.dataset.ru;
  }
}

for (const element of document.querySelectorAll("[data-host]")) {
  // Off this machine only TLS is spoken.
  const scheme = /^(localhost|127\.|\[?::1)/.test(location.hostname) ? "tcp" : "tls";
  element.textContent = element.textContent.replaceAll("SCHEME", scheme).replaceAll("HOST", location.hostname);
}
