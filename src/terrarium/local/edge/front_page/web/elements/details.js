// What a system says of itself beyond what it does: outputs, how SDKs reach it, what only means something on AWS.

import { h } from "../dom.js";
import { byNote, kept, label, sorted, title } from "../describe.js";
import { copied, copyButton } from "./copy.js";

/** The parts below the columns. */
export function details(status) {
  return [outputs(status.outputs, new Set(status.sensitive)), endpoint(status), modelled(sorted(status.resources).modelled), calls(kept(status.calls))].filter(Boolean);
}

function outputs(values, sensitive) {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  return h("section", { class: "outputs" }, h("h3", {}, "Outputs"),
    h("dl", {}, ...entries.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, sensitive.has(name) ? hidden(text(value), name) : copied(text(value), name))])));
}

/** A value that is not for everybody who looks over a shoulder: it can be copied unseen. */
function hidden(value, name) {
  return h("span", { class: "copied" }, h("span", { class: "value" }, "sensitive"), copyButton(() => value, name));
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Every AWS SDK and the AWS command line take these. */
function endpoint({ system, region, trust }) {
  const lines = [
    `export AWS_ENDPOINT_URL=${location.origin}`,
    `export AWS_ACCESS_KEY_ID=${system}`,
    `export AWS_SECRET_ACCESS_KEY=${system}`,
    `export AWS_DEFAULT_REGION=${region}`,
    ...(location.protocol === "https:" && trust?.AWS_CA_BUNDLE ? [`export AWS_CA_BUNDLE=${quoted(trust.AWS_CA_BUNDLE)}`] : []),
  ];
  return h("section", { class: "endpoint" }, h("h3", {}, "AWS endpoint"),
    h("p", {}, "The AWS command line and every SDK reach this system with:"),
    h("div", { class: "snippet" }, h("pre", { tabindex: 0 }, lines.join("\n")), copyButton(() => `${lines.join("\n")}\n`, "the settings")));
}

/** A value as a shell takes it, whatever is in it. */
function quoted(value) {
  return /^[\w./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** What calls made in services that moto answers. */
function calls(services) {
  if (services.length === 0) return null;
  return h("details", { class: "modelled" }, h("summary", {}, `Calls kept for ${services.length} ${services.length === 1 ? "service" : "services"} of moto's`),
    h("p", {}, "What they made is described and does little; they are made again whenever moto starts:"),
    h("ul", {}, ...services.map((one) => h("li", {}, one))));
}

function modelled(resources) {
  if (resources.length === 0) return null;
  return h("details", { class: "modelled" }, h("summary", {}, `${resources.length} resources only modelled`),
    h("p", {}, "They are deployed to AWS, and mean nothing on one machine:"),
    ...byNote(resources).map(([note, those]) => h("section", {}, h("h4", {}, note),
      h("ul", {}, ...those.map((one) => h("li", { title: `${one.address}\n${one.where}` }, label(one), h("span", { class: "kind" }, title(one.type))))))));
}
