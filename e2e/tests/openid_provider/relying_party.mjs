// An application that signs people in with the platform: npm's `openid-client` behind a few pages.
//
// `/login` sends people away, `/cb` takes the answer, `/again` uses the tokens that were got, `/replay` redeems the code once more,
// `/logout` signs out. What was seen is JSON in `#seen`.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import dns from 'node:dns';

// Node.js finds no host below `localhost` by itself.
const lookup = dns.lookup;
dns.lookup = (host, options, done) => {
  if (typeof options === 'function') [options, done] = [{}, options];
  if (!host.endsWith('.localhost')) lookup(host, options, done);
  else if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

const { PACKAGES, ISSUER, CLIENT, SECRET, PORT } = process.env;
const oidc = await import(createRequire(`${PACKAGES}/`).resolve('openid-client'));
const origin = `http://127.0.0.1:${PORT}`;
const redirect_uri = `${origin}/cb`;
const config = await oidc.discovery(new URL(ISSUER), CLIENT, undefined, oidc.ClientSecretBasic(SECRET));

let asked;
let answer;
let tokens;

const outcome = async (work) => {
  try {
    return await work();
  } catch (error) {
    return { refused: error.error ?? error.cause?.error ?? error.cause?.[0]?.parameters?.error ?? error.code, status: error.status };
  }
};

const grant = () => oidc.authorizationCodeGrant(config, answer, {
  pkceCodeVerifier: asked.verifier, expectedState: asked.state, expectedNonce: asked.nonce, idTokenExpected: true,
});

const refresh = async (token) => {
  const renewed = await oidc.refreshTokenGrant(config, token);
  return { renewed: renewed.refresh_token !== token, tokens: renewed };
};

const pages = {
  async '/login'(url) {
    const verifier = oidc.randomPKCECodeVerifier();
    asked = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
    const parameters = {
      redirect_uri, scope: 'openid profile email groups offline_access', state: asked.state, nonce: asked.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    };
    for (const [name, value] of url.searchParams) parameters[name] = value;
    return oidc.buildAuthorizationUrl(config, parameters);
  },
  async '/cb'(url) {
    answer = url;
    return outcome(async () => {
      tokens = await grant();
      const claims = tokens.claims();
      return { claims, userinfo: await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) };
    });
  },
  async '/again'() {
    const { access_token, refresh_token } = tokens;
    const userinfo = await outcome(() => oidc.fetchUserInfo(config, access_token, oidc.skipSubjectCheck));
    const refreshed = await outcome(() => refresh(refresh_token));
    if (refreshed.tokens) tokens = refreshed.tokens;
    return { userinfo, refreshed: refreshed.renewed ?? refreshed };
  },
  async '/reuse'() {
    const { refresh_token } = tokens;
    const first = await outcome(() => refresh(refresh_token));
    const second = await outcome(() => refresh(refresh_token));
    const third = await outcome(() => refresh(first.tokens.refresh_token));
    return { first: first.renewed ?? first, second, third };
  },
  async '/replay'() {
    const code = await outcome(grant);
    const userinfo = await outcome(() => oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck));
    return { code, userinfo };
  },
  async '/logout'() {
    return oidc.buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${origin}/out`, id_token_hint: tokens.id_token, state: 'gone',
    });
  },
  async '/out'(url) {
    return { out: url.searchParams.get('state') };
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  const page = pages[url.pathname];
  if (!page) {
    response.writeHead(404).end();
    return;
  }
  const seen = await page(url);
  if (seen instanceof URL) {
    response.writeHead(302, { location: seen.href }).end();
    return;
  }
  const text = JSON.stringify(seen).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>App</title><pre id=seen>${text}</pre>`);
}).listen(PORT, '127.0.0.1', () => console.log('ready'));
