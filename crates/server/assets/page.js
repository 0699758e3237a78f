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
  element.textContent = element.textContent.replaceAll("HOST", location.hostname);
}
