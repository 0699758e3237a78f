// Language, theme and size before the first paint, as features/themes/mirror.ts and lib/i18n.ts left them.
(function () {
  var root = document.documentElement, look = {}, lang;
  try {
    lang = localStorage.getItem("vestnik.language");
    look = JSON.parse(localStorage.getItem("vestnik.look")) || {};
    if (sessionStorage.getItem("vestnik.dir") === "rtl") root.dir = "rtl";
  } catch (_) {}
  lang = lang || (navigator.languages || []).find(function (l) { return /^(en|ru)\b/i.test(l); }) || "en";
  root.lang = lang.slice(0, 2).toLowerCase();
  var mode = look.mode || "system";
  if (mode === "system") mode = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = mode;
  if (look.density) root.dataset.density = look.density;
  if (look.scale) root.style.fontSize = look.scale + "%";
  var tokens = look[mode] || {};
  for (var name in tokens) root.style.setProperty(name, tokens[name]);
})();
