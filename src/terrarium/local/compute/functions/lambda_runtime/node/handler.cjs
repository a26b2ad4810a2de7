// Finding the function that a handler setting such as `folder/file.name` names, in whichever kind of module it is.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const { pathToFileURL } = require("node:url");
const errors = require("./errors.cjs");

const CALLBACKS_END = 24; // the first generation that refuses handlers with a callback

// The handler; throws what is to be reported where there is none.
async function load({ handler: name, folder }, generation) {
  if (name.includes("..")) {
    const how = "Use absolute paths when specifying root directories in handler names.";
    throw errors.named("Runtime.MalformedHandlerName", `'${name}' is not a valid handler name. ${how}`);
  }
  const base = path.basename(name);
  const dot = base.indexOf(".");
  if (dot < 0) throw errors.named("Runtime.MalformedHandlerName", "Bad handler");
  const file = path.resolve(folder, name.slice(0, name.length - base.length), base.slice(0, dot));
  const module = await loaded(file, folder);
  const found = member(module, base.slice(dot + 1)) ?? member(module.default, base.slice(dot + 1));
  if (found === undefined || found === null) {
    throw errors.named("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (typeof found !== "function") throw errors.named("Runtime.HandlerNotFound", `${name} is not a function`);
  if (generation >= CALLBACKS_END && found.length >= 3) {
    throw errors.named(
      "Runtime.CallbackHandlerDeprecated",
      "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
        "You need to modify this function to use a supported handler signature to use Node.js 24 or later. " +
        "For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.",
    );
  }
  return found;
}

async function loaded(file, folder) {
  try {
    for (const extension of ["", ".js", ".mjs", ".cjs"]) {
      const candidate = file + extension;
      if (isFile(candidate)) return await opened(candidate, folder);
    }
    if (isFile(path.join(file, "index.js"))) return await opened(path.join(file, "index.js"), folder);
    return require(require.resolve(path.basename(file), { paths: [folder, path.dirname(file)] })); // a package, or nothing
  } catch (error) {
    if (error instanceof SyntaxError) throw errors.named("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`, error);
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) {
      throw errors.named("Runtime.ImportModuleError", `Error: ${error.message}`, error);
    }
    throw error;
  }
}

function opened(file, folder) {
  const isModule = file.endsWith(".mjs") || (!file.endsWith(".cjs") && typeOfPackage(path.dirname(file), folder) === "module");
  return isModule ? import(pathToFileURL(file).href) : createRequire(file)(file);
}

// What the nearest package.json says, between a file and the folder of the code.
function typeOfPackage(folder, root) {
  const description = path.join(folder, "package.json");
  if (isFile(description)) {
    try {
      return JSON.parse(fs.readFileSync(description, "utf8")).type ?? "commonjs";
    } catch {
      return "commonjs"; // Node itself says what is wrong with it, as soon as it needs it
    }
  }
  return folder === root || path.dirname(folder) === folder ? "commonjs" : typeOfPackage(path.dirname(folder), root);
}

function isFile(name) {
  return fs.statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}

function member(module, names) {
  return names.split(".").reduce((found, name) => (found === null || found === undefined ? undefined : found[name]), module);
}

module.exports = { load };
