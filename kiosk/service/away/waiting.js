"use strict";
// What servers ask this phone's person while they are at no workstation. Nothing is known here before a passkey signs.
(() => {
  const { bytes, show, fill, send, sign, wrong, lines, listen } = phoneTools;
  let code = "", number = "", report = null, options = null;

  const ended = said => { if (said) show(said.outcome); };

  const pushKey = document.querySelector("main").dataset.pushKey;
  const canWake = Boolean(pushKey) && "serviceWorker" in navigator && "PushManager" in window;
  const part = name => document.getElementById(name);

  // Which of the two stands there: to be woken, or no more.
  const waking = woken => {
    part("wake").hidden = !canWake || woken;
    part("woken").hidden = !canWake || !woken;
  };

  const subscription = async () => {
    const registration = canWake ? await navigator.serviceWorker.getRegistration("/phone/") : undefined;
    return (await registration?.pushManager.getSubscription()) ?? null;
  };

  // A browser that reaches no push service tries for ever: the page goes on without it.
  const soon = promise => Promise.race([
    promise, new Promise((_, refuse) => { setTimeout(() => refuse(new Error("late")), 15000); }),
  ]);

  // The passkey signs what the browser gave: only then is it kept.
  const subscribe = async () => {
    await navigator.serviceWorker.register("/phone/sw.js", { scope: "/phone/" });
    const registration = await soon(navigator.serviceWorker.ready);
    const wish = { userVisibleOnly: true, applicationServerKey: bytes(pushKey) };
    const made = await soon(registration.pushManager.subscribe(wish));
    try {
      const { endpoint, keys } = made.toJSON();
      const asked = { endpoint, p256dh: keys.p256dh, auth: keys.auth };
      const begun = await send("push/begin", asked);
      if (!begun) throw new Error("over");
      const kept = await send("push/keep", { ...asked, nonce: begun.nonce, proof: await sign(begun.sign) });
      if (!kept) throw new Error("over");
    } catch (error) {
      await made.unsubscribe();
      throw error;
    }
  };

  listen({
    wake: async () => {
      part("not_woken").hidden = true;
      try {
        if (await Notification.requestPermission() !== "granted") throw new Error("refused");
        await subscribe();
        waking(true);
      } catch {
        part("not_woken").hidden = false;
      }
    },
    sleep: async () => {
      await (await subscription())?.unsubscribe();
      waking(false);
    },
    open: async () => {
      const begun = await send("waiting/begin", {});
      if (!begun) return;
      const said = await send("waiting/open", { nonce: begun.nonce, proof: await sign(begun.sign) });
      if (!said) return;
      // What the service forgot, because its push service did, this page offers again.
      if (!said.woken) await (await subscription())?.unsubscribe();
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
  subscription().then(found => waking(found !== null), () => waking(false));
})();
