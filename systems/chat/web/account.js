// Signing in with Amazon Cognito: a name and a password become tokens, renewed for as long as one stays. It knows no page.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html

const EARLY = 60_000; // ms before its end from which a token is renewed
const KEPT = "chat-session"; // what this window remembers when it is loaded again
const MODERATORS = "moderators";

/** Somebody who has to choose a password of their own before they come in. */
export class NewPasswordNeeded extends Error {
  constructor(session) {
    super("Choose a password of your own.");
    this.session = session;
  }
}

export class Account {
  #endpoint;
  #client;
  #access = null;
  #refresh = sessionStorage.getItem(KEPT);

  constructor(endpoint, client) {
    this.#endpoint = endpoint;
    this.#client = client;
  }

  /** Whether this window was signed in when it was loaded. */
  get isRemembered() { return Boolean(this.#refresh); }

  /** Who one is, as the token says. */
  get me() {
    const { sub, username, "cognito:groups": groups } = claims(this.#access);
    return { userId: sub, username, isModerator: Boolean(groups?.includes(MODERATORS)) };
  }

  async signIn(username, password) {
    this.#take(await this.#call("InitiateAuth", { AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: username, PASSWORD: password } }));
  }

  async choosePassword(username, password, session) {
    const answers = { USERNAME: username, NEW_PASSWORD: password };
    this.#take(await this.#call("RespondToAuthChallenge", { ChallengeName: "NEW_PASSWORD_REQUIRED", Session: session, ChallengeResponses: answers }));
  }

  /** A token that lets in now. */
  async token() {
    if (!this.#access || claims(this.#access).exp * 1000 - Date.now() < EARLY) {
      this.#take(await this.#call("InitiateAuth", { AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: this.#refresh } }));
    }
    return this.#access;
  }

  async signOut() {
    const token = this.#refresh;
    this.forget();
    // Where this fails the token ends by itself one day; this window has forgotten it in any case.
    if (token) await this.#call("RevokeToken", { Token: token }).catch((error) => console.info(error.message));
  }

  forget() {
    this.#access = this.#refresh = null;
    sessionStorage.removeItem(KEPT);
  }

  #take({ ChallengeName: challenge, Session: session, AuthenticationResult: tokens }) {
    if (challenge === "NEW_PASSWORD_REQUIRED") throw new NewPasswordNeeded(session);
    if (!tokens) throw new Error(`This account asks for more than a password (${challenge}), which this page cannot give.`);
    this.#access = tokens.AccessToken;
    this.#refresh = tokens.RefreshToken ?? this.#refresh;
    sessionStorage.setItem(KEPT, this.#refresh);
  }

  async #call(operation, body) {
    const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}` };
    let answer;
    try {
      answer = await fetch(this.#endpoint, { method: "POST", headers, body: JSON.stringify({ ClientId: this.#client, ...body }) });
    } catch {
      throw new Error("Signing in cannot be reached. Try again in a moment.");
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    const kind = (said.__type ?? "").split("#").at(-1);
    throw Object.assign(new Error(WORDS[kind] ?? said.message ?? "Signing in failed."), { kind });
  }
}

// What people read of errors. Whether it was the name or the password is nobody's business.
const WORDS = {
  NotAuthorizedException: "The name or the password is not right.",
  UserNotFoundException: "The name or the password is not right.",
  InvalidPasswordException: "That password is too short: it takes twelve characters.",
  PasswordResetRequiredException: "Your password has to be set anew: ask whoever runs this chat.",
  TooManyRequestsException: "Too many attempts. Wait a moment.",
  LimitExceededException: "Too many attempts. Wait a moment.",
};

/** What a token says; whether it is genuine is for others to check. */
function claims(token) {
  const [, middle] = token.split(".");
  const bytes = Uint8Array.from(atob(middle.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.codePointAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
