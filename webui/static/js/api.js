// Talks to the server. A session that has run out is renewed in a dialog over the page, and the
// request is then sent again, so that nothing is lost.

import { signIn } from "./sign-in.js";

/** Send a request with a JSON body, if there is one; answers the Response. */
export async function send(method, address, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(address, options);
  if (answer.status === 401 && (await signIn())) return fetch(address, options);
  return answer;
}

/** The sentence for the user in an answer that is an error. */
export async function sentence(answer) {
  try {
    return (await answer.json()).error.message;
  } catch {
    return `The server answered with an error (${answer.status}).`;
  }
}
