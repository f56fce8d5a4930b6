// The user's latest jobs, of each service that has jobs and is there.

import { byId, element, show, state } from "./page.js";
import { nameOf } from "./services.js";

const LISTS = { pointcloud: "/pointcloud/jobs", splat: "/splat/jobs", asr: "/asr/jobs" };
const MOST = 20;

const KINDS = { completed: "good", running: "fair", queued: "none", failed: "bad", cancelled: "none" };

/** `states` are those of the services by name. */
export async function list(session, states) {
  const found = await Promise.all(Object.entries(LISTS).map(([service, path]) => read(session, service, path, states[service])));
  if (!session.isOpen) return;
  const jobs = found.flatMap((one) => one.jobs);
  jobs.sort((a, b) => String(b.job.created_at).localeCompare(String(a.job.created_at)));
  const notes = found.map((one) => one.note).filter(Boolean);
  if (!jobs.length && found.some((one) => !one.note)) notes.unshift("You have no jobs.");
  byId("jobs-notes").replaceChildren(...notes.map((note) => element("li", {}, note)));
  byId("jobs").replaceChildren(...jobs.slice(0, MOST).map(row));
  show("jobs-table", jobs.length > 0);
}

async function read(session, service, path, status) {
  if (status === "not_configured") return { jobs: [], note: `${nameOf(service)}: not configured` };
  if (status !== "up" && status !== "degraded") return { jobs: [], note: `${nameOf(service)}: cannot be asked now` };
  try {
    const answer = await session.get(path);
    return { jobs: answer.jobs.map((job) => ({ service, job })) };
  } catch (error) {
    return { jobs: [], note: `${nameOf(service)}: ${error.message}` };
  }
}

function row({ service, job }) {
  const created = element("time", { datetime: job.created_at }, new Date(job.created_at).toLocaleString());
  const what = element("th", { scope: "row" }, nameOf(service), element("small", {}, created));
  const word = job.cancel_requested && job.state === "running" ? "stopping" : job.state;
  return element("tr", {}, what,
    element("td", {}, state(word, KINDS[job.state] ?? "none")),
    element("td", {}, progress(job)));
}

function progress(job) {
  if (job.error?.message) return element("small", {}, job.error.message);
  const bar = element("progress", { max: "1", value: String(job.progress), "aria-label": "Progress" });
  return element("span", { class: "progress" }, bar, element("small", {}, job.stage ?? `${Math.round(job.progress * 100)} %`));
}
