// Handlers in Node that are invoked by the Lambda API.
"use strict";

const seen = (event, context) => ({
  event,
  context: { ...context },
  remaining: context.getRemainingTimeInMillis(),
  environment: { ...process.env },
  folder: process.cwd(),
});

exports.describe = async (event, context) => seen(event, context);

exports.callsBack = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = event.waits;
  const state = { later: false };
  setTimeout(() => {
    state.later = true;
  }, 100);
  callback(null, state);
};

exports.raises = async () => {
  throw new RangeError("no luck");
};

exports.rejects = async () => {
  Promise.reject(new Error("nobody cares"));
  await new Promise((resolve) => setTimeout(resolve, 5000));
};

exports.prints = async (event) => {
  console.log(event.text);
  console.error(event.text);
};
