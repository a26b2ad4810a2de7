// A handler in an ES module, in a folder.
const started = await Promise.resolve("awaited while loading");

export const handler = async () => started;
