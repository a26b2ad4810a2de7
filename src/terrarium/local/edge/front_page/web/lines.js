// Log lines as people read them: what a function or program said stands out, what the platform adds is brief. Pure.

const MARKERS = /^(INIT_START |START RequestId: |END RequestId: )/;
const REPORT = /^REPORT RequestId: /;
const BAD = /\b(ERROR|CRITICAL|FATAL|Traceback|Exception|Task timed out)\b/;

/** What a line is: `marker`, `report`, `bad`, `fields` or `plain`. */
export function tone(message) {
  if (MARKERS.test(message)) return "marker";
  if (REPORT.test(message)) return "report";
  if (BAD.test(message)) return "bad";
  return fields(message) ? "fields" : "plain";
}

/** The platform's report in a few words; the line itself where it is another one. */
export function report(message) {
  const read = (name) => message.match(new RegExp(`\\b${name}: ([\\d.]+) (\\w+)`));
  const [duration, used, size, start] = ["(?<!Billed |Init )Duration", "Max Memory Used", "(?<!Max )Memory Size", "Init Duration"].map(read);
  if (!duration) return message;
  const said = [`took ${duration[1]} ${duration[2]}`];
  if (used && size) said.push(`${used[1]} of ${size[1]} ${size[2]}`);
  if (start) said.push(`cold start ${start[1]} ${start[2]}`);
  return said.join(" · ");
}

/** The names and values of a line that is a JSON object, words before long ids; null for all others. */
export function fields(message) {
  if (!message.startsWith("{")) return null;
  try {
    const entries = Object.entries(JSON.parse(message)).filter(([, value]) => value !== "-" && value !== null);
    const texts = entries.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
    return texts.sort((one, other) => one.join().length - other.join().length);
  } catch {
    return null; // it only began like one
  }
}
