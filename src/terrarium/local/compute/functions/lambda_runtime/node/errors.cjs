// What went wrong, in the shapes that Lambda gives it: for the invoker, and for the log.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
"use strict";

const THROWN = "Uncaught Exception";
const REJECTED = "Unhandled Promise Rejection";
const INVOKE = "Invoke Error";

// An error of the runtime's own, whose name is its type.
function named(type, message, cause) {
  const error = new Error(message);
  error.name = type;
  error.stack = `${type}: ${message}${cause === undefined ? "" : `\n${frames(cause)}`}`;
  return error;
}

function rejection(reason) {
  const error = named("Runtime.UnhandledPromiseRejection", String(reason), reason);
  error.reason = reason;
  return error;
}

// The payload that an invoker receives.
function shape(error) {
  if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: hinted(error), trace: lines(error) };
}

function typeOf(error) {
  return shape(error).errorType;
}

// What the log shows of it, on one line.
function forLog(error) {
  const known = isError(error) ? error : new Error(String(error));
  try {
    return `\t${JSON.stringify(known, (_, value) => (isError(value) ? members(value) : value))}`;
  } catch {
    return `\t${JSON.stringify(shape(known))}`; // it holds what JSON cannot say
  }
}

function members(error) {
  const own = { errorType: error.name, errorMessage: hinted(error), code: error.code, ...error };
  return { ...own, stack: lines(error) };
}

// Errors that cross from another context are no instance of this one's Error.
function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function lines(error) {
  return typeof error.stack === "string" ? error.stack.split("\n") : [];
}

function frames(cause) {
  return cause && typeof cause.stack === "string" ? cause.stack.split("\n").slice(1).join("\n") : "";
}

// Lambda's Node runtimes carry the AWS SDK, https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html; this
// machine has only what lies beside the handler.
function hinted(error) {
  const missing = /Cannot find (?:module|package) '(@(?:aws-sdk|smithy)\/[^'/]+)/.exec(error.message);
  if (!missing) return error.message;
  const folder = process.env.LAMBDA_TASK_ROOT;
  return (
    `${error.message}\nLambda brings the AWS SDK for JavaScript, Terrarium does not: ` +
    `run \`npm install ${missing[1]}\` in the folder of the handler (${folder}).`
  );
}

module.exports = { THROWN, REJECTED, INVOKE, named, rejection, shape, typeOf, forLog };
