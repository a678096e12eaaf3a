#!/usr/bin/env node
// An application's side of a step-up, in one file to copy: needs Node 18 or newer, and no package at all.
//
//     NODE_EXTRA_CA_CERTS=ca.pem node first_token.mjs access  --service URL --key JWK --client ID
//     NODE_EXTRA_CA_CERTS=ca.pem node first_token.mjs redeem  --service URL --key JWK --client ID < token
//     NODE_EXTRA_CA_CERTS=ca.pem node first_token.mjs collect --service URL --key JWK --client ID --request ID
//     NODE_EXTRA_CA_CERTS=ca.pem node first_token.mjs check   --service URL --audience AUD < token
//
// access: an access token of the application's own (RFC 6749 section 4.4 with RFC 7523 and RFC 9449). redeem: uses a
// step-up token up and shows its claims. collect: the token of a web page's request. check: the claims of a step-up
// token whose signature, type, issuer, audience and age hold; hold every claim against what you are about to do.

import { readFileSync } from 'node:fs'
import { webcrypto as crypto } from 'node:crypto'

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const ES256 = { name: 'ECDSA', hash: 'SHA-256' }
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const b64u = (data) => Buffer.from(data).toString('base64url')
const now = () => Math.floor(Date.now() / 1000)

export class RefusedError extends Error {}

export class Application {
  // url: the service's origin; client: the client_id; jwk: the private key that is registered.
  constructor (url, client, jwk) {
    Object.assign(this, { url: url.replace(/\/$/, ''), client, jwk })
    this.public = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }
  }

  // An access token for 600 s, bound to the key.
  async access () {
    const form = async () => ({
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials', client_assertion_type: ASSERTION, client_assertion: await this.assertion()
      }).toString()
    })
    return this.send('/oauth/token', null, form)
  }

  // One request with an access token.
  async post (path, body) {
    const { access_token: token } = await this.access()
    const json = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    return this.send(path, token, async () => (body === null ? { headers: {} } : json))
  }

  // Send it, and once more where the service first wants its nonce in the proof (RFC 9449 section 8).
  async send (path, token, words) {
    let answer, said
    for (let tries = 0; tries < 2; tries++) {
      const { headers, body } = await words()
      const more = { DPoP: await this.proof('POST', path, token), ...(token ? { Authorization: `DPoP ${token}` } : {}) }
      answer = await fetch(this.url + path, { method: 'POST', headers: { ...headers, ...more }, body, redirect: 'error' })
      this.nonce = answer.headers.get('DPoP-Nonce') ?? this.nonce
      said = await answer.json()
      if (answer.ok) return said
      if (said.code !== 'use_dpop_nonce') break
    }
    throw new RefusedError(`${answer.status} ${said.code}: ${said.detail}`)
  }

  // Who asks, signed with the registered key: one use, 60 s (RFC 7523 section 3).
  assertion () {
    const claims = { iss: this.client, sub: this.client, aud: `${this.url}/oauth/token`, jti: crypto.randomUUID() }
    return this.sign({ alg: 'ES256', typ: 'JWT' }, { ...claims, iat: now(), exp: now() + 60 })
  }

  // A DPoP proof for one request (RFC 9449 section 4.2).
  async proof (htm, path, token) {
    const claims = { jti: crypto.randomUUID(), htm, htu: this.url + path, iat: now() }
    if (this.nonce) claims.nonce = this.nonce
    if (token) claims.ath = b64u(await crypto.subtle.digest('SHA-256', Buffer.from(token)))
    return this.sign({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.public }, claims)
  }

  async sign (header, claims) {
    const key = await crypto.subtle.importKey('jwk', { ...this.public, d: this.jwk.d }, CURVE, false, ['sign'])
    const text = `${b64u(JSON.stringify(header))}.${b64u(JSON.stringify(claims))}`
    return `${text}.${b64u(await crypto.subtle.sign(ES256, key, Buffer.from(text)))}`
  }
}

// The claims of a step-up token that holds (RFC 7519 section 7.2; the type: RFC 8725 section 3.11).
export async function check (token, url, audience) {
  const about = await (await fetch(`${url}/.well-known/openid-configuration`)).json()
  const { keys } = await (await fetch(about.jwks_uri)).json()
  const [head, body, signature] = token.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url'))
  if (header.typ !== 'stepup+jwt' || header.alg !== 'ES256') throw new RefusedError('It is a token of another type.')
  const jwk = keys.find((one) => one.kid === header.kid && one.kty === 'EC')
  if (!jwk) throw new RefusedError('Its key is not published.')
  const key = await crypto.subtle.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, CURVE, false, ['verify'])
  const holds = await crypto.subtle.verify(ES256, key, Buffer.from(signature, 'base64url'), Buffer.from(`${head}.${body}`))
  if (!holds) throw new RefusedError('Its signature is wrong.')
  const claims = JSON.parse(Buffer.from(body, 'base64url'))
  if (about.issuer !== url || claims.iss !== url) throw new RefusedError('It is of another service.')
  if (claims.aud !== audience) throw new RefusedError('It is for another application.')
  if (!(claims.exp > now())) throw new RefusedError('Its time is over.')
  return claims
}

async function main ([what, ...rest]) {
  const words = {}
  for (let at = 0; at < rest.length; at += 2) words[rest[at].replace(/^--/, '')] = rest[at + 1]
  const typed = () => readFileSync(0, 'utf8').trim()
  if (what === 'check') return check(typed(), words.service, words.audience)
  const application = new Application(words.service, words.client, JSON.parse(readFileSync(words.key, 'utf8')))
  if (what === 'access') return application.access()
  if (what === 'redeem') return application.post('/v1/tokens/redeem', { token: typed() })
  if (what === 'collect') return application.post(`/v1/stepups/${words.request}/token`, null)
  throw new RefusedError('Say access, redeem, collect or check.')
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop())) {
  main(process.argv.slice(2)).then(
    (said) => console.log(JSON.stringify(said, null, 1)),
    (error) => { console.error(error instanceof RefusedError ? error.message : String(error)); process.exitCode = 1 }
  )
}
