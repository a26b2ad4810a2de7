// What resources are called, where they stand, and what is said of what they do. Pure: values in, values and words out.

// What people look for first, in the order in which a request meets it.
const KINDS = [
  ["aws_lb", "Load balancer"],
  ["aws_apigatewayv2_domain_name", "Domain name"],
  ["aws_apigatewayv2_stage", "WebSocket API"],
  ["aws_lambda_function_url", "Function URL"],
  ["aws_lambda_function", "Function"],
  ["aws_instance", "Program"],
  ["aws_dynamodb_table", "Table"],
  ["aws_s3_bucket", "Bucket"],
  ["aws_sqs_queue", "Queue"],
  ["aws_sns_topic", "Topic"],
  ["aws_cognito_user_pool", "User pool"],
];
const TITLES = new Map([...KINDS, ["aws_cloudwatch_log_group", "Log group"]]);
const ORDER = new Map(KINDS.map(([type], at) => [type, at]));

// Words of types that are not spelled as they are said.
const SPELLED = new Map([
  ["acm", "ACM"], ["api", "API"], ["apigatewayv2", "API Gateway"], ["dynamodb", "DynamoDB"], ["ec2", "EC2"], ["iam", "IAM"],
  ["lb", "load balancer"], ["route53", "Route 53"], ["s3", "S3"], ["sns", "SNS"], ["sqs", "SQS"], ["ssm", "SSM"], ["vpc", "VPC"],
]);

// Kinds of events, as one and as many; what is not listed is not counted.
const COUNTED = {
  request: ["request", "requests"],
  message: ["message", "messages"],
  connected: ["connection", "connections"],
  invoked: ["invocation", "invocations"],
  throttled: ["throttle", "throttles"],
  read: ["read", "reads"],
  write: ["write", "writes"],
};
const READ = /^(Get|Query|Scan|BatchGet|TransactGet)/;
const WRITE = /^(Put|Update|Delete|BatchWrite|TransactWrite)(Item|Items)$/;
const FAILED = /^(failed|exited|throttled|refused|target_unhealthy)$/;

/** The last part of an address. */
export function label({ address }) {
  return address.split("[")[0].split(".").at(-1) + (address.match(/\[.*\]$/)?.[0] ?? "");
}

/** A type in words. */
export function title(type) {
  return TITLES.get(type) ?? words(type);
}

/** What a resource is, and that the architecture says nothing of it where a call made it. */
export function kind({ type, made_by }) {
  return made_by === "call" ? `${title(type)}, by a call` : title(type);
}

/** How many calls moto answers from, in words, by service. */
export function kept(calls) {
  return Object.entries(calls ?? {}).sort().map(([service, count]) => `${service}: ${count} ${count === 1 ? "call" : "calls"}`);
}

function words(type) {
  const text = type.replace(/^[a-z]+_/, "").split("_").map((word) => SPELLED.get(word) ?? word).join(" ");
  return text[0].toUpperCase() + text.slice(1);
}

/** The resources of a system, as they are shown: `main`, `logs`, `parts` are alive, `modelled` only means something on AWS. */
export function sorted(resources) {
  const alive = resources.filter(({ state }) => state === "alive");
  const main = alive.filter(({ type }) => ORDER.has(type)).sort((one, other) => ORDER.get(one.type) - ORDER.get(other.type));
  const rest = alive.filter(({ type }) => !ORDER.has(type));
  const isLog = ({ type }) => type === "aws_cloudwatch_log_group";
  return {
    main,
    logs: rest.filter(isLog),
    parts: rest.filter((one) => !isLog(one)),
    unsupported: resources.filter(({ state }) => state === "unsupported"),
    modelled: resources.filter(({ state }) => state === "modelled"),
  };
}

/** Resources by what is said of them, the most frequent first. */
export function byNote(resources) {
  const notes = Map.groupBy ? Map.groupBy(resources, ({ note }) => note) : grouped(resources);
  return [...notes].sort(([, one], [, other]) => other.length - one.length);
}

function grouped(resources) {
  const found = new Map();
  for (const one of resources) found.set(one.note, [...(found.get(one.note) ?? []), one]);
  return found;
}

/** Where people go: pages (the system's own first) and WebSockets. */
export function links(status) {
  const reached = status.resources.filter(({ state }) => state === "alive").map((one) => ({ resource: one, url: parsed(one.reached_at) })).filter(({ url }) => url);
  const own = `${status.system}.localhost`;
  const pages = reached.filter(({ url }) => /^https?:$/.test(url.protocol));
  const page = parsed(status.page ?? "");
  if (page && pages.every(({ url }) => url.hostname !== page.hostname)) pages.push({ resource: null, url: page });
  pages.sort((one, other) => (other.url.hostname === own) - (one.url.hostname === own));
  return { pages, sockets: reached.filter(({ url }) => /^wss?:$/.test(url.protocol)) };
}

function parsed(text) {
  return /^(https?|wss?):\/\//.test(text) && URL.canParse(text) ? new URL(text) : null;
}

/** Who writes each log group: the function or program itself before the group that was declared for it. */
export function writers(resources) {
  const found = new Map();
  const groups = ({ type }) => type === "aws_cloudwatch_log_group";
  for (const one of [...resources].sort((a, b) => groups(a) - groups(b))) {
    for (const group of one.logs ?? []) if (!found.has(group)) found.set(group, one);
  }
  return found;
}

/** Adds what happened to what was counted before. */
export function counted(before, counts) {
  const after = { ...before };
  for (const [kind, count] of Object.entries(counts)) {
    const word = WRITE.test(kind) ? "write" : READ.test(kind) ? "read" : kind;
    if (word in COUNTED) after[word] = (after[word] ?? 0) + count;
  }
  return after;
}

/** Counts in words, with how long the last one took, and that it failed if it did. */
export function activity(counts, pulse) {
  const said = Object.entries(counts).filter(([word]) => word !== "connected" || !counts.message)
    .map(([word, count]) => `${count.toLocaleString("en")} ${COUNTED[word][count === 1 ? 0 : 1]}`);
  const took = pulse?.detail?.duration_ms ?? pulse?.detail?.milliseconds;
  if (typeof took === "number") said.push(duration(took));
  if (pulse && failed(pulse)) said.push(pulse.detail?.error_type || "failed");
  return said.join(" · ");
}

function duration(milliseconds) {
  return milliseconds < 1000 ? `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Whether the last thing that happened went wrong. */
export function failed({ kind, detail }) {
  return FAILED.test(kind) || Boolean(detail?.error_type) || Number(detail?.status) >= 500;
}

/** The health of targets, one value for each. */
export function targets(health) {
  return Object.entries(health).flatMap(([arn, found]) => found.map(({ Target, TargetHealth }) => ({
    group: arn.split("targetgroup/").at(-1).split("/")[0],
    target: Target.Port ? `${Target.Id}:${Target.Port}` : Target.Id,
    state: TargetHealth.State,
    reason: TargetHealth.Description ?? TargetHealth.Reason ?? "",
  })));
}
