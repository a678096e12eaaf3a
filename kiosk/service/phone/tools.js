"use strict";
// What the phone's pages share: passkeys, one part at a time, what is sent, what is drawn.
const phoneTools = (() => {
  const page = document.querySelector("main");
  const again = document.getElementById("again");

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

  // Null where it is over; the page says so.
  const send = async (path, body) => {
    const answer = await fetch("/phone/" + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit", redirect: "error",
      body: JSON.stringify(body),
    });
    if (answer.status === 404 || answer.status === 409) { show("over"); return null; }
    if (answer.status === 403 && (await answer.clone().json()).code === "not_yours") { show("not_yours"); return null; }
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.status === 204 ? {} : answer.json();
  };

  const listed = (ids, transports) => ids.map(id => ({ type: "public-key", id: bytes(id), ...transports }));

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

  // A prompt that was closed, or a network that is away: the same button does it again.
  const listen = acts => {
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
  };

  return { bytes, text, show, fill, send, listed, sign, wrong, lines, listen };
})();
