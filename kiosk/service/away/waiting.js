"use strict";
// What servers ask this phone's person while they are at no workstation. Nothing is known here before a passkey signs.
(() => {
  const { show, fill, send, sign, wrong, lines, listen } = phoneTools;
  let code = "", number = "", report = null, options = null;

  const ended = said => { if (said) show(said.outcome); };

  listen({
    open: async () => {
      const begun = await send("waiting/begin", {});
      if (!begun) return;
      const said = await send("waiting/open", { nonce: begun.nonce, proof: await sign(begun.sign) });
      if (!said) return;
      if (said.state === "waiting") {
        ({ code, report } = said);
        fill({ server: said.server, minutes: String(Math.max(1, Math.ceil(said.left / 60))) });
      }
      show(said.state === "waiting" ? "type" : said.state);
    },
    number: async () => {
      number = document.getElementById("number").value;
      const said = await send("waiting/number", { code, number });
      if (!said) return;
      if (said.asked === null) { if (said.left) wrong(said.left); else show("over"); return; }
      options = said.asked.approve;
      lines(said.asked.lines);
      show("ask");
    },
    approve: async () => { ended(await send("waiting/approve", { code, number, proof: await sign(options) })); },
    refuse: async () => { ended(await send("waiting/refuse", { code })); },
    not_me: async () => { ended(await send("waiting/report", { code, proof: await sign(report) })); },
  });

  show(window.PublicKeyCredential ? "start" : "unable");
})();
