// What a browser remembers from one visit to the next.

export const memory = {
  get: (key) => { try { return localStorage.getItem(`chat-${key}`); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(`chat-${key}`, value); } catch { /* private windows may refuse: nothing is kept, that is all */ } },
};
