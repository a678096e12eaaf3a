"use strict";
// Rings the doorbell of the workstation that this browser runs on, and takes what it gives back to the service.
(() => {
  const page = document.getElementById("sign-in");
  const { ticket, door, silent } = page.dataset;
  const sentences = [...page.querySelectorAll("[role=status]")];
  const told = ["access_denied", "login_required", "unmet_authentication_requirements"];
  const json = { method: "POST", headers: { "Content-Type": "application/json" } };

  const show = name => sentences.forEach(line => { line.hidden = line.id !== name; });
  const elsewhere = document.getElementById("elsewhere"); // where the hospital has a provider of its own
  const choices = wanted => { document.getElementById("choices").hidden = !wanted; };

  // The doorbell never sees a cookie, and is not followed anywhere.
  const ring = (path, body) =>
    fetch(door + path, { ...json, body: JSON.stringify(body), credentials: "omit", redirect: "error" })
      .then(answer => answer.json());

  // A workspace that is just being opened, or comes back from a proof, is seen a moment later.
  const attest = async body => {
    for (let left = 24; ; left -= 1) {
      const said = await ring("/attest", body);
      if (said.reason !== "not_active" || left === 0) return said;
      await new Promise(done => setTimeout(done, 250));
    }
  };

  // Where the service sends this browser now. No other word counts: whatever listens on the doorbell's port while no
  // agent runs must not say where a page of the service goes.
  const go = async body => {
    const answer = await fetch("/oauth/continue", { ...json, body: JSON.stringify({ ticket, ...body }), redirect: "error" });
    const said = await answer.json();
    if (said.location) location.replace(said.location);
    else stuck(said.code === "not_active" ? "not_active" : "over");
  };

  const stuck = name => {
    if (silent === "1") return go({ failed: "login_required" });
    const shown = sentences.some(line => line.id === name) ? name : "unheard";
    show(shown);
    if (elsewhere) elsewhere.hidden = !["unheard", "upstream_away"].includes(shown);
    choices(true);
  };

  // By the hospital's own provider. Only the service says where that is.
  const goElsewhere = async () => {
    choices(false);
    const answer = await fetch("/oauth/upstream", { ...json, body: JSON.stringify({ ticket }), redirect: "error" });
    const said = await answer.json();
    if (said.location) location.assign(said.location);
    else stuck(said.code === "upstream_away" ? "upstream_away" : "over");
  };

  const signIn = async () => {
    choices(false);
    show("working");
    try {
      let said = await attest({ ticket });
      if (said.decision === "step_up") {
        show("step_up");
        const { action, resource, audience } = said;
        const proof = await ring("/step-up", { action, resource, audience });
        if (proof.decision !== "granted") return await notProved(proof.reason);
        show("working");
        said = await attest({ ticket, step_up: proof.request_id });
      }
      if (told.includes(said.reason)) await go({ failed: said.reason });
      else if (said.decision === "signed_in") await go({ receipt: said.receipt });
      else if (["bad_ticket", "already_used"].includes(said.error)) stuck("over");
      else stuck(said.reason ?? said.error);
    } catch {
      stuck("unheard");
    }
  };

  const notProved = reason => {
    if (reason === "refused_by_person") return go({ failed: "access_denied" });
    if (["policy", "wrong_factor", "locked_out"].includes(reason)) return go({ failed: "unmet_authentication_requirements" });
    return stuck(reason === "unreachable" ? "unreachable" : "not_active");
  };

  document.getElementById("again").addEventListener("click", signIn);
  document.getElementById("back").addEventListener("click", () => go({ failed: "access_denied" }).catch(() => stuck("over")));
  elsewhere?.addEventListener("click", () => goElsewhere().catch(() => stuck("upstream_away")));
  signIn();
})();
