// Lists what /api/openapi.json describes, with a form to try each call.
"use strict";

(async () => {
  const list = document.getElementById("paths");
  const inRussian = document.documentElement.lang === "ru";
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  let document_;
  try {
    document_ = await (await fetch("/api/openapi.json")).json();
  } catch {
    list.append(make("p", { className: "wrong" }, inRussian ? "Описание не загрузилось." : "The description could not be loaded."));
    return;
  }

  const follow = (schema) => {
    let seen = 0;
    while (schema && schema.$ref && seen < 10) {
      schema = schema.$ref.split("/").slice(1).reduce((at, part) => at && at[part], document_);
      seen += 1;
    }
    return schema || {};
  };

  const example = (schema) => {
    const { properties = {}, required = [] } = follow(schema);
    return Object.fromEntries(required.map((name) => {
      const type = follow(properties[name]).type;
      return [name, type === "integer" || type === "number" ? 0 : type === "boolean" ? false : type === "array" ? [] : ""];
    }));
  };

  const operation = (method, path, about, shared) => {
    const parameters = [...shared, ...(about.parameters || [])].map(follow).filter((one) => one.in === "path" || one.in === "query");
    const schema = about.requestBody && follow(about.requestBody).content?.["application/json"]?.schema;
    const form = make("form");
    const inputs = parameters.map((parameter) => {
      const input = make("input", { required: parameter.in === "path", autocomplete: "off" });
      form.append(make("label", {}, `${parameter.name} (${parameter.in}) `, input));
      return [parameter, input];
    });
    let body = null;
    if (schema) {
      body = make("textarea", { value: JSON.stringify(example(schema), null, 2), spellcheck: false });
      form.append(make("label", {}, inRussian ? "тело" : "body", body));
    }
    const answer = make("pre", { hidden: true });
    form.append(make("button", { type: "submit" }, inRussian ? "Отправить" : "Send"), answer);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      let address = path;
      const query = new URLSearchParams();
      for (const [parameter, input] of inputs) {
        if (parameter.in === "path") {
          address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
        } else if (input.value) {
          query.set(parameter.name, input.value);
        }
      }
      const headers = {};
      const token = document.getElementById("token").value.trim();
      if (token) headers.Authorization = `Bearer ${token}`;
      if (body) headers["Content-Type"] = "application/json";
      answer.hidden = false;
      try {
        const response = await fetch(`${address}${query.size ? `?${query}` : ""}`, { method: method.toUpperCase(), headers, body: body && body.value });
        const text = await response.text();
        let shown = text;
        try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
        answer.textContent = `${response.status} ${response.statusText}\n${shown}`;
      } catch (error) {
        answer.textContent = String(error);
      }
    });
    return make("details", {},
      make("summary", {}, make("span", { className: "method" }, method.toUpperCase()), ` ${path}`),
      make("p", { className: "dim" }, about.summary || about.description || ""),
      form);
  };

  for (const [path, item] of Object.entries(document_.paths || {})) {
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      if (item[method]) list.append(operation(method, path, item[method], item.parameters || []));
    }
  }
})();
