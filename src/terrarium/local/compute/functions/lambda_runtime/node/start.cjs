// Started as `node start.cjs '{"api": 3, ...}'` by the forked worker: becomes Lambda's runtime for Node and serves
// invocations one at a time. What a user's code can see of it follows
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client. No file here knows Terrarium's other parts.
"use strict";

const errors = require("./errors.cjs");
const output = require("./output.cjs");
const { RuntimeClient } = require("./client.cjs");
const { load } = require("./handler.cjs");
const { runner } = require("./invocation.cjs");

const settings = JSON.parse(process.argv.splice(2, 1)[0]);
const generation = Number(/^nodejs(\d+)/.exec(settings.runtime)[1]);
const client = new RuntimeClient(settings.api);
let current = null; // the id of the invocation under way; null during Init, empty between two invocations

output.open(settings.mark);

// Exit codes are those of Lambda's own runtime.
function fatal(title, code) {
  return (thrown) => {
    const error = title === errors.REJECTED ? errors.rejection(thrown) : thrown;
    output.logError(title, error);
    report(error).then(() => process.exit(code));
  };
}

async function report(error) {
  const body = JSON.stringify(errors.shape(error));
  if (current === null) await client.failToStart(body, errors.typeOf(error));
  else if (current !== "") await client.failAndStop(current, body);
}

process.on("uncaughtException", fatal(errors.THROWN, 129));
process.on("unhandledRejection", fatal(errors.REJECTED, 128));

async function main() {
  let handler;
  try {
    handler = await load(settings, generation);
  } catch (error) {
    output.logError(errors.THROWN, error);
    await report(error);
    process.exit(1);
  }
  const run = runner(handler, client, generation);
  for (;;) {
    current = "";
    const invocation = await client.next();
    current = invocation.requestId;
    output.begin(current);
    if (invocation.traceId === undefined) delete process.env._X_AMZN_TRACE_ID;
    else process.env._X_AMZN_TRACE_ID = invocation.traceId;
    await run(invocation);
  }
}

main();
