"use strict";
// Renders the OpenAPI description that lies beside this page. Text only: nothing is inserted as HTML.

const make = (tag, text, ...children) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
};

const schemaName = (schema) => (schema?.$ref ? schema.$ref.split("/").pop() : null);

const block = (title, value) => [make("h4", title), make("pre", JSON.stringify(value, null, 2))];

const operation = (method, path, item) => {
  const head = make("summary", "", make("b", method.toUpperCase()), make("code", path), ` ${item.summary ?? ""}`);
  const body = make("details", "", head, make("p", item.description ?? ""));
  if (item.parameters?.length) {
    body.append(...block("Parameters", item.parameters.map(({ name, in: place, required, schema, description }) =>
      ({ name, in: place, required, schema, description }))));
  }
  const input = item.requestBody?.content?.["application/json"]?.schema;
  if (input) body.append(...block("Body", schemaName(input) ?? input));
  for (const [status, answer] of Object.entries(item.responses ?? {})) {
    const shape = answer.content?.["application/json"]?.schema;
    body.append(make("p", `${status}: ${answer.description ?? ""} ${schemaName(shape) ?? ""}`));
  }
  return body;
};

const show = (api) => {
  document.title = api.info.title;
  const page = document.getElementById("page");
  page.replaceChildren(make("h1", api.info.title), make("p", api.info.summary ?? ""));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, details] of Object.entries(item)) page.append(operation(method, path, details));
  }
  page.append(make("h2", "Schemas"));
  for (const [name, schema] of Object.entries(api.components?.schemas ?? {})) {
    page.append(make("details", "", make("summary", name), make("pre", JSON.stringify(schema, null, 2))));
  }
};

fetch("openapi.json").then((answer) => answer.json()).then(show);
