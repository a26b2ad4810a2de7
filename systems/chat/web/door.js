// The door: who one is, how one shows it, and into which room. Without accounts a name and a token are enough.

import { Account, NewPasswordNeeded } from "./account.js";
import { $ } from "./dom.js";
import { memory } from "./memory.js";

const RETRY = 3000; // ms until the address of the chat is asked for again

/** Events: `enter`, whose detail is what a chat needs: endpoint, me, room, and where a token comes from. */
export class Door extends EventTarget {
  #endpoint = "";
  #account = null;
  #session = null; // of somebody who has to choose a password

  /** Ask where the chat is, and let people knock. */
  async open() {
    $("#name").value = memory.get("name") ?? "";
    $("#room").value = location.hash.slice(1) || memory.get("room") || "general";
    $("#name").focus();
    $("#go").disabled = true;
    const { outputs, aws } = await this.#configured();
    this.#endpoint = outputs.websocket_api_endpoint;
    this.say("");
    $("#go").disabled = false;
    $("#enter").addEventListener("submit", (event) => { event.preventDefault(); this.#knock(); });
    if (outputs.user_pool_client_id) {
      const region = outputs.user_pool_id.split("_")[0];
      this.#account = new Account(aws ?? `https://cognito-idp.${region}.amazonaws.com/`, outputs.user_pool_client_id);
      this.#askForPassword();
      if (this.#account.isRemembered) this.#knock(true);
    } else $("#token").value = new URL(outputs.test_connection_url).searchParams.get("token") ?? "";
  }

  /** Whoever knocked was not let in. A browser does not learn why a handshake failed; where it was served narrows it down. */
  refuse() {
    this.#ready();
    this.#account?.forget();
    this.say(this.#account ? "You were not let in. Sign in again; the room's name may not be allowed." : "You were not let in. The token may not be valid here, or the room's name is not allowed.");
    $(this.#account ? "#password" : "#token").select();
  }

  /** Leave the house: whoever signed in is signed out. */
  async close() { await this.#account?.signOut(); }

  say(text, kind = "trouble") {
    $("#trouble").hidden = !text;
    $("#trouble").dataset.kind = kind;
    $("#trouble").textContent = text;
  }

  async #knock(isRemembered = false) {
    const username = $("#name").value.trim();
    if (!isRemembered && !username) return $("#name").focus();
    this.say("");
    $("#go").disabled = true;
    $("#go").textContent = "Knocking …";
    const room = $("#room").value.trim().toLowerCase();
    if (!this.#account) return this.#enter({ userId: identity(username), username }, room, async () => $("#token").value);
    try {
      await (isRemembered ? this.#account.token() : this.#signIn(username));
      this.#enter(this.#account.me, room, () => this.#account.token());
    } catch (error) {
      this.#ready();
      if (error instanceof NewPasswordNeeded) this.#askForNewPassword(error.session);
      if (isRemembered) this.#account.forget();
      const isNote = isRemembered || error instanceof NewPasswordNeeded;
      this.say(isRemembered ? "You were away for a while. Sign in again." : error.message, isNote ? "note" : "trouble");
    }
  }

  async #signIn(username) {
    if (this.#session) await this.#account.choosePassword(username, $("#new-password").value, this.#session);
    else await this.#account.signIn(username, $("#password").value);
    this.#session = null;
    for (const name of ["#password", "#new-password"]) $(name).value = "";
  }

  #enter(me, room, token) {
    memory.set("name", me.username);
    this.dispatchEvent(new CustomEvent("enter", { detail: { endpoint: this.#endpoint, me, room, token } }));
  }

  #ready() {
    $("#go").disabled = false;
    $("#go").textContent = this.#account ? "Sign in" : "Enter";
  }

  #askForPassword() {
    $("#door-words").textContent = "Every room has its own light. Sign in and pull up a chair.";
    $("#enter").autocomplete = "on";
    $("#name").autocomplete = "username";
    $("#name").autocapitalize = "none";
    $("#name").maxLength = 128;
    swap("token", "password");
    this.#ready();
    if ($("#name").value) $("#password").focus();
  }

  #askForNewPassword(session) {
    this.#session = session;
    swap("password", "new-password");
    $("#new-password").focus();
  }

  async #configured() {
    for (;;) {
      try {
        const answer = await fetch("config.json", { cache: "no-store" });
        if (answer.ok) return await answer.json();
      } catch { /* no connection: the door says so, and it is tried again */ }
      this.say("The chat cannot be reached. Trying again …");
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
}

/** Ask for one thing instead of another. */
function swap(before, after) {
  for (const [name, isAsked] of [[before, false], [after, true]]) {
    const field = $(`#${name}`);
    field.closest("label").hidden = !isAsked;
    field.required = field.disabled = false;
    if (isAsked) field.required = true;
    else field.disabled = true;
  }
}

/** Who one is without an account: kept for the name, so that a page that is loaded again is the same person. */
function identity(username) {
  const known = memory.get("identity")?.split(" ");
  if (known?.[1] === encodeURIComponent(username)) return known[0];
  const word = username.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "").slice(0, 24) || "guest";
  const user = `${word}-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;
  memory.set("identity", `${user} ${encodeURIComponent(username)}`);
  return user;
}
