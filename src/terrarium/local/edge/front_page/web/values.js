// DynamoDB's attribute values as people read them. Pure.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html

/** A value without its types; numbers that JavaScript cannot hold exactly stay text. */
export function plain(value) {
  const [[type, inner]] = Object.entries(value);
  switch (type) {
    case "N": return number(inner);
    case "NS": return inner.map(number);
    case "NULL": return null;
    case "L": return inner.map(plain);
    case "M": return item(inner);
    default: return inner; // S, SS, BOOL; B and BS as they come, in base64
  }
}

/** An item without types. */
export function item(attributes) {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, plain(value)]));
}

function number(text) {
  return String(Number(text)) === text ? Number(text) : text;
}

/** A value in one line. */
export function short(value) {
  if (value === undefined) return "";
  const [[type, inner]] = Object.entries(value);
  const text = type === "S" || type === "N" || type === "B" ? inner : JSON.stringify(plain(value));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The attributes of some items: keys first, then by name. */
export function columns(items, keys) {
  const others = new Set(items.flatMap((one) => Object.keys(one)));
  for (const key of keys) others.delete(key);
  return [...keys, ...[...others].sort()];
}

/** The keys of a table or of one of its indexes: [partition, sort?], each with its name and type. */
export function keys(table, index) {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  const schema = index ? indexes.find(({ IndexName }) => IndexName === index).KeySchema : table.KeySchema;
  const types = new Map(table.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  const ordered = [...schema].sort((one, other) => (one.KeyType === "RANGE") - (other.KeyType === "RANGE"));
  return ordered.map(({ AttributeName }) => ({ name: AttributeName, type: types.get(AttributeName) }));
}

/** The names of a table's indexes. */
export function indexes(table) {
  return [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])].map(({ IndexName }) => IndexName);
}
