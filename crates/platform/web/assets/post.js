// What the other scripts of a page send with: JSON with the form token, as this session, and the server's own words when it refuses.
"use strict";
const post = async (address, token, body) => {
  const answer = await fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", "x-csrf-token": token },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.problem || "");
  return said;
};
