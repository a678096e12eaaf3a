"use strict";
// What a workstation asks of this phone: to be paired, or to approve. The code of the QR code stands behind "#".
(() => {
  const page = document.querySelector("main");
  const code = location.hash.slice(1);
  const again = document.getElementById("again");
  let asked = {}, number = "", options = null;

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), sign => sign.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // One part at a time; its heading has the focus, so that a screen reader says it.
  const show = name => {
    again.hidden = true;
    for (const part of page.querySelectorAll("section")) part.hidden = part.id !== name;
    const field = document.querySelector("#" + name + " input");
    (field ?? document.querySelector("#" + name + " h1")).focus();
  };

  const fill = values => {
    for (const [name, value] of Object.entries(values))
      for (const place of page.querySelectorAll(`[data-of=${name}]`)) place.textContent = value;
  };

  const send = async (path, body) => {
    const answer = await fetch("/phone/" + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit", redirect: "error",
      body: JSON.stringify({ code, ...body }),
    });
    if (answer.status === 404 || answer.status === 409) { show("over"); return null; }
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const listed = (ids, transports) => ids.map(id => ({ type: "public-key", id: bytes(id), ...transports }));

  const make = wish => navigator.credentials.create({ publicKey: {
    challenge: bytes(wish.challenge), rp: { id: wish.rp_id, name: wish.rp_id },
    user: { id: bytes(wish.user_handle), name: wish.login, displayName: wish.display_name },
    pubKeyCredParams: wish.algorithms.map(alg => ({ type: "public-key", alg })),
    excludeCredentials: listed(wish.exclude, {}),
    authenticatorSelection: {
      authenticatorAttachment: "platform", residentKey: "required", requireResidentKey: true, userVerification: "required",
    },
    attestation: "none", timeout: 120000,
  } });

  const sign = async wish => {
    const made = await navigator.credentials.get({ publicKey: {
      challenge: bytes(wish.challenge), rpId: wish.rp_id, userVerification: "required", timeout: 120000,
      allowCredentials: listed(wish.allow, { transports: ["internal", "hybrid"] }),
    } });
    const { authenticatorData, clientDataJSON, signature, userHandle } = made.response;
    return {
      credential_id: text(made.rawId), authenticator_data: text(authenticatorData), client_data: text(clientDataJSON),
      signature: text(signature), user_handle: userHandle && userHandle.byteLength ? text(userHandle) : null,
      method: "fido2",
    };
  };

  const wrong = left => {
    document.getElementById("wrong").textContent = left === 1 ? page.dataset.wrongLast : page.dataset.wrong;
    const field = document.getElementById("number");
    field.value = "";
    field.focus();
  };

  const lines = said => {
    const list = document.querySelector("#ask dl");
    list.replaceChildren(...said.flatMap(({ label, value }) => {
      const term = document.createElement("dt"), what = document.createElement("dd");
      term.textContent = label;
      what.textContent = value;
      what.dir = "auto";
      return [term, what];
    }));
  };

  const acts = {
    pair: async () => {
      const { clientDataJSON, attestationObject } = (await make(asked.pair)).response;
      const made = { client_data: text(clientDataJSON), attestation_object: text(attestationObject) };
      const said = await send("registered", { made });
      if (said) { options = said; show("confirm"); }
    },
    confirm: async () => {
      const said = await send("tried", { proof: await sign(options) });
      if (said) { fill({ number: said.number.replace(/(...)/, "$1 ") }); show("paired"); }
    },
    number: async () => {
      number = document.getElementById("number").value;
      const said = await send("number", { number });
      if (!said) return;
      if (said.asked === null) { wrong(said.left); return; }
      options = said.asked.approve;
      lines(said.asked.lines);
      show("ask");
    },
    approve: async () => {
      const said = await send("approve", { number, proof: await sign(options) });
      if (said) show(said.outcome);
    },
    refuse: async () => {
      const said = await send("refuse", { number });
      if (said) show(said.outcome);
    },
    not_me: async () => {
      const said = await send("report", { proof: await sign(asked.report) });
      if (said) show(said.outcome);
    },
  };

  // A prompt that was closed, or a network that is away: the same button does it again.
  const act = async name => {
    const buttons = [...page.querySelectorAll("button")];
    buttons.forEach(button => { button.disabled = true; });
    again.hidden = true;
    try {
      await acts[name]();
    } catch {
      again.hidden = false;
    }
    buttons.forEach(button => { button.disabled = false; });
  };

  page.addEventListener("click", event => {
    const wanted = event.target.dataset.do;
    if (wanted) act(wanted);
  });
  page.querySelector("form").addEventListener("submit", event => { event.preventDefault(); act("number"); });
  addEventListener("hashchange", () => location.reload());

  const begin = async () => {
    if (!window.PublicKeyCredential) return show("unable");
    if (!code) return show("over");
    show("working");
    asked = await send("look", {});
    if (!asked) return undefined;
    if (asked.purpose === "approve") return show("type");
    fill({ name: asked.name, station: asked.station });
    return show("pair");
  };

  begin().catch(() => show("failed"));
})();
