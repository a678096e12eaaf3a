// npm's oidc-provider as a hospital's own provider, over TLS. Its settings are JSON on the command line; once it listens
// it says so. Whoever signs in there says which account they have: no password is the point of this.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Provider } from "oidc-provider";

const { port, pem, clients, accounts, acrs = [] } = JSON.parse(process.argv[2]);
const server = createServer({ key: readFileSync(pem), cert: readFileSync(pem) });
await new Promise(listening => server.listen(port, "127.0.0.1", listening));
const issuer = `https://localhost:${port}`;

const provider = new Provider(issuer, {
  clients,
  acrValues: acrs,
  claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"], amr: null, acr: null, auth_time: null },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  cookies: { keys: ["a key of the test"] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
  // Nobody is asked for a consent: the hospital has given it for its own service.
  async loadExistingGrant(context) {
    const { client, session } = context.oidc;
    const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid profile email");
    grant.addOIDCClaims(["preferred_username", "email", "email_verified", "acr", "amr", "auth_time"]);
    await grant.save();
    return grant;
  },
});

provider.use(async (context, next) => {
  const [, room, uid] = context.path.split("/");
  if (room !== "interaction") return next();
  const { account, acr, amr } = context.query;
  if (!account) {
    context.type = "html";
    context.body = `<!doctype html><title>Hospital</title><h1>Hospital</h1><form action="/interaction/${uid}">
      <label>Account <input name="account" autofocus></label><button>Sign in</button></form>`;
    return;
  }
  const login = { accountId: account, acr, amr: amr?.split(" ") };
  const result = accounts[account] ? { login } : { error: "access_denied" };
  await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: false });
  context.respond = false;
});

server.on("request", provider.callback());
console.log("ready");
process.stdin.on("end", () => process.exit(0)).resume();
