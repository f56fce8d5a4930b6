// How the services are, as /ready says.

import { byId, element, showProblem, state } from "./page.js";

const NAMES = {
  "database": "Database",
  "identity_provider": "Identity provider",
  "pointcloud": "Point clouds",
  "splat": "Gaussian scenes",
  "asr": "Transcripts",
  "footprint-ocr": "Foot pressure and sheets",
  "pacs-masks": "Medical masks",
};

const STATES = {
  up: ["up", "good"],
  degraded: ["partly down", "fair"],
  down: ["down", "bad"],
  unknown: ["not asked yet", "none"],
  not_configured: ["not configured", "none"],
};

export const nameOf = (service) => NAMES[service] ?? service;

/** The state of each service by name; null when the gateway does not answer. */
export async function look() {
  let report;
  try {
    // Not ready is an answer, too.
    report = await (await fetch("/ready", { cache: "no-store" })).json();
    if (!report.checks) throw new Error(report.message);
  } catch {
    showProblem("services-problem", "The gateway does not answer. What is below is what it said last.");
    return null;
  }
  showProblem("services-problem", report.status === "draining" ? "The gateway is about to stop." : null);
  byId("services").replaceChildren(...Object.entries(report.checks).map(row));
  byId("services-time").textContent = `As of ${new Date().toLocaleTimeString()}`;
  return Object.fromEntries(Object.entries(report.checks).map(([name, check]) => [name, check.status]));
}

function row([name, check]) {
  const [word, kind] = STATES[check.status] ?? [check.status, "none"];
  return element("tr", {},
    element("th", { scope: "row" }, nameOf(name)),
    element("td", {}, state(word, kind)),
    element("td", { class: "number" }, latency(check)));
}

function latency(check) {
  // How long a failure took says nothing to those who wait for an answer.
  if (typeof check.latency_ms !== "number" || check.status === "down") return "–";
  return `${check.latency_ms < 10 ? check.latency_ms.toFixed(1) : Math.round(check.latency_ms)} ms`;
}
