// Giving commands to the node in the name of the person who is logged in.

/** Tells "acted" after a command or a login, and "logged-out" when the node says that nobody is. */
export const desk = new EventTarget();

/** An answer that is not yes. `status` is HTTP's, 0 when the node did not answer. */
export class Refusal extends Error {
  constructor(reason, status) {
    super(reason);
    this.status = status;
  }
}

/** Ask the node's login and command addresses; resolves with the answer's JSON or rejects. */
export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json", "X-Procedure-Node": "page" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new Refusal("the node does not answer: look whether it was done before doing it again", 0);
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if (answer.status === 401) desk.dispatchEvent(new Event("logged-out"));
  throw new Refusal(told.error ?? `the node answers ${answer.status}; its log says more`, answer.status);
}

/**
 * Give a command, such as sendCommand("acknowledge", { alert_id }).
 *
 * Resolves with { procedure_id } once it is journalled; rejects with a Refusal whose message is the
 * reason in words. Who gives it is who is logged in: `by` must not be in the body.
 */
export async function sendCommand(name, body = {}) {
  const done = await ask("POST", `/api/commands/${encodeURIComponent(name)}`, body);
  desk.dispatchEvent(new Event("acted"));
  return done;
}
