// One invocation: the context and the callback that a handler gets, and what becomes of what it does with them.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
"use strict";

const errors = require("./errors.cjs");
const output = require("./output.cjs");

const CALLBACKS_END = 24; // from this generation on there is neither a callback nor what belongs to it
const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that " +
  "was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";

let whenIdle = null; // what happens once the event loop is empty
process.on("beforeExit", () => {
  const happens = whenIdle;
  whenIdle = null;
  if (happens) happens();
});

// A function that runs one invocation and resolves once its result is on its way.
function runner(handler, client, generation) {
  const isAsync = handler.constructor.name === "AsyncFunction";
  const call = generation >= CALLBACKS_END ? withoutCallback : withCallback;
  return (invocation) =>
    new Promise((resolve) => {
      let concluded = false;
      const conclude = (post) => {
        if (concluded) return;
        concluded = true;
        whenIdle = null;
        post();
        resolve();
      };
      const fail = (error) =>
        conclude(() => {
          output.logError(errors.INVOKE, error);
          client.fail(invocation.requestId, JSON.stringify(errors.shape(error)));
        });
      const succeed = (result) => {
        let body;
        try {
          body = JSON.stringify(result === undefined ? null : result) ?? "null";
        } catch {
          fail(new Error("Unable to stringify response body"));
          return;
        }
        conclude(() => client.respond(invocation.requestId, body));
      };
      whenIdle = () => (isAsync || generation >= CALLBACKS_END ? fail(neverSettled()) : succeed(null));
      try {
        call(handler, invocation, succeed, fail);
      } catch (error) {
        fail(error);
      }
    });
}

function withoutCallback(handler, invocation, succeed, fail) {
  Promise.resolve(handler(JSON.parse(invocation.event), contextOf(invocation))).then(succeed, fail);
}

function withCallback(handler, invocation, succeed, fail) {
  let waits = true;
  let called = false;
  const once = (act) => (...values) => {
    if (!called) act(...values);
    called = true;
  };
  const context = contextOf(invocation);
  Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
    enumerable: true,
    get: () => waits,
    set: (value) => (waits = value),
  });
  const present = (error) => error !== undefined && error !== null;
  context.succeed = once(succeed);
  context.fail = once((error) => fail(present(error) ? error : "handled"));
  context.done = once((error, result) => (present(error) ? fail(error) : succeed(result)));
  const callback = once((error, result) => {
    if (present(error)) fail(error);
    else if (!waits) succeed(result);
    else whenIdle = () => setImmediate(() => succeed(result));
  });
  const result = handler(JSON.parse(invocation.event), context, callback);
  if (typeof result?.then === "function") result.then(context.succeed, context.fail);
}

function contextOf(invocation) {
  const { env } = process;
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: invocation.clientContext,
    identity: invocation.identity,
    invokedFunctionArn: invocation.functionArn,
    awsRequestId: invocation.requestId,
    tenantId: invocation.tenantId,
    getRemainingTimeInMillis: () => invocation.deadline - Date.now(),
  };
}

function neverSettled() {
  return errors.named("Runtime.NodeJsExit", NEVER_SETTLED);
}

module.exports = { runner };
