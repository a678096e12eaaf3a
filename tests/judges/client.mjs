// openid-client as an application, and jose as the reader of its tokens. Orders come as lines of JSON on standard input
// ({"do": name, …}), and each is answered by a line: {"ok": …} or {"error": {…}}.
import { createInterface } from "node:readline";
import * as openid from "openid-client";
import * as jose from "jose";

const held = {};

const shown = tokens => ({ ...tokens, claims: tokens.claims?.() ?? null });
const bound = () => (held.dpop ? { DPoP: held.dpop } : undefined);

const orders = {
  // Everything is found by discovery. `key`: private, as a JWK; else `secret`.
  async discover({ issuer, client_id, key, secret, dpop, redirect_uri }) {
    const auth = key
      ? openid.PrivateKeyJwt({ key: await jose.importJWK(key, "ES256"), kid: key.kid })
      : openid.ClientSecretBasic(secret);
    held.config = await openid.discovery(new URL(issuer), client_id, { id_token_signed_response_alg: "ES256" }, auth);
    held.redirect_uri = redirect_uri;
    held.pair = dpop ? await openid.randomDPoPKeyPair("ES256", { extractable: true }) : null;
    held.dpop = dpop ? openid.getDPoPHandle(held.config, held.pair) : null;
    held.keys = jose.createRemoteJWKSet(new URL(held.config.serverMetadata().jwks_uri));
    openid.enableNonRepudiationChecks(held.config);
    return held.config.serverMetadata();
  },

  // Where the browser goes; `pushed`: by RFC 9126.
  async begin({ pushed, ...more }) {
    held.verifier = openid.randomPKCECodeVerifier();
    held.state = openid.randomState();
    held.nonce = openid.randomNonce();
    const sent = {
      redirect_uri: held.redirect_uri,
      scope: "openid profile offline_access",
      code_challenge: await openid.calculatePKCECodeChallenge(held.verifier),
      code_challenge_method: "S256",
      state: held.state,
      nonce: held.nonce,
      ...more,
    };
    const url = pushed
      ? await openid.buildAuthorizationUrlWithPAR(held.config, sent, bound())
      : openid.buildAuthorizationUrl(held.config, sent);
    return url.href;
  },

  // The browser is back at `url`.
  async finish({ url, ...bent }) {
    const checks = {
      pkceCodeVerifier: held.verifier,
      expectedState: held.state,
      expectedNonce: held.nonce,
      idTokenExpected: true,
      ...bent,
    };
    return shown(await openid.authorizationCodeGrant(held.config, new URL(url), checks, undefined, bound()));
  },

  async userinfo({ token, subject }) {
    return openid.fetchUserInfo(held.config, token, subject, bound());
  },

  async refresh({ token }) {
    return shown(await openid.refreshTokenGrant(held.config, token, undefined, bound()));
  },

  async introspect({ token }) {
    return openid.tokenIntrospection(held.config, token);
  },

  async revoke({ token }) {
    await openid.tokenRevocation(held.config, token);
    return null;
  },

  async ask(sent) {
    held.asked = await openid.initiateBackchannelAuthentication(held.config, { scope: "openid", ...sent });
    return held.asked;
  },

  // Again and again, as the library waits between.
  async poll() {
    return shown(await openid.pollBackchannelAuthenticationGrant(held.config, held.asked, undefined, bound()));
  },

  // Once, after a ping.
  async fetch() {
    const sent = { auth_req_id: held.asked.auth_req_id };
    return shown(await openid.genericGrantRequest(held.config, "urn:openid:params:grant-type:ciba", sent, bound()));
  },

  // jose reads a token by the published keys.
  async verify({ token, ...wanted }) {
    const { payload, protectedHeader } = await jose.jwtVerify(token, held.keys, wanted);
    return { payload, header: protectedHeader };
  },

  async thumbprint() {
    return jose.calculateJwkThumbprint(await jose.exportJWK(held.pair.publicKey));
  },

  // jose makes a DPoP proof, right or bent, and the token is used with it.
  async use({ token, url, method = "GET", bent = {} }) {
    const jwk = await jose.exportJWK(held.pair.publicKey);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const ath = jose.base64url.encode(new Uint8Array(digest));
    const claims = { jti: crypto.randomUUID(), htm: method, htu: url, ath, iat: Math.floor(Date.now() / 1000) };
    const once = async nonce => {
      const proof = await new jose.SignJWT({ ...claims, jti: crypto.randomUUID(), ...(nonce && { nonce }), ...bent })
        .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
        .sign(held.pair.privateKey);
      return fetch(url, { method, headers: { Authorization: `DPoP ${token}`, DPoP: proof } });
    };
    let answer = await once();
    if (answer.status === 401 && answer.headers.get("dpop-nonce")) answer = await once(answer.headers.get("dpop-nonce"));
    return { status: answer.status, body: await answer.json() };
  },
};

const said = error => ({
  name: error.name,
  code: error.code ?? null,
  error: error.error ?? error.cause?.error ?? null,
  message: `${error.message} ${error.cause?.message ?? ""}`.trim(),
});

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...rest } = JSON.parse(line);
  const answer = await orders[name](rest).then(ok => ({ ok: ok ?? null }), error => ({ error: said(error) }));
  console.log(JSON.stringify(answer));
}
