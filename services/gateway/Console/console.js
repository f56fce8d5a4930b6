// The console: signs in and out, and shows how the services are and the user's jobs.

import { byId, say, show, showProblem } from "./page.js";
import { list } from "./jobs.js";
import { look } from "./services.js";
import { Session } from "./session.js";

const LOOK_EVERY = 15000;

// What the gateway puts behind # when a sign-in with the provider came to nothing.
const SIGN_IN_PROBLEMS = {
  provider_refused: "The identity provider did not sign you in.",
  user_disabled: "This account is disabled.",
};

let options = null;
let states = {};
let isLooking = false;

const session = new Session(() => {
  showSignedOut();
  showProblem("account-problem", "Your session is over. Sign in again.");
});

async function begin() {
  byId("sign-in").addEventListener("submit", signIn);
  byId("sign-out").addEventListener("click", signOut);
  byId("look-again").addEventListener("click", () => lookAgain().then(() => say("The states are up to date.")));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAgain(); });
  setInterval(() => { if (!document.hidden) lookAgain(); }, LOOK_EVERY);
  await Promise.all([lookAgain(), openAccount()]);
}

async function openAccount() {
  try {
    options = await (await fetch("/api/auth/options", { cache: "no-store" })).json();
  } catch {
    showProblem("account-problem", "The gateway does not answer. Load this page again in a moment.");
    show("account-waiting", false);
    return;
  }
  byId("version").textContent = `Pentad ${options.version}`;
  const problem = takeProblem();
  if (options.has_session && !problem) {
    try {
      await session.resume();
      await showPerson();
      return;
    } catch (error) {
      // A session that is over is no problem: one signs in again.
      if (error.status !== 401) showProblem("account-problem", error.message);
    }
  }
  showSignedOut();
  if (problem) showProblem("account-problem", problem);
}

function takeProblem() {
  const code = new URLSearchParams(location.hash.slice(1)).get("sign_in_error");
  if (!code) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return SIGN_IN_PROBLEMS[code] ?? `You were not signed in (${code}).`;
}

async function signIn(event) {
  event.preventDefault();
  const button = byId("sign-in").querySelector("button");
  button.disabled = true;
  showProblem("account-problem", null);
  try {
    await session.signIn(Object.fromEntries(new FormData(byId("sign-in"))));
    await showPerson();
    byId("account-title").focus();
  } catch (error) {
    showProblem("account-problem", error.status ? error.message : "The gateway does not answer.");
  } finally {
    button.disabled = false;
  }
}

async function signOut() {
  try {
    await session.signOut();
    showProblem("account-problem", null);
  } catch (error) {
    // The token is forgotten here; that it still holds is something to know.
    showProblem("account-problem", `This page has signed you out, but the gateway could not be told: ${error.message}`);
  }
  showSignedOut();
  say("You are signed out.");
  byId("account-title").focus();
}

async function showPerson() {
  const person = await session.get("/api/auth/me");
  byId("person-email").textContent = person.email;
  byId("person-roles").textContent = person.roles?.length ? person.roles.join(", ") : "none";
  showAccount("person", `Signed in as ${person.username}`);
  say(`Signed in as ${person.username}.`);
  show("jobs-card", true);
  await list(session, states);
}

function showSignedOut() {
  const way = options.identity_mode === "development" ? "sign-in" : options.browser_sign_in ? "provider" : "no-browser";
  showAccount(way, "Sign in");
  show("jobs-card", false);
  byId("jobs").replaceChildren();
  byId("jobs-notes").replaceChildren();
  for (const id of ["person-email", "person-roles"]) byId(id).textContent = "";
}

function showAccount(part, title) {
  for (const id of ["account-waiting", "sign-in", "provider", "no-browser", "person"]) show(id, id === part);
  byId("account-title").textContent = title;
  byId("account").setAttribute("aria-busy", "false");
}

async function lookAgain() {
  if (isLooking) return;
  isLooking = true;
  try {
    states = (await look()) ?? states;
    if (session.isOpen) await list(session, states);
  } finally {
    isLooking = false;
  }
}

begin();
