// The worker's end of the Lambda Runtime API: HTTP/1.1 over a socket that was there from birth.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
// While a handler runs, the socket does not keep the event loop alive: an empty loop is how Lambda's runtime notices
// that a handler with a callback has nothing left to do.
"use strict";

const fs = require("node:fs");
const net = require("node:net");

const ROOT = "/2018-06-01/runtime";
const NEXT = `GET ${ROOT}/invocation/next HTTP/1.1\r\nHost: lambda\r\n\r\n`;
const END_OF_HEAD = Buffer.from("\r\n\r\n");

class RuntimeClient {
  constructor(fd) {
    this.pieces = [];
    this.waiting = []; // whoever waits for an answer, in order
    this.asked = false;
    this.socket = new net.Socket({ fd, readable: true, writable: true });
    this.socket.on("data", (data) => this.received(data));
    // Retired, or the main process has ended: nobody is left to answer to.
    for (const end of ["error", "end", "close"]) this.socket.on(end, () => process.exit(0));
    this.socket.unref();
  }

  // Waits for an invocation.
  async next() {
    this.socket.ref();
    if (!this.asked) this.send(NEXT);
    this.asked = false;
    const { headers, body } = await this.answer();
    this.socket.unref();
    return {
      requestId: headers["lambda-runtime-aws-request-id"],
      deadline: Number(headers["lambda-runtime-deadline-ms"]),
      functionArn: headers["lambda-runtime-invoked-function-arn"],
      traceId: headers["lambda-runtime-trace-id"],
      clientContext: parsed(headers["lambda-runtime-client-context"]),
      identity: parsed(headers["lambda-runtime-cognito-identity"]),
      tenantId: headers["lambda-runtime-aws-tenant-id"],
      event: body,
    };
  }

  // Posts a result and asks for the next invocation in the same breath, which saves half of the round trips.
  respond(requestId, body) {
    this.post(`/invocation/${requestId}/response`, body, "", NEXT);
  }

  // Posts a failure and asks for the next invocation.
  fail(requestId, body) {
    this.post(`/invocation/${requestId}/error`, body, "Unhandled", NEXT);
  }

  // Posts a failure, and resolves once it was heard: this process is about to end.
  async failAndStop(requestId, body) {
    this.post(`/invocation/${requestId}/error`, body, "Unhandled", "");
    await this.heard();
  }

  // Posts that the handler could not be loaded, and resolves once that was heard.
  async failToStart(body, errorType) {
    this.post("/init/error", body, errorType, "");
    await this.heard();
  }

  async heard() {
    this.socket.ref();
    await this.acceptance;
  }

  post(path, body, errorType, rest) {
    const bytes = Buffer.from(body);
    const kind = errorType && `Lambda-Runtime-Function-Error-Type: ${errorType.replace(/[^\x20-\x7e]/g, "?")}\r\n`;
    const head =
      `POST ${ROOT}${path} HTTP/1.1\r\nHost: lambda\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${bytes.length}\r\nTerrarium-Max-Memory-Kilobytes: ${peakKilobytes()}\r\n${kind}\r\n`;
    this.asked = rest !== "";
    this.send(Buffer.concat([Buffer.from(head), bytes, Buffer.from(rest)]));
    this.acceptance = this.answer();
  }

  send(data) {
    this.socket.write(data);
  }

  answer() {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  received(data) {
    this.pieces.push(data);
    if (this.needed !== undefined && (this.needed -= data.length) > 0) return; // the rest of a large body
    let all = this.pieces.length === 1 ? data : Buffer.concat(this.pieces);
    for (;;) {
      this.needed = undefined;
      const end = all.indexOf(END_OF_HEAD);
      if (end < 0) break;
      const headers = headersOf(all.toString("latin1", 0, end));
      const start = end + END_OF_HEAD.length;
      const size = Number(headers["content-length"] || 0);
      if (all.length < start + size) {
        this.needed = start + size - all.length;
        break;
      }
      this.waiting.shift()({ headers, body: all.toString("utf8", start, start + size) });
      all = all.subarray(start + size);
    }
    this.pieces = all.length ? [all] : [];
  }
}

function headersOf(head) {
  const headers = {};
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function parsed(text) {
  return text === undefined ? undefined : JSON.parse(text);
}

// The most memory that this process has held. Linux tells it; elsewhere what is held now has to do.
function peakKilobytes() {
  if (process.platform !== "linux") return Math.ceil(process.memoryUsage.rss() / 1024);
  return Number(/^VmHWM:\s*(\d+)/m.exec(fs.readFileSync("/proc/self/status", "latin1"))[1]);
}

module.exports = { RuntimeClient };
