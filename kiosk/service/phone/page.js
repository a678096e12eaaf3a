"use strict";
// What a workstation asks of this phone: to be paired, or to approve. The code of the QR code stands behind "#".
(() => {
  const { bytes, text, show, fill, listed, sign, wrong, lines, listen } = phoneTools;
  const code = location.hash.slice(1);
  const send = (path, body) => phoneTools.send(path, { code, ...body });
  let asked = {}, number = "", options = null;

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

  listen({
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
  });
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
