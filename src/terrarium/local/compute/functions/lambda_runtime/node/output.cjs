// A handler's console: each call is one log event, written as Lambda writes it.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
//
// An event is marked by a secret of this worker and its length, so that it may have several lines; log_lines.py reads
// that. What is written to standard output directly goes line by line.
"use strict";

const fs = require("node:fs");
const util = require("node:util");
const errors = require("./errors.cjs");

const LEVELS = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
let requestId; // undefined during Init, and written so, as Lambda does

function open(mark) {
  const begin = Buffer.from(mark, "latin1");
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name] = (...values) => {
      const text = `${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...values)}`;
      const body = Buffer.from(text);
      write(Buffer.concat([begin, Buffer.from(body.length.toString(16).padStart(8, "0")), body]));
    };
  }
}

// From now on, events carry this invocation's id.
function begin(id) {
  requestId = id;
}

// An error as the runtime itself logs it.
function logError(title, error) {
  console.error(title, errors.forLog(error));
}

function write(data) {
  for (let at = 0; at < data.length; ) {
    try {
      at += fs.writeSync(1, data, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error; // the pipe is full, and a stream of Node's has made it impatient
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

module.exports = { open, begin, logError };
