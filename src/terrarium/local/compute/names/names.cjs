// Names of AWS as a program in Node resolves them: TLS connections to them lead to a port of this machine, which shows a
// certificate for each name that it is asked for. So do the system's own names, which a file has, one a line. Every other
// name resolves as ever. Loaded before the program itself; the call that says which port is written behind this text.
"use strict";

function resolveAwsAt(port, hosts) {
  const fs = require("node:fs");
  const dns = require("node:dns");
  const net = require("node:net");
  const HERE = "127.0.0.1";
  let seen = 0;
  let own = new Set();
  const isOwn = (host) => {
    const { mtimeMs } = fs.statSync(hosts, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
    if (mtimeMs !== seen) {
      own = new Set(mtimeMs ? fs.readFileSync(hosts, "ascii").split("\n") : []);
      seen = mtimeMs;
    }
    return own.has(host.toLowerCase().replace(/\.$/, ""));
  };
  const isAws = (host) => typeof host === "string" && (/\.(amazonaws\.com|on\.aws)\.?$/i.test(host) || isOwn(host));

  // https, fetch and http2 all end here, with options, or with what net.connect has made of its arguments.
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    const normalized = Array.isArray(given[0]);
    const [options, ...rest] = normalized ? given[0] : given;
    if (typeof options === "object" && options !== null && isAws(options.host)) {
      const led = { ...options, host: HERE, port: Number(options.port) === 443 ? port : options.port };
      if (!normalized) return connect.call(this, led, ...rest);
      given[0][0] = led;
    } else if (!normalized && isAws(rest[0])) {
      return connect.call(this, Number(options) === 443 ? port : options, HERE, ...rest.slice(1));
    }
    return connect.apply(this, given);
  };

  const { lookup } = dns;
  dns.lookup = (host, ...rest) => lookup(isAws(host) ? HERE : host, ...rest);
  const promised = dns.promises.lookup;
  dns.promises.lookup = (host, ...rest) => promised(isAws(host) ? HERE : host, ...rest);
}
